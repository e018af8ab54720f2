//! Defects of retries.

use futures::{StreamExt, stream};
use runnable_chat::prelude::*;

use runnable_events::StreamEventsExt;

use crate::parts::{Echo, outcomes, prompt_values, unavailable, without_backoff};

fn chain(model: &Echo) -> impl Runnable<Input = Dict, Output = String> {
    prompt("{text}").pipe(model.to_model().with_retry(without_backoff())).pipe(text())
}

/// Defect 1: an item of a retried batch that fails permanently receives the result of another item.
#[tokio::test]
async fn a_failed_item_does_not_get_the_result_of_another() {
    let model = Echo::failing(|text, times| match text {
        "retry" if times == 1 => Some(unavailable()),
        "bad" => Some(unavailable()),
        _ => None,
    });
    let results = chain(&model).batch(["ok", "retry", "bad"].map(prompt_values)).await;
    let expected = [Ok("ok".into()), Ok("retry".into()), Err(ErrorKind::Unavailable)];
    assert_eq!(outcomes(results), expected);
    assert_eq!(["ok", "retry", "bad"].map(|text| model.calls(text)), [1, 2, 3]);
}

/// Defect 2: an error that must not be retried becomes the result of every item of the batch. It is
/// even retried if another item has failed before with an error that may be retried.
#[tokio::test]
async fn a_permanent_error_affects_only_its_own_item() {
    let model = Echo::failing(|text, times| match text {
        "never" => Some(Error::new(ErrorKind::Authentication, "no key")),
        "later" if times < 3 => Some(unavailable()),
        _ => None,
    });
    for order in [["a", "never", "later", "b"], ["b", "later", "never", "a"]] {
        let before = model.calls("never");
        let results = outcomes(chain(&model).batch(order.map(prompt_values)).await);
        let expected = order.map(|text| match text {
            "never" => Err(ErrorKind::Authentication),
            text => Ok(text.to_owned()),
        });
        assert_eq!(results, expected);
        assert_eq!(model.calls("never"), before + 1);
    }
}

/// Defect 3: `stream`, `transform` and `batch_as_completed` are not retried.
#[tokio::test]
async fn every_method_retries() {
    let flaky = || Echo::failing(|_, times| (times < 3).then(unavailable));
    for verb in ["invoke", "stream", "transform", "batch", "completed", "events"] {
        let model = flaky();
        let (chain, values) = (chain(&model), prompt_values("a b"));
        let answer = match verb {
            "invoke" => chain.invoke(values).await,
            "stream" => chain.stream(values).concat().await,
            "transform" => chain.transform(stream::iter([Ok(values.into_chunk())])).concat().await,
            "batch" => chain.batch([values]).await.remove(0),
            "completed" => chain.batch_as_completed([values]).next().await.unwrap().1,
            _ => {
                let events: Vec<_> = chain.stream_events(values).collect().await;
                let last = events.last().unwrap().as_ref().unwrap().to_langchain_v2();
                Ok(last["data"]["output"].as_str().unwrap().to_owned())
            }
        };
        assert_eq!(answer.unwrap(), "a b", "{verb}");
        assert_eq!(model.calls("a b"), 3, "{verb}");
    }
}
