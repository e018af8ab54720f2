//! The store on the disk works in its own thread.

use std::{
    future::poll_fn,
    io,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    thread::{self, ThreadId},
};

use futures::{FutureExt, future::join_all};
use redb::{Database, StorageBackend, backends::InMemoryBackend};
use runnable_chat::prelude::*;
use runnable_conversations::{
    Conversation, ConversationExt, ConversationStore, Conversations, RedbStore, Turn, TurnId,
    TurnInput, TurnStart, TurnStatus,
};
use runnable_testing::ScriptedChatModel;

use crate::by_hand::{by_hand, poll_text};

/// A file in memory that records which threads use it, and which fails when it is told to.
#[derive(Clone, Debug)]
struct Watched {
    file: Arc<InMemoryBackend>,
    threads: Arc<Mutex<Vec<ThreadId>>>,
    syncs: Arc<Mutex<usize>>,
    fails: Arc<AtomicBool>,
    /// A write does not reach the disk while a test holds this lock.
    gate: Arc<Mutex<()>>,
}

impl Watched {
    fn new() -> Self {
        Self {
            file: Arc::new(InMemoryBackend::new()),
            threads: Arc::default(),
            syncs: Arc::default(),
            fails: Arc::default(),
            gate: Arc::default(),
        }
    }

    /// Opens a store, and forgets what has happened before.
    fn open(&self) -> RedbStore {
        let database = Database::builder().create_with_backend(self.clone()).unwrap();
        let store = RedbStore::with_database(database).unwrap();
        self.threads.lock().unwrap().clear();
        *self.syncs.lock().unwrap() = 0;
        store
    }

    fn used(&self) -> io::Result<()> {
        self.threads.lock().unwrap().push(thread::current().id());
        if self.fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is full"));
        }
        Ok(())
    }
}

impl StorageBackend for Watched {
    fn len(&self) -> io::Result<u64> {
        self.used()?;
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        self.used()?;
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.used()?;
        self.file.set_len(len)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.used()?;
        drop(self.gate.lock().unwrap());
        *self.syncs.lock().unwrap() += 1;
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.used()?;
        self.file.write(offset, data)
    }
}

fn turn(number: u64, parent: Option<u64>, text: &str) -> Turn {
    Turn::new(TurnId::new(number), parent.map(TurnId::new), [human(text)])
        .with_answer([ai("ok")], TurnStatus::Complete)
}

#[tokio::test]
async fn no_call_uses_the_file_in_its_own_thread() {
    let file = Watched::new();
    let store = file.open();
    let conversations = Conversations::new(store.clone());
    let chat = ScriptedChatModel::new(["1", "2"]).to_model().with_conversations(&conversations);
    chat.invoke(("a", "first")).await.unwrap();
    chat.invoke(("a", "second")).await.unwrap();
    conversations.keys().await.unwrap();
    conversations.delete("a").await.unwrap();
    drop(chat.stream(("a", "third")));
    drop((chat, conversations, store));
    let threads = file.threads.lock().unwrap();
    assert!(!threads.is_empty());
    assert!(!threads.contains(&thread::current().id()));
}

#[tokio::test]
async fn saves_of_several_conversations_are_written_together() {
    let file = Watched::new();
    let store = file.open();
    let one = turn(1, None, "Hi");
    store.append("first", "main", &one).await.unwrap();
    let syncs_of_one = *file.syncs.lock().unwrap();
    let keys: Vec<_> = (0..20).map(|number| number.to_string()).collect();
    let mut saves = pin!(join_all(keys.iter().map(|key| store.append(key, "main", &one))));
    let gate = file.gate.lock().unwrap();
    assert!((&mut saves).now_or_never().is_none(), "the saves wait for the disk");
    drop(gate);
    assert!(saves.await.into_iter().all(|saved| saved.is_ok()));
    assert_eq!(store.keys().await.unwrap().len(), 21);
    // The disk was busy with the first save while the others arrived.
    assert!(*file.syncs.lock().unwrap() <= 3 * syncs_of_one);
}

