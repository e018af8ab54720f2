//! The laws of steps hold for a chain that keeps conversations.

use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_conversations::{ConversationExt, Conversations, TrimMessages, TurnStatus};
use runnable_testing::{EventRecorder, ScriptedChatModel};
use tokio::runtime::Builder;

fn block_on<F: Future>(future: F) -> F::Output {
    Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
}

proptest! {
    #[test]
    fn merged_chunks_equal_the_invoked_answer(texts in prop::collection::vec("[a-z ]{0,20}", 1..6)) {
        block_on(async {
            let script = || ScriptedChatModel::new(texts.clone()).to_model();
            let (streamed, invoked) = (Conversations::in_memory(), Conversations::in_memory());
            let stream = script().with_conversations(&streamed);
            let invoke = script().with_conversations(&invoked);
            for text in &texts {
                let chunks = stream.stream(("a", text)).concat().await.unwrap();
                prop_assert_eq!(chunks, invoke.invoke(("a", text)).await.unwrap());
            }
            prop_assert_eq!(streamed.load("a").await.unwrap(), invoked.load("a").await.unwrap());
            Ok(())
        })?;
    }

    #[test]
    fn each_run_ends_once_wherever_it_is_dropped(polls in 0usize..12, keys in 1usize..4) {
        block_on(async {
            let recorder = EventRecorder::new();
            let conversations = Conversations::in_memory();
            let model = ScriptedChatModel::new(["one two three four"]).repeat_last().to_model();
            let chat = TrimMessages::to_messages(9).pipe(model).with_conversations(&conversations);
            let config = RunConfig::new().listener(recorder.clone());
            let calls = (0..keys).map(|key| (key.to_string(), "Hi"));
            let mut batch: Vec<_> =
                calls.map(|input| chat.stream(input).config(config.clone())).collect();
            for _ in 0..polls {
                for call in &mut batch {
                    drop(futures::FutureExt::now_or_never(call.next()));
                }
            }
            drop(batch);
            let lines = recorder.lines();
            let starts = lines.iter().filter(|line| line.contains("_start ")).count();
            let ends = lines.iter().filter(|line| {
                line.contains("_end ") || line.contains("_error ") || line.contains("_cancelled ")
            });
            prop_assert_eq!(starts, ends.count(), "{:#?}", lines);
            prop_assert_eq!(conversations.keys().await.unwrap().len(), keys.min(polls * keys));
            for key in conversations.keys().await.unwrap() {
                let conversation = conversations.load(&key).await.unwrap();
                let turn = conversation.branch("main")[0].clone();
                let text = turn.answer.first().map(|answer| answer.text().into_owned());
                let text = text.unwrap_or_default();
                prop_assert!("one two three four".starts_with(&text));
                let is_complete = turn.status == TurnStatus::Complete;
                prop_assert!(!is_complete || text == "one two three four");
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn the_chain_is_a_child_run_of_the_turn() {
    let recorder = EventRecorder::new();
    let chat = ScriptedChatModel::new(["Hello"])
        .to_model()
        .pipe(text())
        .with_conversations(&Conversations::in_memory());
    let config = RunConfig::new().listener(recorder.clone());
    chat.invoke(("a", "Hi")).config(config).await.unwrap();
    let starts: Vec<_> =
        recorder.lines().into_iter().filter(|line| line.contains("_start ")).collect();
    assert_eq!(
        starts,
        [
            "on_chain_start RunnableWithMessageHistory",
            "on_chain_start RunnableSequence",
            "on_chat_model_start ScriptedChatModel",
            "on_parser_start StrOutputParser",
        ]
    );
}

#[test]
fn the_graph_shows_the_chain() {
    let model = ScriptedChatModel::new(["Hello"]).to_model();
    let chat = model.with_conversations(&Conversations::in_memory());
    let graph = chat.graph().to_string();
    assert_eq!(graph, "RunnableWithMessageHistory\n└─ ScriptedChatModel\n");
}
