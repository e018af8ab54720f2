//! Batch APIs: splits, restarts, waits, results and errors.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::StreamExt;
use proptest::prelude::*;
use runnable_chat::{
    ChatOptions, Prices,
    batch_api::{Batch, BatchAnswer, BatchError, BatchId, BatchPolling, BatchRequest, BatchState},
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::ErrorKind;
use tokio::time::Instant;

use crate::batch_service::Service;

async fn results(batch: &Batch) -> HashMap<String, Result<AiMessage>> {
    let mut results = HashMap::new();
    let mut stream = batch.results();
    while let Some(answer) = stream.next().await {
        let answer = answer.expect("results");
        let repeated = results.insert(answer.custom_id, answer.result);
        assert!(repeated.is_none(), "a result is repeated");
    }
    results
}

async fn submit<const N: usize>(service: &Service, requests: [(&str, &str); N]) -> Batch {
    let requests = requests.map(|(id, text)| BatchRequest::new(id, text));
    service.model().batch_api().unwrap().submit(requests).await.expect("a batch")
}

/// Returns the reason why the request has no answer.
fn reason(result: &Result<AiMessage>) -> Option<&BatchError> {
    result.as_ref().expect_err("an error").downcast_ref()
}

fn text(result: &Result<AiMessage>) -> String {
    result.as_ref().expect("an answer").text().into_owned()
}

#[tokio::test(start_paused = true)]
async fn each_request_has_its_result_with_the_batch_price() {
    let service = Service::new();
    let batch = submit(&service, [("a/1", "hello"), ("b", "world")]).await;
    let mut costs = BTreeMap::new();
    let mut stream = batch.results();
    while let Some(Ok(answer)) = stream.next().await {
        let cost = answer.cost(&Prices::shipped()).unwrap();
        costs.insert(answer.custom_id.clone(), (text(&answer.result), cost.to_string()));
    }
    let half = "$0.0750".to_owned();
    let meant = [("a/1", ("HELLO", half.clone())), ("b", ("WORLD", half))];
    let meant = meant.map(|(id, (text, cost))| (id.to_owned(), (text.to_owned(), cost)));
    assert_eq!(costs, meant.into());
    assert_eq!(service.state().files.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn requests_are_split_by_number() {
    let service = Service::with_limits(2, 1_000_000);
    let batch =
        submit(&service, [("a", "1"), ("b", "2"), ("c", "3"), ("d", "4"), ("e", "5")]).await;
    assert_eq!(service.state().files.len(), 3);
    let sizes: Vec<_> = batch.id().parts().iter().map(|part| part.custom_ids.len()).collect();
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(results(&batch).await.len(), 5);
}

#[tokio::test(start_paused = true)]
async fn requests_are_split_by_bytes() {
    let line = r#"{"id":"a","text":"1","t":null}"#.len();
    for (bytes, parts) in [(line + 1, 3), (2 * line + 1, 3), (2 * line + 2, 2), (3 * line + 3, 1)] {
        let service = Service::with_limits(9, bytes);
        let batch = submit(&service, [("a", "1"), ("b", "2"), ("c", "3")]).await;
        assert_eq!(batch.id().parts().len(), parts, "{bytes}");
        assert_eq!(results(&batch).await.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn settings_can_only_lower_the_limits() {
    let service = Service::with_limits(3, 1_000_000);
    for (most, parts) in [(1, 4), (2, 2), (100, 2)] {
        let api = service.model().batch_api().unwrap().max_part_requests(most);
        let requests = ["a", "b", "c", "d"].map(|id| (id, id));
        let batch = api.submit(requests).await.unwrap();
        assert_eq!(batch.id().parts().len(), parts, "{most}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_request_that_cannot_be_sent_is_an_error_of_its_own() {
    let service = Service::with_limits(9, 60);
    let long = "x".repeat(60);
    let batch = submit(&service, [("a", "unsupported"), ("b", &long), ("c", "hi")]).await;
    // The errors are kept when the ID is stored.
    let stored = serde_json::to_string(batch.id()).unwrap();
    let id: BatchId = serde_json::from_str(&stored).unwrap();
    let batch = service.model().batch_api().unwrap().resume(id).await.unwrap();
    let results = results(&batch).await;
    assert_eq!(results["a"].as_ref().unwrap_err().kind(), ErrorKind::Unsupported);
    let error = results["b"].as_ref().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.message(),
        "the request of 89 bytes does not fit into a batch of at most 60 bytes"
    );
    assert_eq!(text(&results["c"]), "HI");
}

#[tokio::test(start_paused = true)]
async fn a_repeated_custom_id_is_an_error() {
    let service = Service::with_limits(1, 1_000_000);
    let requests = [("a", "1"), ("b", "2"), ("a", "3")];
    let error = service.model().batch_api().unwrap().submit(requests).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("custom ID `a`"), "{error}");
    // The error has the ID of what was submitted before.
    let id: BatchId = error.partial().expect("the parts so far");
    assert_eq!(id.custom_ids().collect::<Vec<_>>(), ["a"]);
}

#[tokio::test(start_paused = true)]
async fn options_of_the_model_and_of_a_request_are_sent() {
    let service = Service::new();
    let api = service.model().temperature(0.5).batch_api().unwrap();
    let own = BatchRequest::new("b", "2").options(ChatOptions::new().temperature(1.0));
    api.submit([BatchRequest::new("a", "1"), own]).await.unwrap();
    let file = service.state().files[0].clone();
    assert_eq!(
        file,
        "{\"id\":\"a\",\"text\":\"1\",\"t\":0.5}\n{\"id\":\"b\",\"text\":\"2\",\"t\":1.0}\n"
    );
    assert!(service.model().temperature(-1.0).batch_api().is_err());
}

#[tokio::test(start_paused = true)]
async fn parts_are_reported_after_upload_and_after_creation() {
    let service = Service::with_limits(1, 1_000_000);
    let parts = Arc::new(Mutex::new(Vec::new()));
    let reported = Arc::clone(&parts);
    let submission = service.model().batch_api().unwrap().submit([("a", "1"), ("b", "2")]);
    let submission = submission.on_part(move |part| {
        reported.lock().unwrap().push((part.index, part.file, part.batch));
        async { Ok(()) }
    });
    submission.await.unwrap();
    let part = |index, batch: bool| {
        (index, Some(format!("file-{index}")), batch.then(|| format!("batch-{index}")))
    };
    let meant = [part(0, false), part(0, true), part(1, false), part(1, true)];
    assert_eq!(*parts.lock().unwrap(), meant);
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_store_ends_the_submission() {
    let service = Service::new();
    let submission = service.model().batch_api().unwrap().submit([("a", "1")]);
    let full = || Err(Error::new(ErrorKind::Other, "the disk is full"));
    let error = submission.on_part(move |_| async move { full() }).await.unwrap_err();
    assert_eq!(error.message(), "the disk is full");
    assert_eq!(service.state().batches.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_batch_is_resumed_after_each_step_of_its_submission() {
    // The program ends after so many reports. It then only knows what the reports contained.
    for known in 1..=4 {
        let service = Service::with_limits(1, 1_000_000);
        let id = Arc::new(Mutex::new(BatchId::new("fake")));
        let (stored, mut reports) = (Arc::clone(&id), 0);
        let submission = service.model().batch_api().unwrap().submit([("a", "1"), ("b", "2")]);
        let submission = submission.on_part(move |part| {
            reports += 1;
            if reports <= known {
                stored.lock().unwrap().put(part);
            }
            let killed = reports == known;
            async move { if killed { Err(Error::new(ErrorKind::Other, "killed")) } else { Ok(()) } }
        });
        submission.await.expect_err("the program ends");
        let id = id.lock().unwrap().clone();

        let api = service.model().batch_api().unwrap();
        let mut answered: Vec<_> = Vec::new();
        let left: Vec<_> = ["a", "b"]
            .into_iter()
            .filter(|wanted| !id.custom_ids().any(|known| known == *wanted))
            .map(|id| (id, id))
            .collect();
        let resumed = api.resume(id).await.unwrap();
        answered.extend(results(&resumed).await.into_keys());
        answered.extend(results(&api.submit(left).await.unwrap()).await.into_keys());
        answered.sort();
        assert_eq!(answered, ["a", "b"], "{known}");
        assert_eq!(service.state().batches.len(), 2, "no batch is created twice");
    }
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_was_created_before_the_end_is_found() {
    let service = Service::new();
    let lost = Error::new(ErrorKind::Parse, "the response was lost");
    service.state().create_errors.push((true, lost));
    let submission = service.model().batch_api().unwrap().submit([("a", "hi")]);
    let id: BatchId = submission.await.unwrap_err().partial().unwrap();
    assert_eq!(id.parts()[0].batch, None);
    let batch = service.model().batch_api().unwrap().resume(id).await.unwrap();
    assert_eq!(text(&results(&batch).await["a"]), "HI");
    assert_eq!(service.state().batches.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_creation_is_retried_only_if_the_batch_is_not_found() {
    let unavailable = || Error::new(ErrorKind::Unavailable, "overloaded");
    for (created, batches) in [(true, 1), (false, 1)] {
        let service = Service::new();
        service.state().create_errors.push((created, unavailable()));
        let batch = submit(&service, [("a", "hi")]).await;
        assert_eq!(service.state().batches.len(), batches);
        let creations =
            service.state().calls.iter().filter(|call| call.starts_with("create")).count();
        assert_eq!(creations, if created { 1 } else { 2 });
        assert_eq!(results(&batch).await.len(), 1);
    }
    let service = Service::new();
    service.state().create_errors = vec![(false, unavailable()); 9];
    let error = service.model().batch_api().unwrap().submit([("a", "hi")]).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Unavailable, 5));
}

#[tokio::test(start_paused = true)]
async fn the_status_is_requested_less_and_less_often() {
    let service = Service::new();
    service.state().polls = 12;
    let batch = submit(&service, [("a", "hi")]).await;
    let start = Instant::now();
    let mut times = Vec::new();
    let mut updates = batch.watch();
    while let Some(status) = updates.next().await {
        times.push((start.elapsed().as_secs(), status.unwrap().is_final()));
    }
    let seconds: Vec<_> = times.iter().map(|(seconds, _)| *seconds).collect();
    assert_eq!(seconds[..6], [0, 10, 25, 47, 81, 131]);
    assert_eq!(seconds[12] - seconds[11], 300);
    assert_eq!(times.iter().filter(|(_, is_final)| *is_final).count(), 1);

    service.state().polls = 3;
    let api = service.model().batch_api().unwrap();
    let polling = BatchPolling::new().initial_wait(Duration::from_secs(2));
    let api = api.polling(polling.max_wait(Duration::from_secs(2)));
    let batch = api.submit([("a", "hi")]).await.unwrap();
    let start = Instant::now();
    assert_eq!(batch.wait().await.unwrap().counts().succeeded, 1);
    assert_eq!(start.elapsed().as_secs(), 6);
}

#[tokio::test(start_paused = true)]
async fn transient_errors_do_not_end_the_wait() {
    let service = Service::new();
    let busy = Error::new(ErrorKind::RateLimit, "busy").with_retry_after(Duration::from_secs(99));
    service.state().status_errors = vec![busy; 9];
    let batch = submit(&service, [("a", "hi")]).await;
    let start = Instant::now();
    assert_eq!(results(&batch).await.len(), 1);
    assert!(start.elapsed() >= Duration::from_secs(99 * 9));

    let endless = Error::new(ErrorKind::RateLimit, "busy").with_retry_after(Duration::MAX);
    service.state().status_errors = vec![endless];
    let start = Instant::now();
    assert_eq!(results(&batch).await.len(), 1);
    assert_eq!(start.elapsed(), Duration::from_secs(60 * 60));

    let broken = Error::new(ErrorKind::Connection, "broken");
    service.state().status_errors = vec![broken; 20];
    let error = batch.wait().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 10));
    let invalid = Error::new(ErrorKind::Authentication, "an invalid key");
    service.state().status_errors = vec![invalid.clone(), invalid];
    assert_eq!(batch.wait().await.unwrap_err().kind(), ErrorKind::Authentication);
    let failed = batch.results().next().await.unwrap().unwrap_err();
    assert_eq!(failed.kind(), ErrorKind::Authentication);
}

#[tokio::test(start_paused = true)]
async fn results_of_a_part_do_not_wait_for_other_parts() {
    let service = Service::with_limits(1, 1_000_000);
    service.state().polls = 1;
    let batch = submit(&service, [("a", "1"), ("b", "2")]).await;
    // The second part is polled once in advance, so it ends first.
    let part = batch.id().parts()[1].batch.clone().unwrap();
    use runnable_chat::batch_api::BatchProvider;
    service.status(&part).await.unwrap();
    let start = Instant::now();
    let mut stream = batch.results();
    assert_eq!(stream.next().await.unwrap().unwrap().custom_id, "b");
    assert_eq!(start.elapsed().as_secs(), 0);
    assert_eq!(stream.next().await.unwrap().unwrap().custom_id, "a");
    assert_eq!(start.elapsed().as_secs(), 10);
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_part_without_results_does_not_hide_the_results_of_other_parts() {
    for (status, results) in [(true, false), (false, true)] {
        let service = Service::with_limits(1, 1_000_000);
        let batch = submit(&service, [("a", "1"), ("b", "2"), ("c", "3")]).await;
        // The last part takes some time.
        service.state().polls = 2;
        let part = 1;
        service.state().gone.extend(status.then_some(part));
        service.state().gone_results.extend(results.then_some(part));
        let mut stream = batch.results();
        for id in ["a", "c"] {
            assert_eq!(stream.next().await.unwrap().unwrap().custom_id, id);
        }
        assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::NotFound);
        assert!(stream.next().await.is_none());
    }
}

#[tokio::test(start_paused = true)]
async fn a_part_that_fails_for_some_time_does_not_delay_other_parts() {
    let service = Service::with_limits(1, 1_000_000);
    let batch = submit(&service, [("a", "1"), ("b", "2")]).await;
    service.state().status_errors = vec![Error::new(ErrorKind::Unavailable, "overloaded"); 2];
    let mut stream = batch.results();
    let start = Instant::now();
    while let Some(answer) = stream.next().await {
        assert!(answer.unwrap().result.is_ok());
    }
    assert_eq!(start.elapsed().as_secs(), 25);
    let mut calls = service.state().calls.clone();
    calls.retain(|call| call.starts_with("status"));
    assert_eq!(calls, ["status batch-0", "status batch-1", "status batch-0", "status batch-1"]);
}

#[tokio::test]
async fn other_tasks_run_while_requests_are_encoded() {
    let service = Service::new();
    let requests = (0..10_000).map(|number| (format!("{number}"), "hi"));
    let submission = service.model().batch_api().unwrap().submit(requests).into_future();
    let mut turns = 0;
    let others = async {
        loop {
            turns += 1;
            tokio::task::yield_now().await;
        }
    };
    tokio::select! {
        biased;
        batch = submission => assert_eq!(batch.unwrap().id().custom_ids().count(), 10_000),
        () = others => {}
    }
    assert!(turns >= 50, "{turns}");
}

#[tokio::test(start_paused = true)]
async fn the_reason_for_a_missing_answer_can_be_matched() {
    let requests = [("1", "one"), ("2", "error"), ("3", "lost"), ("4", "four")];
    for (state, meant, kind) in [
        (BatchState::Completed, BatchError::Missing, ErrorKind::Unavailable),
        (BatchState::Expired, BatchError::Expired, ErrorKind::Unavailable),
        (BatchState::Cancelled, BatchError::Cancelled, ErrorKind::Cancelled),
    ] {
        let service = Service::new();
        service.state().end = (state, None);
        service.state().answered = 3;
        let batch = submit(&service, requests).await;
        let results = results(&batch).await;
        assert_eq!(text(&results["1"]), "ONE");
        assert_eq!(results["2"].as_ref().unwrap_err().kind(), ErrorKind::ContextLength);
        for id in ["3", "4"] {
            assert_eq!(reason(&results[id]), Some(&meant));
            assert_eq!(results[id].as_ref().unwrap_err().kind(), kind);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failed_part_has_the_reason_of_the_service() {
    let service = Service::new();
    let full = Error::new(ErrorKind::RateLimit, "the queue is full");
    service.state().end = (BatchState::Failed, Some(full));
    service.state().answered = 0;
    let results = results(&submit(&service, [("a", "hi")]).await).await;
    let error = results["a"].as_ref().unwrap_err();
    assert!(error.kind() == ErrorKind::RateLimit && error.is_transient());
    let meant = BatchError::Failed { message: "the queue is full".into() };
    assert_eq!(reason(&results["a"]), Some(&meant));
    assert_eq!(error.message(), "the service rejected the batch: the queue is full");
}

#[tokio::test(start_paused = true)]
async fn a_broken_download_continues_without_repetitions() {
    let service = Service::new();
    service.state().breaks = vec![4, 3, 0];
    service.state().repeats = 2;
    let batch = submit(&service, [("a", "1"), ("b", "2"), ("c", "3")]).await;
    let results = results(&batch).await;
    assert_eq!(["a", "b", "c"].map(|id| text(&results[id])), ["1", "2", "3"]);

    service.state().breaks = vec![0; 20];
    let mut stream = batch.results();
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 5));
    assert!(stream.next().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_batch_can_be_cancelled_and_keeps_its_answers() {
    let service = Service::with_limits(2, 1_000_000);
    service.state().polls = 100;
    service.state().answered = 1;
    let batch = submit(&service, [("a", "1"), ("b", "2"), ("c", "3")]).await;
    batch.cancel().await.unwrap();
    let results = results(&batch).await;
    assert_eq!((text(&results["a"]), text(&results["c"])), ("1".into(), "3".into()));
    assert_eq!(reason(&results["b"]), Some(&BatchError::Cancelled));
    // A part that has ended is not cancelled again.
    service.state().calls.clear();
    batch.cancel().await.unwrap();
    assert_eq!(service.state().calls, ["status batch-0", "status batch-1"]);
}

#[tokio::test(start_paused = true)]
async fn dropping_the_results_does_not_cancel_the_batch() {
    let service = Service::new();
    service.state().polls = 2;
    let batch = submit(&service, [("a", "hi")]).await;
    let wait = tokio::time::timeout(Duration::from_secs(1), batch.wait()).await;
    assert!(wait.is_err());
    drop(batch.results());
    assert!(!service.state().calls.iter().any(|call| call.starts_with("cancel")));
    assert_eq!(results(&batch).await.len(), 1);
    batch.delete().await.unwrap();
    assert_eq!(service.state().calls.last().unwrap(), "delete file-0");
}

#[tokio::test]
async fn a_batch_of_another_provider_is_not_resumed() {
    let api = Service::new().model().batch_api().unwrap();
    let error = api.resume(BatchId::new("openai")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(
        error.message(),
        "cannot resume a batch of the provider `openai` with a model of the provider `fake`"
    );
}

#[tokio::test]
async fn a_model_without_a_batch_api_says_so() {
    #[derive(Debug)]
    struct Plain;

    impl ChatProvider for Plain {
        fn run_name(&self) -> &str {
            "Plain"
        }

        fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
            ChunkStream::once(AiMessage::new(""))
        }
    }

    let error = ChatModel::new(Plain).batch_api().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert_eq!(
        error.message(),
        "the Batch API of `Plain` is not supported; call the model with `batch` instead"
    );
}

#[tokio::test(start_paused = true)]
async fn an_empty_batch_has_no_results() {
    let service = Service::new();
    let batch = service.model().batch_api().unwrap().submit(Vec::<BatchRequest>::new()).await;
    assert!(results(&batch.unwrap()).await.is_empty());
    assert!(service.state().calls.is_empty());
}

fn requests() -> impl Strategy<Value = BTreeMap<String, &'static str>> {
    const TEXTS: [&str; 7] =
        ["one", "two", "error", "lost", "expired", "unsupported", "a longer text"];
    let id = prop_oneof![".{0,5}", "r-[0-9]", "[a-z0-9_-]{1,70}"];
    prop::collection::btree_map(id, prop::sample::select(&TEXTS[..]), 0..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn each_custom_id_has_exactly_one_result(
        requests in requests(),
        max_requests in 1_usize..8,
        max_bytes in 60_usize..400,
        repeats in 1_usize..3,
        answered in 0_usize..8,
        breaks in prop::collection::vec(0_usize..9, 0..4),
        created in prop::collection::vec(any::<bool>(), 0..4),
        end in prop::sample::select(&[
            BatchState::Completed, BatchState::Expired, BatchState::Cancelled, BatchState::Failed,
        ][..]),
    ) {
        let service = Service::with_limits(max_requests, max_bytes);
        {
            let mut state = service.state();
            (state.repeats, state.answered, state.breaks) = (repeats, answered, breaks);
            state.end = (end, None);
            let busy = Error::new(ErrorKind::Unavailable, "busy");
            state.create_errors = created.into_iter().map(|after| (after, busy.clone())).collect();
        }
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let got: Vec<BatchAnswer> = runtime.block_on(async {
            let api = service.model().batch_api().unwrap();
            let pairs: Vec<_> = requests.clone().into_iter().collect();
            let batch = api.submit(pairs).await.unwrap();
            let stored = serde_json::to_string(batch.id()).unwrap();
            let batch = api.resume(serde_json::from_str(&stored).unwrap()).await.unwrap();
            batch.results().map(|answer| answer.unwrap()).collect().await
        });
        let mut ids: Vec<_> = got.iter().map(|answer| answer.custom_id.clone()).collect();
        ids.sort();
        prop_assert_eq!(ids, requests.keys().cloned().collect::<Vec<_>>());
        for answer in got {
            let text = requests[&answer.custom_id];
            match answer.result {
                Ok(answer) => prop_assert_eq!(answer.text(), text.to_uppercase()),
                Err(error) => match error.downcast_ref::<BatchError>() {
                    Some(BatchError::Missing) => prop_assert_eq!(end, BatchState::Completed),
                    Some(BatchError::Cancelled) => prop_assert_eq!(end, BatchState::Cancelled),
                    Some(BatchError::Failed { .. }) => prop_assert_eq!(end, BatchState::Failed),
                    Some(BatchError::Expired) => {
                        prop_assert!(end == BatchState::Expired || text == "expired");
                    }
                    _ => prop_assert!(
                        ["error", "unsupported"].contains(&text)
                            || error.kind() == ErrorKind::InvalidInput
                    ),
                },
            }
        }
        // No batch is created twice from the same file.
        let state = service.state();
        let mut files: Vec<_> = state.batches.iter().map(|batch| batch.file.clone()).collect();
        files.sort();
        files.dedup();
        prop_assert_eq!(files.len(), state.batches.len());
    }
}
