//! Branches: a conversation continues from an earlier turn.

use runnable_chat::prelude::*;
use runnable_conversations::{
    Conversation, ConversationExt, Conversations, Turn, TurnId, TurnInput, TurnStatus,
    WithConversations,
};
use runnable_testing::ScriptedChatModel;

/// Returns a conversation `a` with the turns `1` and `2`, whose answers repeat the questions.
async fn two_turns() -> (Conversations, WithConversations<ChatModel>, ScriptedChatModel) {
    let script = ScriptedChatModel::from_fn(|request| {
        format!("<{}>", request.prompt.messages.last().unwrap().text())
    });
    let conversations = Conversations::in_memory();
    let chat = script.to_model().with_conversations(&conversations);
    chat.invoke(("a", "1")).await.unwrap();
    chat.invoke(("a", "2")).await.unwrap();
    (conversations, chat, script)
}

fn last_prompt(script: &ScriptedChatModel) -> String {
    let prompt = script.prompts().pop().unwrap();
    prompt.messages.iter().map(|message| message.text().into_owned()).collect::<Vec<_>>().join(" ")
}

fn texts(conversation: &Conversation, branch: &str) -> Vec<String> {
    let turns = conversation.branch(branch);
    turns.iter().map(|turn| turn.input[0].text().into_owned()).collect()
}

#[tokio::test]
async fn an_edited_turn_takes_the_place_of_the_old_one() {
    let (conversations, chat, script) = two_turns().await;
    chat.invoke(TurnInput::new("a", "2b").instead_of(TurnId::new(2))).await.unwrap();
    assert_eq!(last_prompt(&script), "1 <1> 2b");
    let conversation = conversations.load("a").await.unwrap();
    assert_eq!(texts(&conversation, "main"), ["1", "2b"]);
    let versions = conversation.versions_of(TurnId::new(3));
    let versions: Vec<_> = versions.iter().map(|turn| turn.input[0].text()).collect();
    assert_eq!(versions, ["2", "2b"]);
}

#[tokio::test]
async fn the_first_turn_can_be_edited() {
    let (conversations, chat, script) = two_turns().await;
    chat.invoke(TurnInput::new("a", "1b").instead_of(TurnId::new(1))).await.unwrap();
    assert_eq!(last_prompt(&script), "1b");
    assert_eq!(texts(&conversations.load("a").await.unwrap(), "main"), ["1b"]);
}

#[tokio::test]
async fn a_new_branch_leaves_the_old_one_unchanged() {
    let (conversations, chat, script) = two_turns().await;
    let other = TurnInput::new("a", "other").on_branch("idea").after(TurnId::new(1));
    chat.invoke(other).await.unwrap();
    assert_eq!(last_prompt(&script), "1 <1> other");
    chat.invoke(TurnInput::new("a", "more").on_branch("idea")).await.unwrap();
    assert_eq!(last_prompt(&script), "1 <1> other <other> more");
    chat.invoke(("a", "3")).await.unwrap();
    let conversation = conversations.load("a").await.unwrap();
    assert_eq!(texts(&conversation, "idea"), ["1", "other", "more"]);
    assert_eq!(texts(&conversation, "main"), ["1", "2", "3"]);
}

#[tokio::test]
async fn a_branch_can_be_set_and_removed() {
    let (conversations, chat, script) = two_turns().await;
    conversations.set_branch("a", "before", TurnId::new(2)).await.unwrap();
    conversations.set_branch("a", "main", TurnId::new(1)).await.unwrap();
    chat.invoke(("a", "3")).await.unwrap();
    assert_eq!(last_prompt(&script), "1 <1> 3");
    let branches = |conversation: &Conversation| {
        conversation.branches().map(|(name, head)| format!("{name} {head}")).collect::<Vec<_>>()
    };
    assert_eq!(branches(&conversations.load("a").await.unwrap()), ["before 2", "main 3"]);
    conversations.remove_branch("a", "before").await.unwrap();
    assert_eq!(branches(&conversations.load("a").await.unwrap()), ["main 3"]);
}

#[tokio::test]
async fn an_unknown_branch_or_turn_is_an_error() {
    let (conversations, chat, script) = two_turns().await;
    let unknown = TurnInput::new("a", "?").on_branch("idea");
    let error = chat.invoke(unknown).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert!(
        error.message().starts_with("unknown branch `idea`: expected one of `main`"),
        "{error}"
    );
    let unknown = TurnInput::new("a", "?").after(TurnId::new(7));
    let error = chat.invoke(unknown).await.unwrap_err();
    assert_eq!(error.message(), "unknown turn 7: the last turn is 2");
    assert!(conversations.set_branch("a", "main", TurnId::new(7)).await.is_err());
    assert_eq!(script.prompts().len(), 2);
}

#[test]
fn a_turn_id_is_used_once() {
    let mut conversation = Conversation::new();
    let turn = Turn::new(TurnId::new(1), None, ["Hi"]).with_answer(["Ho"], TurnStatus::Complete);
    conversation.append("main", turn.clone()).unwrap();
    assert!(conversation.append("main", turn).is_err());
    let orphan = Turn::new(TurnId::new(9), Some(TurnId::new(5)), ["?"]);
    assert_eq!(conversation.insert(orphan).unwrap_err().kind(), ErrorKind::NotFound);
    let own_parent = Turn::new(TurnId::new(2), Some(TurnId::new(2)), ["?"]);
    assert_eq!(conversation.insert(own_parent).unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(conversation.turns().count(), 1);
}
