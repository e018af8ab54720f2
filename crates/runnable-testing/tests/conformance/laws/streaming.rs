//! Chunks.

use futures::{FutureExt, StreamExt};
use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use tokio::time::Instant;

use crate::parts::{SECOND, about, at_once, shout, unavailable};

/// A chain with all that may stand around a model.
fn chain(answer: ScriptedReply) -> impl Runnable<Input = Dict, Output = Dict> {
    let model = ScriptedChatModel::new([answer]).repeat_last().to_model();
    let spare = ScriptedChatModel::new(["spare"]).repeat_last().to_model();
    let length = lambda(|values: Dict| values.get("loud").and_then(|it| it.as_str()).map(str::len));
    let reverse = lambda(|text: String| text.chars().rev().collect::<String>());
    prompt("{text}")
        .pipe(model.with_retry(at_once()).with_fallback(spare).with_name("llm"))
        .pipe(text())
        .pipe(parallel_dict("loud", shout()).with("back", reverse).with("plain", passthrough()))
        .pipe(assign("length", length))
}

proptest! {
    #![proptest_config(ProptestConfig {
        // A case is a whole chain, so it has fewer than `PROPTEST_CASES` says.
        cases: ProptestConfig::default().cases.div_ceil(4),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    /// A port started the steps behind a model anew for each token; another kept the last chunk only.
    #[test]
    fn what_a_chain_streams_is_what_it_gives_however_its_model_cuts_the_answer(
        pieces in prop::collection::vec("[a-zé ]{0,5}", 1..9),
    ) {
        let chain = chain(ScriptedReply::chunks(pieces.clone()));
        let whole = chain.invoke(about("hi")).now_or_never().unwrap().unwrap();
        let (plain, back) = (pieces.concat(), pieces.concat().chars().rev().collect::<String>());
        let loud = plain.to_uppercase();
        let expected = dict! { length: loud.len(), loud: loud, back: back, plain: plain };
        prop_assert_eq!(&whole, &expected);
        let streamed = chain.stream(about("hi")).concat().now_or_never().unwrap().unwrap();
        prop_assert_eq!(streamed, expected);
    }
}

/// Ports gathered the model's answer before the step behind it began.
#[tokio::test(start_paused = true)]
async fn the_first_chunk_comes_out_of_the_last_step_long_before_the_model_is_done() {
    let start = Instant::now();
    let mut chunks =
        chain(ScriptedReply::words("one two three four").delay(SECOND)).stream(about("hi"));
    let first = chunks.next().await.unwrap().unwrap();
    let news = serde_json::to_value(first).unwrap();
    assert!(news == serde_json::json!({ "loud": "ONE" }) || news["plain"] == "one", "{news}");
    assert_eq!(start.elapsed(), SECOND);
    chunks.concat().await.unwrap();
    assert_eq!(start.elapsed(), 7 * SECOND);
}

/// A port read the first model to its end before it gave anything; the reference's port to
/// JavaScript cannot fall back in a batch that gives its errors.
#[tokio::test(start_paused = true)]
async fn a_fallback_is_used_before_the_first_chunk_only_and_streams_as_it_comes() {
    let spare =
        || ScriptedChatModel::new([ScriptedReply::words("the spare").delay(SECOND)]).to_model();
    let with_spare = |answer: ScriptedReply| {
        ScriptedChatModel::new([answer]).to_model().with_fallback(spare()).pipe(text())
    };
    let start = Instant::now();
    let late = ScriptedReply::words("a b").delay(SECOND).error_after(2, unavailable());
    let mut chunks = with_spare(late).stream("hi");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "a");
    assert_eq!(start.elapsed(), SECOND, "it is not held back");
    let rest: Vec<_> = chunks.collect().await;
    assert_eq!(rest.len(), 2);
    assert_eq!(rest[1].as_ref().unwrap_err().kind(), ErrorKind::Unavailable);

    let start = Instant::now();
    let mut chunks = with_spare(ScriptedReply::error(unavailable())).stream("hi");
    assert_eq!(chunks.next().await.unwrap().unwrap(), "the");
    assert_eq!(start.elapsed(), SECOND);
    assert_eq!(chunks.concat().await.unwrap(), " spare");
}
