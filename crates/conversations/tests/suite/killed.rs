//! A program that is killed with SIGKILL loses no turn that had ended.
//!
//! The test binary starts itself as a child process. The child saves turns in a database whose
//! storage stops in the middle of a chosen write. The parent then kills the child, and opens the
//! file.

use std::{
    env, fs,
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicI64, Ordering},
    thread,
};

use redb::{Database, StorageBackend, backends::FileBackend};
use runnable_chat::prelude::*;
use runnable_conversations::{ConversationExt, Conversations, RedbStore, TurnStatus};
use runnable_testing::ScriptedChatModel;
use tokio::runtime::Builder;

/// The variables that tell the child its file, and the number of the write in which it stops.
const FILE: &str = "CONVERSATIONS_FILE";
const STOP: &str = "CONVERSATIONS_STOP";

/// The number of turns that the child saves.
const TURNS: usize = 3;

fn question(turn: usize) -> String {
    format!("question {turn} {}", "x".repeat(3_000))
}

/// A file that stops forever in the middle of a write. A negative number never stops.
#[derive(Debug)]
struct StoppingFile {
    file: FileBackend,
    writes_left: AtomicI64,
}

impl StoppingFile {
    /// Counts a change of the file, and stops if it is the chosen one.
    fn change(&self, half: impl FnOnce()) {
        if self.writes_left.fetch_sub(1, Ordering::SeqCst) == 0 {
            half();
            say("stopped");
            loop {
                thread::park();
            }
        }
    }
}

impl StorageBackend for StoppingFile {
    fn len(&self) -> std::io::Result<u64> {
        self.file.len()
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> std::io::Result<()> {
        self.file.read(offset, out)
    }

    fn set_len(&self, len: u64) -> std::io::Result<()> {
        self.change(|| ());
        self.file.set_len(len)
    }

    fn sync_data(&self) -> std::io::Result<()> {
        self.change(|| ());
        self.file.sync_data()
    }

    fn write(&self, offset: u64, data: &[u8]) -> std::io::Result<()> {
        self.change(|| self.file.write(offset, &data[..data.len() / 2]).unwrap());
        self.file.write(offset, data)
    }

    fn close(&self) -> std::io::Result<()> {
        self.file.close()
    }
}

fn say(word: &str) {
    println!("\nchild: {word}");
    std::io::stdout().flush().unwrap();
}

/// The program of the child process. In a normal run of the tests, it does nothing.
#[test]
fn child_that_saves_turns() {
    let (Ok(path), Ok(stop)) = (env::var(FILE), env::var(STOP)) else { return };
    let file = fs::File::options().read(true).write(true).open(path).unwrap();
    let file = FileBackend::new(file).unwrap();
    let stopping = StoppingFile { file, writes_left: AtomicI64::new(stop.parse().unwrap()) };
    let database = Database::builder().create_with_backend(stopping).unwrap();
    let conversations = Conversations::new(RedbStore::with_database(database).unwrap());
    let script = ScriptedChatModel::from_fn(|_| "an answer");
    let chat = script.to_model().with_conversations(&conversations);
    Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        for turn in 0..TURNS {
            chat.stream(("a", question(turn))).concat().await.unwrap();
            say("saved");
        }
    });
    say("finished");
}

fn start_child(path: &Path, stop: i64) -> Child {
    Command::new(env::current_exe().unwrap())
        .args(["--exact", "killed::child_that_saves_turns", "--nocapture", "--test-threads=1"])
        .env(FILE, path)
        .env(STOP, stop.to_string())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Creates a file with one turn, and returns its path.
fn with_one_turn(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    let conversations = Conversations::new(RedbStore::open(&path).unwrap());
    let chat = ScriptedChatModel::new(["an answer"]).to_model().with_conversations(&conversations);
    futures::executor::block_on(chat.invoke(("before", "Hi"))).unwrap();
    path
}

/// Opens the file and checks it. `saved` is the number of turns that had ended for certain.
fn check(path: &Path, saved: usize) {
    let conversations = Conversations::new(RedbStore::open(path).unwrap());
    futures::executor::block_on(async {
        let before = conversations.load("before").await.unwrap();
        assert_eq!(before.messages("main"), [human("Hi"), ai("an answer")]);
        let conversation = conversations.load("a").await.unwrap();
        let turns = conversation.branch("main");
        // The save in which the child was killed is complete or undone.
        assert!((saved..=saved + 1).contains(&turns.len()), "{saved} saved, {} found", turns.len());
        assert_eq!(conversation.turns().count(), turns.len());
        for (number, turn) in turns.iter().enumerate() {
            assert_eq!(turn.input, [human(question(number))]);
            assert_eq!((turn.status, &turn.answer), (TurnStatus::Complete, &vec![ai("an answer")]));
        }
        // The conversation continues.
        let script = ScriptedChatModel::new(["more"]);
        let chat = script.to_model().with_conversations(&conversations);
        chat.invoke(("a", "Go on.")).await.unwrap();
        assert_eq!(script.prompts()[0].messages.len(), 2 * turns.len() + 1);
    });
}

/// Reads the words of the child until it stops or ends. Returns the number of saved turns, and
/// whether the child has finished.
fn listen(child: &mut Child) -> (usize, bool) {
    let mut saved = 0;
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for line in lines.map(Result::unwrap) {
        match line.strip_prefix("child: ") {
            Some("saved") => saved += 1,
            Some("stopped") => return (saved, false),
            Some("finished") => return (saved, true),
            _ => {}
        }
    }
    panic!("the child ended after {saved} turns without a word");
}

#[test]
fn a_kill_in_the_middle_of_any_write_loses_no_ended_turn() {
    let folder = tempfile::tempdir().unwrap();
    let mut stops = 0;
    loop {
        let path = with_one_turn(folder.path(), &format!("{stops}.redb"));
        let mut child = start_child(&path, stops);
        let (saved, has_finished) = listen(&mut child);
        child.kill().unwrap();
        child.wait().unwrap();
        check(&path, saved);
        if has_finished {
            assert_eq!(saved, TURNS);
            break;
        }
        stops += 1;
    }
    assert!(stops as usize > 2 * TURNS, "each save has several writes, found {stops}");
}
