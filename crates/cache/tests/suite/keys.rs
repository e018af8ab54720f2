//! Which requests are equal for a cache.

use futures::future::{BoxFuture, FutureExt, ready};
use runnable_cache::{AnswerCache, CacheExt};
use runnable_chat::{
    ChatOptions,
    model::{ChatProvider, ChatRequest},
    prelude::*,
    tool::ToolDefinition,
};
use runnable_testing::ScriptedChatModel;
use serde_json::json;

fn script() -> ScriptedChatModel {
    ScriptedChatModel::from_fn(|_| "Paris")
}

/// Returns how many requests are sent for the second of two calls with one cache.
async fn requests_for_second(
    first: (ChatOptions, PromptValue),
    second: (ChatOptions, PromptValue),
) -> usize {
    let script = script();
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    let (options, prompt) = first;
    model.clone().with_options(options).invoke(prompt).await.unwrap();
    let before = script.requests().len();
    let (options, prompt) = second;
    model.with_options(options).invoke(prompt).await.unwrap();
    script.requests().len() - before
}

#[tokio::test]
async fn each_option_makes_a_request_different() {
    let plain = ChatOptions::new;
    let tool = ToolDefinition::new("add", "Adds.", json!({"type": "object"}));
    let other_tool = ToolDefinition::new("add", "Adds up.", json!({"type": "object"}));
    let variants = [
        plain(),
        plain().temperature(0.0),
        plain().temperature(0.5),
        plain().top_p(0.5),
        plain().seed(1),
        plain().max_tokens(10),
        plain().stop(["x"]),
        plain().tools([tool]),
        plain().tools([other_tool]),
    ];
    for (index, first) in variants.iter().enumerate() {
        for (other, second) in variants.iter().enumerate() {
            let calls = (first.clone(), "France?".into());
            let sent = requests_for_second(calls, (second.clone(), "France?".into())).await;
            assert_eq!(sent, usize::from(index != other), "{first:?} and {second:?}");
        }
    }
}

#[tokio::test]
async fn each_part_of_a_message_that_the_model_sees_makes_a_request_different() {
    let variants: [PromptValue; 6] = [
        human("France?").into(),
        system("France?").into(),
        ai("France?").into(),
        vec![human("France"), human("?")].into(),
        vec![human("France?"), human("")].into(),
        Message::from(ToolMessage::new("call_1", "France?")).into(),
    ];
    for (index, first) in variants.iter().enumerate() {
        for (other, second) in variants.iter().enumerate() {
            let calls = (ChatOptions::new(), first.clone());
            let sent = requests_for_second(calls, (ChatOptions::new(), second.clone())).await;
            assert_eq!(sent, usize::from(index != other), "{first:?} and {second:?}");
        }
    }
}

#[tokio::test]
async fn details_of_earlier_answers_that_no_model_sees_do_not_count() {
    let conversation = |answer: AiMessage| {
        let mut prompt = PromptValue::from("France?");
        prompt.push(answer);
        prompt.push("Spain?");
        (ChatOptions::new(), prompt)
    };
    let mut answer = AiMessage::new("Paris");
    answer.usage = Some(Usage::new(10, 1));
    answer.id = Some("msg_1".into());
    answer.finish_reason = Some(FinishReason::Stop);
    let mut again = AiMessage::new("Paris");
    again.usage = Some(Usage::new(10, 1).marked_as_cached());
    again.id = Some("msg_2".into());
    assert_eq!(requests_for_second(conversation(answer), conversation(again)).await, 0);
}

#[tokio::test]
async fn models_with_different_names_do_not_share_answers() {
    let cache = AnswerCache::in_memory();
    let (small, large) = (script().with_run_name("small"), script().with_run_name("large"));
    small.to_model().with_cache(&cache).invoke("France?").await.unwrap();
    large.to_model().with_cache(&cache).invoke("France?").await.unwrap();
    assert_eq!(large.requests().len(), 1);
}

/// A model at an address.
#[derive(Clone, Debug)]
struct At(&'static str);

impl ChatProvider for At {
    fn run_name(&self) -> &str {
        "At"
    }

    fn request_key(&self, request: &ChatRequest) -> Option<Vec<u8>> {
        Some(format!("{}{}", self.0, request.prompt).into_bytes())
    }

    fn count_tokens(
        &self,
        _: ChatRequest,
        _: RunContext,
    ) -> BoxFuture<'static, Result<Option<u64>>> {
        ready(Ok(Some(7))).boxed()
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        ChunkStream::once(AiMessage::new(self.0))
    }
}

#[tokio::test]
async fn a_provider_can_define_which_requests_are_equal() {
    let cache = AnswerCache::in_memory();
    let (here, there) = (ChatModel::new(At("here")), ChatModel::new(At("there")));
    let (here, there) = (here.with_cache(&cache), there.with_cache(&cache));
    assert_eq!(here.invoke("Hi").await.unwrap().text(), "here");
    assert_eq!(there.invoke("Hi").await.unwrap().text(), "there");
    // This provider ignores the options.
    let cached = here.temperature(0.5).invoke("Hi").await.unwrap();
    assert!(cached.usage.unwrap().is_cached());
}

#[tokio::test]
async fn a_model_with_a_cache_counts_tokens() {
    let model = ChatModel::new(At("here")).with_cache(&AnswerCache::in_memory());
    assert_eq!(model.count_tokens("Hi").await.unwrap(), Some(7));
}

#[tokio::test]
async fn a_schema_that_is_added_after_the_cache_is_part_of_the_request() {
    #[derive(Clone, Debug, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
    struct City {
        name: String,
    }
    runnable_core::impl_at_once!(City);
    let script = ScriptedChatModel::from_fn(|request| match request.options.response_format {
        Some(_) => r#"{"name": "Paris"}"#,
        None => "Paris",
    });
    let model = script.to_model().with_cache(&AnswerCache::in_memory());
    assert_eq!(model.invoke("France?").await.unwrap().text(), "Paris");
    let typed = model.with_structured_output::<City>();
    assert_eq!(typed.invoke("France?").await.unwrap().name, "Paris");
    assert_eq!(typed.invoke("France?").await.unwrap().name, "Paris");
    assert_eq!(script.requests().len(), 2);
}
