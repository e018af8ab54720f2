//! Laws of streams.

use futures::{FutureExt, StreamExt};
use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use tokio::time::Instant;

use crate::parts::{SECOND, prompt_values, shout, unavailable, without_backoff};

/// A chain with a model inside all kinds of other steps.
fn chain(answer: ScriptedReply) -> impl Runnable<Input = Dict, Output = Dict> {
    let model = ScriptedChatModel::new([answer]).repeat_last().to_model();
    let spare = ScriptedChatModel::new(["spare"]).repeat_last().to_model();
    let length =
        lambda(|values: Dict| values.get("loud").and_then(|loud| loud.as_str()).map(str::len));
    let reverse = lambda(|text: String| text.chars().rev().collect::<String>());
    prompt("{text}")
        .pipe(model.with_retry(without_backoff()).with_fallback(spare).with_name("llm"))
        .pipe(text())
        .pipe(parallel_dict("loud", shout()).with("back", reverse).with("plain", passthrough()))
        .pipe(assign("length", length))
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Run fewer cases than `PROPTEST_CASES`, because each case runs a complete chain.
        cases: ProptestConfig::default().cases.div_ceil(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// One port restarts the steps after a model for each token; another keeps only the last chunk.
    #[test]
    fn a_stream_equals_invoke_for_any_chunks_of_the_model(
        pieces in prop::collection::vec("[a-zé ]{0,5}", 1..9),
    ) {
        let chain = chain(ScriptedReply::chunks(pieces.clone()));
        let whole = chain.invoke(prompt_values("hi")).now_or_never().unwrap().unwrap();
        let (plain, back) = (pieces.concat(), pieces.concat().chars().rev().collect::<String>());
        let loud = plain.to_uppercase();
        let expected = dict! { length: loud.len(), loud: loud, back: back, plain: plain };
        prop_assert_eq!(&whole, &expected);
        let streamed = chain.stream(prompt_values("hi")).concat().now_or_never().unwrap().unwrap();
        prop_assert_eq!(streamed, expected);
    }
}

/// Some ports gather the model's answer before the next step starts.
#[tokio::test(start_paused = true)]
async fn the_last_step_yields_before_the_model_is_done() {
    let start = Instant::now();
    let mut chunks =
        chain(ScriptedReply::words("one two three four").delay(SECOND)).stream(prompt_values("hi"));
    let first = chunks.next().await.unwrap().unwrap();
    let first = serde_json::to_value(first).unwrap();
    assert!(first == serde_json::json!({ "loud": "ONE" }) || first["plain"] == "one", "{first}");
    assert_eq!(start.elapsed(), SECOND);
    chunks.concat().await.unwrap();
    assert_eq!(start.elapsed(), 7 * SECOND);
}

/// One port reads the first model to its end before it yields a chunk. LangChain for JavaScript
/// does not use fallbacks in a batch that returns its errors.
#[tokio::test(start_paused = true)]
async fn a_fallback_is_used_only_before_the_first_chunk() {
    let spare =
        || ScriptedChatModel::new([ScriptedReply::words("the spare").delay(SECOND)]).to_model();
    let with_spare = |answer: ScriptedReply| {
        ScriptedChatModel::new([answer]).to_model().with_fallback(spare()).pipe(text())
    };
    let start = Instant::now();
    let late = ScriptedReply::words("a b").delay(SECOND).error_after(2, unavailable());
    let mut chunks = with_spare(late).stream("hi");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "a");
    assert_eq!(start.elapsed(), SECOND, "the chunk is not delayed");
    let rest: Vec<_> = chunks.collect().await;
    assert_eq!(rest.len(), 2);
    assert_eq!(rest[1].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);

    let start = Instant::now();
    let mut chunks = with_spare(ScriptedReply::error(unavailable())).stream("hi");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "the");
    assert_eq!(start.elapsed(), SECOND);
    assert_eq!(chunks.concat().await.unwrap(), " spare");
}
