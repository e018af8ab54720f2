//! The stores keep the same promises.

use runnable_chat::prelude::*;
use runnable_conversations::{
    Conversation, ConversationExt, ConversationStore, Conversations, MemoryStore, Summary, Turn,
    TurnId, TurnStatus,
};
use runnable_testing::ScriptedChatModel;
use serde_json::json;

fn turn(number: u64, parent: Option<u64>, text: &str) -> Turn {
    Turn::new(TurnId::new(number), parent.map(TurnId::new), [human(text)])
        .with_answer([ai("ok")], TurnStatus::Complete)
}

/// Checks a store that is empty.
async fn keeps_its_promises(store: impl ConversationStore) {
    assert_eq!(store.load("a").await.unwrap(), Conversation::new());
    assert!(store.keys().await.unwrap().is_empty());

    store.append("a", "main", &turn(1, None, "one")).await.unwrap();
    store.append("a", "main", &turn(2, Some(1), "two")).await.unwrap();
    store.append("a", "idea", &turn(3, Some(1), "three")).await.unwrap();
    // Keys that are similar are different conversations.
    for key in ["", "a\0", "ab", "ä"] {
        store.append(key, "main", &turn(1, None, key)).await.unwrap();
    }
    let mut keys = store.keys().await.unwrap();
    keys.sort();
    assert_eq!(keys, ["", "a", "a\0", "ab", "ä"]);

    let loaded = store.load("a").await.unwrap();
    let mut expected = Conversation::new();
    expected.append("main", turn(1, None, "one")).unwrap();
    expected.append("main", turn(2, Some(1), "two")).unwrap();
    expected.append("idea", turn(3, Some(1), "three")).unwrap();
    assert_eq!(loaded, expected);

    assert!(store.append("a", "main", &turn(2, Some(1), "again")).await.is_err());
    assert!(store.set_branch("a", "main", Some(TurnId::new(9))).await.is_err());
    assert_eq!(store.load("a").await.unwrap(), expected, "a failed change changes nothing");

    store.set_branch("a", "main", Some(TurnId::new(1))).await.unwrap();
    store.set_branch("a", "idea", None).await.unwrap();
    let changed = store.load("a").await.unwrap();
    assert_eq!(changed.branches().collect::<Vec<_>>(), [("main", TurnId::new(1))]);
    assert_eq!(changed.turns().count(), 3);

    // A store that does not keep summaries has none.
    store.save_summary("a", &Summary::new("1", "short")).await.unwrap();
    store.save_summary("a", &Summary::new("2", "old")).await.unwrap();
    store.save_summary("a", &Summary::new("2", "long")).await.unwrap();
    store.save_summary("ab", &Summary::new("1", "other")).await.unwrap();
    let mut summaries = store.summaries("a").await.unwrap();
    summaries.sort_by(|a, b| a.id.cmp(&b.id));
    if !summaries.is_empty() {
        assert_eq!(summaries, [Summary::new("1", "short"), Summary::new("2", "long")]);
        assert_eq!(store.summaries("ab").await.unwrap(), [Summary::new("1", "other")]);
    }

    store.delete("a").await.unwrap();
    assert!(store.summaries("a").await.unwrap().is_empty());
    store.delete("unknown").await.unwrap();
    assert_eq!(store.load("a").await.unwrap(), Conversation::new());
    assert_eq!(store.load("ab").await.unwrap().turns().count(), 1);
    assert_eq!(store.keys().await.unwrap().len(), 4);

    // If the store can save without awaiting, it saves the same.
    if let Some(saved) = store.append_now("now", "main", &turn(1, None, "now")) {
        saved.unwrap();
        assert_eq!(store.load("now").await.unwrap().messages("main"), [human("now"), ai("ok")]);
        assert!(store.append_now("now", "main", &turn(1, None, "now")).unwrap().is_err());
    }
}

#[tokio::test]
async fn the_store_in_memory_keeps_its_promises() {
    keeps_its_promises(MemoryStore::new()).await;
}

#[tokio::test]
async fn a_custom_store_keeps_its_promises() {
    keeps_its_promises(crate::fussy_store::FussyStore::new()).await;
}

#[test]
fn a_turn_is_the_same_after_it_was_stored_as_json() {
    let call = AiMessage::new("Let me see.").with_block(ToolCall::new(
        "call_1",
        "weather",
        json!({"city": "Paris"}),
    ));
    let mut answer = AiMessage::new("Sunny.");
    answer.usage = Some(Usage::new(12, 3));
    answer.model = Some("gpt-4o-mini".into());
    let image = ContentBlock::Image(Media::from_url("https://example.com/a.png"));
    let turn = Turn::new(
        TurnId::new(7),
        Some(TurnId::new(3)),
        [Message::from(HumanMessage::new("Is this Paris?").with_block(image))],
    );
    let answers = [call.into(), ToolMessage::new("call_1", "sunny").into(), Message::from(answer)];
    let turn = turn.with_answer(answers, TurnStatus::Cancelled);
    let json = serde_json::to_value(&turn).unwrap();
    assert_eq!(json["status"], "cancelled");
    assert_eq!(json["answer"][2]["type"], "ai");
    assert_eq!(serde_json::from_value::<Turn>(json).unwrap(), turn);
}

#[tokio::test]
async fn debug_output_shows_no_messages() {
    let conversations = Conversations::in_memory();
    let chat = ScriptedChatModel::new(["private"]).to_model().with_conversations(&conversations);
    chat.invoke(("a", "private")).await.unwrap();
    assert!(!format!("{conversations:?}").contains("private"));
}

#[cfg(feature = "redb")]
mod on_disk {
    use runnable_conversations::RedbStore;

    use super::*;

    #[tokio::test]
    async fn the_store_on_disk_keeps_its_promises() {
        let folder = tempfile::tempdir().unwrap();
        keeps_its_promises(RedbStore::open(folder.path().join("a.redb")).unwrap()).await;
    }

    #[tokio::test]
    async fn a_conversation_continues_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.redb");
        let script = ScriptedChatModel::new(["1", "2"]);
        for question in ["first", "second"] {
            let conversations = Conversations::new(RedbStore::open(&path).unwrap());
            let chat = script.to_model().with_conversations(&conversations);
            chat.invoke(("a", question)).await.unwrap();
        }
        assert_eq!(script.prompts()[1].messages, [human("first"), ai("1"), human("second")]);
    }

    #[test]
    fn a_file_that_is_open_twice_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.redb");
        let _open = RedbStore::open(&path).unwrap();
        let error = RedbStore::open(&path).unwrap_err();
        assert!(error.message().contains("a.redb"), "{error}");
        assert!(error.message().contains("share one `RedbStore`"), "{error}");
    }

    #[test]
    fn a_file_that_is_not_a_database_is_an_error() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        std::fs::write(&path, "a".repeat(10_000)).unwrap();
        let error = RedbStore::open(&path).unwrap_err();
        assert!(error.message().starts_with("failed to open the conversations in"), "{error}");
        assert_eq!(std::fs::read_to_string(&path).unwrap().len(), 10_000);
    }
}
