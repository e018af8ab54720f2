//! Trying again.

use futures::{StreamExt, stream};
use runnable_chat::prelude::*;

use runnable_events::StreamEventsExt;

use crate::parts::{Echo, about, at_once, outcomes, unavailable};

fn chain(model: &Echo) -> impl Runnable<Input = Dict, Output = String> {
    prompt("{text}").pipe(model.to_model().with_retry(at_once())).pipe(text())
}

/// Defect 1: an item of a retried batch that failed for good got another item's result.
#[tokio::test]
async fn an_item_that_fails_for_good_does_not_get_the_result_of_another() {
    let model = Echo::failing(|text, times| match text {
        "retry" if times == 1 => Some(unavailable()),
        "bad" => Some(unavailable()),
        _ => None,
    });
    let results = chain(&model).batch(["ok", "retry", "bad"].map(about)).await;
    let expected = [Ok("ok".into()), Ok("retry".into()), Err(ErrorKind::Unavailable)];
    assert_eq!(outcomes(results), expected);
    assert_eq!(["ok", "retry", "bad"].map(|text| model.asked(text)), [1, 2, 3]);
}

/// Defect 2: an error that is not to be retried became the result of every item of the batch; or
/// was retried, if another item had failed before it in a way that is.
#[tokio::test]
async fn an_error_that_is_not_retried_is_its_own_items_alone() {
    let model = Echo::failing(|text, times| match text {
        "never" => Some(Error::new(ErrorKind::Authentication, "no key")),
        "later" if times < 3 => Some(unavailable()),
        _ => None,
    });
    for order in [["a", "never", "later", "b"], ["b", "later", "never", "a"]] {
        let before = model.asked("never");
        let results = outcomes(chain(&model).batch(order.map(about)).await);
        let expected = order.map(|text| match text {
            "never" => Err(ErrorKind::Authentication),
            text => Ok(text.to_owned()),
        });
        assert_eq!(results, expected);
        assert_eq!(model.asked("never"), before + 1);
    }
}

/// Defect 3: a retry made one attempt only in a stream, in a transform, and in a batch that is read
/// as it completes.
#[tokio::test]
async fn every_verb_tries_again() {
    let flaky = || Echo::failing(|_, times| (times < 3).then(unavailable));
    for verb in ["invoke", "stream", "transform", "batch", "completed", "events"] {
        let model = flaky();
        let (chain, values) = (chain(&model), about("a b"));
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
        assert_eq!(model.asked("a b"), 3, "{verb}");
    }
}
