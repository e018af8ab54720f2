//! Token counts of the provider of a model.

use std::sync::{Arc, Mutex};

use futures::future::{BoxFuture, ready};
use proptest::prelude::*;
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    tool::ToolDefinition,
};
use runnable_conversations::{
    CountSource, SummarizeMessages, TokenCount, TokenEstimate, TrimMessages, count_prompt,
};
use runnable_testing::ScriptedChatModel;
use serde_json::json;
use tokio::runtime::Builder;

use crate::random_messages::{broken_pair, conversation};

/// A provider that counts a token for each byte of text, 100 tokens for each tool, and 3 tokens for
/// each message.
#[derive(Debug)]
struct Counting {
    inner: Arc<dyn ChatProvider>,
    counts: Counts,
}

/// The numbers of messages of the prompts that were counted.
type Counts = Arc<Mutex<Vec<usize>>>;

fn bytes_of(messages: &[Message]) -> u64 {
    messages.iter().map(|message| message.text().len() as u64 + 3).sum()
}

impl ChatProvider for Counting {
    fn run_name(&self) -> &str {
        self.inner.run_name()
    }

    fn count_tokens(
        &self,
        request: ChatRequest,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        let messages = &request.prompt.messages;
        self.counts.lock().unwrap().push(messages.len());
        let tools = 100 * request.options.tools.len() as u64;
        Box::pin(ready(Ok(Some(bytes_of(messages) + tools))))
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        self.inner.stream(request, cx)
    }
}

fn counting() -> (ChatModel, Counts) {
    let counts = Counts::default();
    let script = ScriptedChatModel::from_fn(|_| "a summary");
    let of_model = Arc::clone(&counts);
    let model = script.to_model().map_provider(|inner| Counting { inner, counts: of_model });
    (model, counts)
}

/// Returns a conversation whose messages have 20 bytes of text each, which are 23 tokens for the
/// provider and 9 tokens for an estimate.
fn talk(count: usize) -> Vec<Message> {
    let text = |n: usize| format!("{n:020}");
    (0..count).map(|n| if n % 2 == 0 { human(text(n)) } else { ai(text(n)) }).collect()
}

#[tokio::test]
async fn the_provider_counts_a_prompt() {
    let (model, _) = counting();
    let count = count_prompt(&model, &talk(2), &TokenEstimate).await.unwrap();
    assert_eq!(count, TokenCount::new(46, CountSource::Provider));
    let without = ScriptedChatModel::new(["1"]).to_model();
    let count = count_prompt(&without, &talk(2), &TokenEstimate).await.unwrap();
    assert_eq!(count, TokenCount::new(18, CountSource::Estimate));
}

#[tokio::test]
async fn a_prompt_that_fits_is_counted_once() {
    let (model, counts) = counting();
    let trim = TrimMessages::to_tokens(23 * 5).counted_by(&model);
    assert_eq!(trim.invoke(talk(5)).await.unwrap().messages, talk(5));
    assert_eq!(*counts.lock().unwrap(), [5]);
}

#[tokio::test]
async fn a_trim_keeps_what_fits_by_the_count_of_the_provider() {
    let (model, counts) = counting();
    // By the estimate, all messages would fit.
    let trim = TrimMessages::to_tokens(23 * 5).counted_by(&model);
    assert_eq!(trim.invoke(talk(9)).await.unwrap().messages, talk(9)[4..]);
    assert_eq!(*counts.lock().unwrap(), [9, 5]);
}

#[tokio::test]
async fn a_trim_leaves_space_for_the_tools_of_the_model() {
    let (model, counts) = counting();
    let tool = ToolDefinition::new("clock", "", json!({"type": "object", "properties": {}}));
    let model = model.tools([tool]);
    let trim = TrimMessages::to_tokens(23 * 5 + 100).counted_by(&model);
    assert_eq!(trim.invoke(talk(9)).await.unwrap().messages, talk(9)[4..]);
    assert!(counts.lock().unwrap().len() <= 4);
}

#[tokio::test]
async fn messages_that_must_stay_can_exceed_the_limit_of_the_provider() {
    let (model, _) = counting();
    let trim = TrimMessages::to_tokens(22).counted_by(&model);
    let error = trim.invoke(talk(3)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContextLength);
    assert!(error.message().contains("have 23 tokens"), "{error}");
}

#[tokio::test]
async fn a_provider_that_cannot_count_leaves_it_to_the_counter() {
    let model = ScriptedChatModel::new(["1"]).to_model();
    let trim = TrimMessages::to_tokens(9 * 3).counted_by(&model);
    assert_eq!(trim.invoke(talk(5)).await.unwrap().messages, talk(5)[2..]);
}

proptest! {
    #[test]
    fn a_trim_never_exceeds_the_limit_of_the_provider(
        messages in conversation(), limit in 0u64..300,
    ) {
        let (model, counts) = counting();
        let trim = TrimMessages::to_tokens(limit).counted_by(&model);
        let runtime = Builder::new_current_thread().build().unwrap();
        match runtime.block_on(trim.invoke(messages.clone())) {
            Ok(kept) => {
                prop_assert!(bytes_of(&kept.messages) <= limit);
                prop_assert_eq!(broken_pair(&kept.messages), None);
                prop_assert_eq!(kept.messages.last(), messages.last());
            }
            Err(error) => {
                prop_assert_eq!(error.kind(), ErrorKind::ContextLength);
                prop_assert!(bytes_of(&messages) > limit);
            }
        }
        prop_assert!(counts.lock().unwrap().len() <= messages.len() + 1);
    }
}

#[tokio::test]
async fn a_summary_begins_at_the_limit_of_the_provider() {
    let (model, counts) = counting();
    let script = ScriptedChatModel::new(["summary 1", "summary 2"]);
    let summarize = SummarizeMessages::beyond_tokens(script.to_model(), 23 * 10).counted_by(&model);
    assert_eq!(summarize.invoke(talk(10)).await.unwrap().messages, talk(10));
    assert_eq!(*counts.lock().unwrap(), [10]);

    let short = summarize.invoke(talk(11)).await.unwrap().messages;
    assert!(short[0].text().ends_with("summary 1"), "{short:?}");
    assert_eq!(short[1..], talk(11)[6..]);

    // The summary itself has 69 tokens. It is used as long as the shortened conversation fits.
    for count in 12..=13 {
        let short = summarize.invoke(talk(count)).await.unwrap().messages;
        assert!(bytes_of(&short) <= 23 * 10);
        assert_eq!(short[1..], talk(count)[6..]);
    }
    assert_eq!(script.prompts().len(), 1);
    let short = summarize.invoke(talk(14)).await.unwrap().messages;
    assert!(short[0].text().ends_with("summary 2"), "{short:?}");
    assert!(bytes_of(&short) <= 23 * 10);
}
