//! Chains with a bug that a finding reports, and the same chains without the bug.

use std::{collections::BTreeMap, sync::Arc, thread, time::Duration};

use futures::{StreamExt, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{Chunked, combinators::RetryPolicy};
use runnable_events::{Finding, FindingCode, StreamEventsExt, Trace};
use serde_json::{Value, json};
use tokio::time::sleep;

/// A model that starts to answer after half a second, and needs 100 ms for each chunk.
#[derive(Clone, Debug)]
struct Model(Arc<[AiMessageChunk]>);

impl ChatProvider for Model {
    fn run_name(&self) -> &str {
        "ChatTest"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let chunks: Vec<_> = self.0.iter().cloned().enumerate().collect();
        ChunkStream::new(stream::iter(chunks).then(|(number, chunk)| async move {
            sleep(Duration::from_millis(if number == 0 { 500 } else { 100 })).await;
            Ok(chunk)
        }))
    }
}

/// Creates a model that answers with these words.
fn model(words: &[&str]) -> ChatModel {
    ChatModel::new(Model(words.iter().map(|word| AiMessageChunk::new(*word)).collect()))
}

/// Calls a chain with a stream, and returns its findings.
async fn findings<R: Runnable>(chain: R, input: impl Into<R::Input>) -> Vec<Finding> {
    let mut trace = Trace::new();
    let mut events = chain.stream_events(input).include_details();
    // The stream ends with the error of the call, if the call fails.
    while let Some(Ok(event)) = events.next().await {
        trace.add(&event.into());
    }
    trace.findings()
}

fn codes(findings: &[Finding]) -> Vec<FindingCode> {
    findings.iter().map(|finding| finding.code).collect()
}

fn answering() -> impl Runnable<Input = Dict, Output = String> {
    let words = ["It ", "was ", "the ", "best ", "of ", "times."];
    prompt("Tell me about {topic}").pipe(model(&words)).pipe(text())
}

#[tokio::test(start_paused = true)]
async fn a_step_that_stops_streaming_is_found() {
    let tidy = lambda(|text: String| text.to_uppercase()).with_name("tidy");
    let found = findings(answering().pipe(tidy), dict! { topic: "Paris" }).await;
    assert_eq!(codes(&found), [FindingCode::StoppedStream]);
    assert_eq!(found[0].runs[0].name, "tidy");
    assert_eq!(found[0].cost, Some(Duration::from_millis(500)));
    assert_eq!(found[0].title, "`tidy` stopped the stream for 500 ms");

    let tidy = map_chunks(|text: String| text.to_uppercase()).with_name("tidy");
    assert_eq!(findings(answering().pipe(tidy), dict! { topic: "Paris" }).await, []);
}

#[tokio::test(start_paused = true)]
async fn a_step_before_a_model_that_stops_streaming_is_not_a_finding() {
    let question = lambda(|text: String| dict! { topic: text }).with_name("question");
    let chain = answering().pipe(question).pipe(answering());
    assert_eq!(findings(chain, dict! { topic: "Paris" }).await, []);
}

/// Asks a model for the topic of a question, and branches.
fn support(topic: &'static str) -> impl Runnable<Input = Dict, Output = String> {
    let is = |word: &'static str| lambda(move |topic: String| topic == word);
    let say = |text: &'static str| lambda(move |_: String| text.to_owned());
    let route = branch(is("billing").with_name("is_billing"), say("We refund you."))
        .else_if(is("delivery").with_name("is_delivery"), say("It is on the way."))
        .otherwise(say("How can we help?"));
    prompt("What is the topic of {question}?").pipe(model(&[topic])).pipe(text()).pipe(route)
}

#[tokio::test(start_paused = true)]
async fn a_wrong_branch_is_found() {
    let question = || dict! { question: "I paid twice" };
    let found = findings(support("Billing.\n"), question()).await;
    assert_eq!(codes(&found), [FindingCode::WrongBranch]);
    assert_eq!(
        found[0].title,
        "`is_billing` returned false, although the input contains \"billing\""
    );
    assert!(found[0].text.contains(r#""Billing.\n""#), "{}", found[0].text);

    assert_eq!(findings(support("billing"), question()).await, []);
}

fn with_lookup(milliseconds: u64) -> impl Runnable<Input = Dict, Output = String> {
    let lookup = async_lambda(move |input: Dict, _| async move {
        sleep(Duration::from_millis(milliseconds)).await;
        Ok(input)
    });
    lookup.with_name("lookup").pipe(answering())
}

#[tokio::test(start_paused = true)]
async fn a_slow_step_is_found() {
    let found = findings(with_lookup(3_000), dict! { topic: "Paris" }).await;
    assert_eq!(codes(&found), [FindingCode::SlowStep]);
    assert_eq!((&*found[0].runs[0].name, &*found[0].title), ("lookup", "`lookup` took 3.00 s"));
    assert!(found[0].text.contains("75 % of the 4.00 s"), "{}", found[0].text);

    assert_eq!(findings(with_lookup(30), dict! { topic: "Paris" }).await, []);
}

fn calling(name: &str, arguments: Value) -> impl Runnable<Input = Dict, Output = Vec<ToolMessage>> {
    let call = AiMessage::new("").with_block(ToolCall::new("call_1", name, arguments));
    let model = ChatModel::new(Model([call.into_chunk()].into()));
    let sum = |numbers: BTreeMap<String, i64>, _| async move { Ok(numbers.values().sum::<i64>()) };
    prompt("Add {numbers}").pipe(model).pipe(toolbox([tool("add", "Adds numbers.", sum)]))
}

#[tokio::test(start_paused = true)]
async fn invalid_arguments_of_a_tool_are_found() {
    let numbers = || dict! { numbers: "1 and 2" };
    let found = findings(calling("add", json!({"a": 1, "b": "two"})), numbers()).await;
    assert_eq!(codes(&found), [FindingCode::InvalidToolCall]);
    assert_eq!(found[0].title, "The model called `add` with invalid arguments");
    assert!(found[0].text.contains(r#"{"a":1,"b":"two"}"#), "{}", found[0].text);

    assert_eq!(findings(calling("add", json!({"a": 1, "b": 2})), numbers()).await, []);
}

#[tokio::test(start_paused = true)]
async fn an_unknown_tool_is_found() {
    let found = findings(calling("sum", json!({"a": 1})), dict! { numbers: "1" }).await;
    assert_eq!(codes(&found), [FindingCode::InvalidToolCall]);
    assert_eq!(found[0].title, "The model called the tool `sum`, which does not exist");
}

fn service(is_down: bool) -> impl Runnable<Input = Dict, Output = Dict> {
    let ask = try_lambda(move |input: Dict| {
        if is_down {
            return Err(Error::new(ErrorKind::Unavailable, "the service is down"));
        }
        Ok(input)
    });
    let policy = || RetryPolicy::new().jitter(Duration::ZERO);
    // The client has retries, and the chain has retries, too.
    let client = ask.with_name("ask").with_retry(policy()).with_name("client");
    client.with_retry(policy())
}

#[tokio::test(start_paused = true)]
async fn a_retry_storm_is_found() {
    let found = findings(service(true).pipe(answering()), dict! { topic: "Paris" }).await;
    assert_eq!(codes(&found), [FindingCode::RetryStorm]);
    assert_eq!(found[0].title, "Retry storm: 9 attempts failed in one call");
    assert!(found[0].text.contains("Retries are nested"), "{}", found[0].text);

    assert_eq!(findings(service(false).pipe(answering()), dict! { topic: "Paris" }).await, []);
}

fn hashing(milliseconds: u64) -> impl Runnable<Input = Dict, Output = Dict> {
    let hash = lambda(move |input: Dict| {
        // Block the thread, and not only the task, because this is the bug.
        thread::sleep(Duration::from_millis(milliseconds));
        input
    });
    hash.with_name("hash")
}

#[tokio::test(start_paused = true)]
async fn a_step_that_blocks_the_thread_is_found() {
    let found = findings(hashing(220).pipe(answering()), dict! { topic: "Paris" }).await;
    assert_eq!(codes(&found), [FindingCode::BlockedThread]);
    assert_eq!(found[0].runs.iter().map(|run| &*run.name).collect::<Vec<_>>(), ["hash"]);
    assert!(found[0].cost >= Some(Duration::from_millis(220)), "{}", found[0]);

    assert_eq!(findings(hashing(0).pipe(answering()), dict! { topic: "Paris" }).await, []);
}
