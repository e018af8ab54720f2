//! The events of chat models.

use runnable_chat::prelude::*;
use runnable_events::StreamEvents;
use runnable_testing::{Answer, ScriptedChat};

use crate::{
    golden,
    parts::{all, model},
};

#[tokio::test]
async fn events_model() {
    let call = model("Hello brave new world").stream_events("hi");
    golden("events_model").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_model_whole() {
    let script = ScriptedChat::new([Answer::whole("All at once")]).named("WholeModel");
    let call = script.without_streaming().to_model().stream_events("hi");
    golden("events_model_whole").assert_events(&all(call).await);
}

#[tokio::test]
async fn events_model_messages() {
    let call = model("Hello you").stream_events([human("hi"), ai("yes?"), human("well")]);
    golden("events_model_messages").assert_events(&all(call).await);
}