#[tokio::test]
async fn a_save_that_is_refused_does_not_affect_the_others() {
    let store = Watched::new().open();
    let (one, two) = (turn(1, None, "one"), turn(2, Some(1), "two"));
    let again = turn(1, None, "again");
    let saves = [&one, &again, &two].map(|turn| store.append("a", "main", turn));
    let saved = join_all(saves).await;
    assert_eq!(saved.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
    let error = saved[1].as_ref().unwrap_err();
    assert_eq!(
        error.message(),
        "failed to save a turn of the conversation `a`: it already has a turn 1; load it again"
    );
    assert_eq!(store.load("a").await.unwrap().messages("main").len(), 4);
}

#[tokio::test]
async fn a_failed_disk_is_an_error_of_each_save() {
    let file = Watched::new();
    let store = file.open();
    file.fails.store(true, Ordering::SeqCst);
    let one = turn(1, None, "one");
    let saves = ["a", "b"].map(|key| store.append(key, "main", &one));
    let errors = join_all(saves).await.into_iter().map(|saved| saved.unwrap_err());
    let messages: Vec<_> = errors.map(|error| error.message().to_owned()).collect();
    assert!(messages[0].contains("the disk is full"), "{messages:?}");
    assert!(messages[1].starts_with("failed to save a turn of the conversation `b`"));
}

#[tokio::test]
async fn a_save_whose_future_is_dropped_is_made() {
    let store = Watched::new().open();
    let one = turn(1, None, "one");
    {
        let mut save = pin!(store.append("a", "main", &one));
        poll_fn(|cx| {
            _ = save.poll_unpin(cx);
            Poll::Ready(())
        })
        .await;
    }
    // A load that is called later sees the change.
    assert_eq!(store.load("a").await.unwrap().messages("main"), [human("one"), ai("ok")]);
}

#[tokio::test]
async fn a_call_that_is_dropped_during_its_save_is_saved_once() {
    let file = Watched::new();
    let conversations = Conversations::new(file.open());
    let (chain, mut answers, _) = by_hand(1);
    answers[0].send("one");
    let mut chunks = chain.with_conversations(&conversations).stream(("a", "1"));
    assert_eq!(chunks.next().await.unwrap().unwrap().text(), "one");
    answers.clear();
    let gate = file.gate.lock().unwrap();
    assert_eq!(poll_text(&mut chunks), None, "the save waits for the disk");
    drop(gate);
    drop(chunks);
    conversations.flush().await.unwrap();
    let conversation = conversations.load("a").await.unwrap();
    let turns: Vec<_> = conversation.turns().collect();
    assert_eq!(turns.len(), 1);
    assert_eq!((turns[0].status, &turns[0].answer), (TurnStatus::Complete, &vec![ai("one")]));
}

/// Returns a conversation with a main branch of three turns, 50 versions of its second turn, and a
/// branch `idea` that continues the first turn.
async fn with_many_versions(store: &RedbStore) -> Conversation {
    store.append("a", "main", &turn(1, None, "1")).await.unwrap();
    for number in 2..52 {
        store.append("a", "main", &turn(number, Some(1), "version")).await.unwrap();
    }
    store.append("a", "idea", &turn(52, Some(1), "idea")).await.unwrap();
    store.append("a", "main", &turn(53, Some(51), "3")).await.unwrap();
    store.load("a").await.unwrap()
}

fn ids(conversation: &Conversation) -> Vec<u64> {
    conversation.turns().map(|turn| turn.id.get()).collect()
}

#[tokio::test]
async fn a_turn_loads_only_its_own_line_of_turns() {
    let store = Watched::new().open();
    let whole = with_many_versions(&store).await;
    let load = |branch: &'static str, start| store.load_line("a", branch, start);
    assert_eq!(ids(&load("main", TurnStart::End).await.unwrap()), [1, 51, 53]);
    // The last turn is always there, because the next turn has the next number.
    assert_eq!(ids(&load("idea", TurnStart::End).await.unwrap()), [1, 51, 52, 53]);
    let after = load("new", TurnStart::After(TurnId::new(7))).await.unwrap();
    assert_eq!(ids(&after), [1, 7, 51, 53]);
    let instead = load("idea", TurnStart::InsteadOf(TurnId::new(7))).await.unwrap();
    assert_eq!(ids(&instead), [1, 7, 51, 52, 53]);
    for line in [&after, &instead] {
        assert_eq!(line.next_id(), whole.next_id());
        assert_eq!(line.messages_to(TurnId::new(7)), whole.messages_to(TurnId::new(7)));
    }
    // An error lists what there is.
    assert_eq!(load("unknown", TurnStart::End).await.unwrap(), whole);
    assert_eq!(load("main", TurnStart::After(TurnId::new(99))).await.unwrap(), whole);
    let empty = store.load_line("unknown", "main", TurnStart::End).await.unwrap();
    assert_eq!(empty, Conversation::new());
}

#[tokio::test]
async fn a_chain_sees_the_same_with_a_line_of_turns() {
    let store = Watched::new().open();
    with_many_versions(&store).await;
    let script = ScriptedChatModel::from_fn(|_| "ok");
    let chat = script.to_model().with_conversations(&Conversations::new(store.clone()));
    chat.invoke(("a", "4")).await.unwrap();
    chat.invoke(TurnInput::new("a", "5").instead_of(TurnId::new(7))).await.unwrap();
    let asked: Vec<_> = script.prompts().iter().map(|prompt| prompt.messages.len()).collect();
    assert_eq!(asked, [7, 3]);
    let error = chat.invoke(TurnInput::new("a", "?").on_branch("none")).await.unwrap_err();
    assert!(error.message().contains("expected one of `idea`, `main`"), "{error}");
    assert_eq!(store.load("a").await.unwrap().turns().count(), 55);
}
