//! Retry events.

use std::time::Duration;

use futures::StreamExt;
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_events::{EventData, StreamEvent, StreamEventsExt};
use serde_json::json;

async fn events() -> Vec<StreamEvent> {
    let down = try_lambda(|_: u64| {
        Result::<u64, _>::Err(Error::new(ErrorKind::Unavailable, "the service is down"))
    });
    let policy = RetryPolicy::new().jitter(Duration::ZERO);
    let events = down.with_name("down").with_retry(policy).stream_events(1u64).include_details();
    events.filter_map(async |event| event.ok()).collect().await
}

#[tokio::test(start_paused = true)]
async fn a_retry_event_has_the_attempt_delay_and_error() {
    let events = events().await;
    let retries: Vec<_> = events
        .iter()
        .filter_map(|event| match &event.data {
            EventData::Retry { attempt, wait, error, .. } => {
                assert_eq!(event.event_name(), "on_chain_retry");
                Some((*attempt, wait.as_secs(), error.message()))
            }
            _ => None,
        })
        .collect();
    let down = || "the service is down".to_owned();
    assert_eq!(retries, [(1, 1, down()), (2, 2, down())]);
    // A retry event is between the error of one attempt and the start of the next.
    let names: Vec<_> = events.iter().map(StreamEvent::event_name).collect();
    let retry = names.iter().position(|name| name == "on_chain_retry").unwrap();
    assert_eq!((&*names[retry - 1], &*names[retry + 1]), ("on_chain_error", "on_chain_start"));
}

#[tokio::test(start_paused = true)]
async fn the_json_of_a_retry_has_the_attempt_delay_and_error() {
    let events = events().await;
    let retry = events.iter().find(|event| event.event_name() == "on_chain_retry").unwrap();
    let data = &serde_json::to_value(retry).unwrap()["data"];
    assert_eq!((&data["attempt"], &data["wait_ms"]), (&json!(1), &json!(1000.0)));
    assert_eq!(data["error"]["kind"], "unavailable");
    assert_eq!(data["error"]["message"], "the service is down");
}

#[tokio::test]
async fn retry_events_are_not_included_by_default() {
    let down = try_lambda(|_: u64| {
        Result::<u64, _>::Err(Error::new(ErrorKind::Unavailable, "the service is down"))
    });
    let chain = down.with_retry(RetryPolicy::new().without_backoff());
    let events: Vec<_> = chain.stream_events(1u64).collect().await;
    let retries = events.iter().flatten().filter(|event| event.event_name() == "on_chain_retry");
    assert_eq!((events.len(), retries.count()), (9, 0));
}
