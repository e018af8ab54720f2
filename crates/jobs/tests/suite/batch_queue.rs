//! Models whose calls go through a Batch API.

use std::{collections::BTreeMap, time::Duration};

use futures::FutureExt;
use runnable_chat::{
    ChatModel, PromptValue,
    batch_api::{BatchError, BatchState},
    text,
};
use runnable_core::{combinators::RetryPolicy, prelude::*};
use runnable_jobs::{
    BatchQueue, BatchQueueExt, Job, JobItem, LiveCall, StoredJob, inputs::items,
    journal::MemoryJournal,
};
use tokio::time::Instant;

use crate::batch_service::Service;

fn queue() -> BatchQueue {
    BatchQueue::with_journal(MemoryJournal::new())
}

fn batched(service: &Service, queue: &BatchQueue) -> ChatModel {
    service.model().through_batch_api(queue).expect("a Batch API")
}

fn texts<T: AsRef<str>>(texts: &[T]) -> Vec<PromptValue> {
    texts.iter().map(|text| PromptValue::from(text.as_ref())).collect()
}

#[tokio::test(start_paused = true)]
async fn calls_wait_until_no_further_call_arrives() {
    let service = Service::new();
    let model = batched(&service, &queue().quiet_time(Duration::from_secs(7)));
    let start = Instant::now();
    let (first, second) = tokio::join!(model.batch(texts(&["a", "b"])), async {
        tokio::time::sleep(Duration::from_secs(5)).await;
        model.invoke("c").await
    });
    assert_eq!(start.elapsed().as_secs(), 12);
    let answers: Vec<_> = first.into_iter().map(|answer| answer.unwrap().into_text()).collect();
    assert_eq!(answers, ["A", "B"]);
    let second = second.unwrap();
    assert_eq!(second.metadata["processing"], "batch");
    assert_eq!(second.into_text(), "C");
    assert_eq!(service.state().batches.len(), 1);
    assert_eq!(service.state().live, 0);
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_is_submitted_at_once() {
    let service = Service::new();
    let model = batched(&service, &queue().max_requests(2).quiet_time(Duration::from_secs(60)));
    let start = Instant::now();
    assert_eq!(model.batch(texts(&["a", "b"])).await.len(), 2);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
}

#[tokio::test(start_paused = true)]
async fn waiting_calls_hold_no_permit() {
    let service = Service::new();
    let model = batched(&service, &queue());
    let results = model.batch(texts(&["a", "b", "c"])).max_concurrency(1).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(service.state().batches.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn equal_requests_are_different_calls() {
    let service = Service::new();
    let model = batched(&service, &queue());
    assert!(model.batch(texts(&["a", "a"])).await.iter().all(Result::is_ok));
    model.invoke("a").await.unwrap();
    assert_eq!(service.requested()["a"], 3);
}

#[tokio::test(start_paused = true)]
async fn an_urgent_call_does_not_wait() {
    let service = Service::new();
    let model = batched(&service, &queue());
    let config = RunConfig::new().resource(LiveCall::new());
    let start = Instant::now();
    assert_eq!(model.invoke("a").config(config).await.unwrap().text(), "A");
    assert_eq!(start.elapsed(), Duration::ZERO);
    assert_eq!(service.state().live, 1);
    assert_eq!(service.state().batches.len(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_without_an_answer_falls_back_only_if_told() {
    for (falls_back, end) in [(false, BatchState::Expired), (true, BatchState::Expired)] {
        let service = Service::new();
        service.state().end = Some(end);
        let queue = if falls_back { queue().fall_back_to_live_calls() } else { queue() };
        let result = batched(&service, &queue).invoke("a").await;
        if falls_back {
            assert_eq!(result.unwrap().text(), "A");
            assert_eq!(service.state().live, 1);
        } else {
            let error = result.unwrap_err();
            assert_eq!(error.downcast_ref(), Some(&BatchError::Expired));
            assert_eq!(service.state().live, 0);
        }
    }
    let service = Service::new();
    let model = batched(&service, &queue().fall_back_to_live_calls());
    let results = model.batch(texts(&["unsupported", "a"])).await;
    assert!(results.iter().all(Result::is_ok));
    assert_eq!(service.state().live, 1);
}

#[tokio::test(start_paused = true)]
async fn calls_wait_while_the_queue_of_the_service_is_full() {
    let service = Service::new();
    service.state().most = Some(1);
    let model = batched(&service, &queue().fall_back_to_live_calls());
    let answers = model.batch(texts(&["a", "b", "c", "d", "e"])).await;
    let answers: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().into_text()).collect();
    assert_eq!(answers, ["A", "B", "C", "D", "E"]);
    assert_eq!(service.state().live, 0, "a live call costs twice as much");
    let answered = service.state().batches.iter().filter(|(_, texts)| texts.len() == 1).count();
    assert!(answered >= 5, "{answered}");
}

#[tokio::test(start_paused = true)]
async fn batches_grow_again_when_the_queue_of_the_service_is_empty() {
    let service = Service::new();
    service.state().most = Some(1);
    let model = batched(&service, &queue());
    let inputs: Vec<_> = (0..40).map(|number| format!("text {number}")).collect();
    let calls = model.batch(texts(&inputs));
    let emptied = async {
        tokio::time::sleep(Duration::from_secs(30 * 60)).await;
        service.state().most = None;
        service.state().batches.len()
    };
    let (answers, rejected) = tokio::join!(calls, emptied);
    assert!(answers.iter().all(Result::is_ok));
    let sizes: Vec<_> =
        service.state().batches[rejected..].iter().map(|(_, texts)| texts.len()).collect();
    // The service takes at most four requests in a batch.
    assert!(sizes.contains(&4), "{sizes:?}");
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_if_the_queue_of_the_service_is_full_for_a_day() {
    let service = Service::new();
    service.state().most = Some(0);
    let model = batched(&service, &queue());
    let start = Instant::now();
    let error = model.invoke("a").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RateLimit);
    assert!(error.to_string().contains("the queue is full"), "{error}");
    let waited = start.elapsed().as_secs_f64() / 60.0 / 60.0;
    assert!((24.0..24.1).contains(&waited), "{waited} hours");
}

#[tokio::test(start_paused = true)]
async fn an_error_of_the_submission_is_the_error_of_its_calls() {
    let service = Service::new();
    service.state().upload_error = Some(Error::new(ErrorKind::Authentication, "an invalid key"));
    let model = batched(&service, &queue());
    let results = model.batch(texts(&["a", "b"])).await;
    for result in results {
        assert_eq!(result.unwrap_err().kind(), ErrorKind::Authentication);
    }
    assert_eq!(model.invoke("a").await.unwrap().text(), "A");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_call_leaves_the_queue() {
    let service = Service::new();
    let model = batched(&service, &queue());
    let dropped = tokio::time::timeout(Duration::from_secs(1), model.invoke("a")).await;
    assert!(dropped.is_err());
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(service.state().batches.len(), 0);
    assert_eq!(model.invoke("b").await.unwrap().text(), "B");
    assert_eq!(service.requested().into_keys().collect::<Vec<_>>(), ["b"]);
}

#[tokio::test(start_paused = true)]
async fn a_restarted_program_finds_its_batches() {
    let inputs: Vec<_> = (0..10).map(|number| format!("text {}", number % 8)).collect();
    let meant: Vec<_> = inputs.iter().map(|text| text.to_uppercase()).collect();
    let mut once = BTreeMap::new();
    for text in &inputs {
        *once.entry(text.clone()).or_insert(0) += 1;
    }
    let mut kills = 0;
    for calls in 0.. {
        let (service, journal) = (Service::new(), MemoryJournal::new());
        service.kill_after(Some(calls));
        let run = |service: Service, journal: MemoryJournal| {
            let inputs = texts(&inputs);
            async move {
                let queue = BatchQueue::with_journal(journal);
                batched(&service, &queue).batch(inputs).await
            }
        };
        let first = run(service.clone(), journal.clone()).boxed();
        let ended = tokio::select! {
            _ = first => true,
            () = service.killed() => false,
        };
        service.kill_after(None);
        let answers = run(service.clone(), journal).await;
        let answers: Vec<_> = answers.into_iter().map(|it| it.unwrap().into_text()).collect();
        assert_eq!(answers, meant, "killed after {calls} calls");
        assert_eq!(service.requested(), once, "killed after {calls} calls: paid twice");
        if ended {
            break;
        }
        kills += 1;
    }
    // Three parts, each with two steps of at least four calls.
    assert!(kills >= 24, "{kills}");
}

#[tokio::test(start_paused = true)]
async fn answers_that_no_call_waits_for_are_kept() {
    let (service, journal) = (Service::new(), MemoryJournal::new());
    let texts = texts(&["a", "b", "c", "d"]);
    let model = batched(&service, &BatchQueue::with_journal(journal.clone()));
    model.batch(texts.clone()).await;
    // Another process makes the same calls, one after another.
    let model = batched(&service, &BatchQueue::with_journal(journal));
    for text in texts {
        assert_eq!(model.invoke(&text).await.unwrap().text(), text.text().to_uppercase());
    }
    assert_eq!(service.state().downloads, 2);
    assert_eq!(service.state().batches.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_batch_that_a_restarted_program_creates_is_stored() {
    let (service, journal) = (Service::new(), MemoryJournal::new());
    // Killed after the upload, and then after the creation.
    for calls in [2, 4] {
        service.kill_after(Some(calls));
        let model = batched(&service, &BatchQueue::with_journal(journal.clone()));
        tokio::select! {
            answer = model.invoke("a") => panic!("{answer:?}"),
            () = service.killed() => {}
        }
    }
    service.kill_after(None);
    let model = batched(&service, &BatchQueue::with_journal(journal));
    assert_eq!(model.invoke("a").await.unwrap().text(), "A");
    assert_eq!(service.state().batches.len(), 1);
    assert_eq!(service.state().searches, 1);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_arrives_after_its_batch_failed_tries_again() {
    let (service, journal) = (Service::new(), MemoryJournal::new());
    let model = batched(&service, &BatchQueue::with_journal(journal.clone()));
    model.batch(texts(&["a", "b", "c", "d", "e"])).await;
    assert_eq!(service.state().batches.len(), 2);
    // Another process makes the same calls. The call `e` waits for its batch.
    service.state().open.insert(1);
    service.state().status_error = Some((0, Error::new(ErrorKind::NotFound, "no such batch")));
    let model = batched(&service, &BatchQueue::with_journal(journal));
    let calls = async {
        assert_eq!(model.invoke("a").await.unwrap_err().kind(), ErrorKind::NotFound);
        assert_eq!(model.invoke("b").await.unwrap().text(), "B");
    };
    tokio::select! {
        answer = model.invoke("e") => panic!("{answer:?}"),
        calls = tokio::time::timeout(Duration::from_secs(60 * 60), calls) => calls.unwrap(),
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_is_repeated_with_the_same_batch_if_its_results_were_not_fetched() {
    let service = Service::new();
    let model = batched(&service, &queue());
    let error = |kind| Error::new(kind, "no results");
    service.state().create_error = Some(error(ErrorKind::Parse));
    let first = model.batch(texts(&["a", "b"])).await;
    assert!(first.into_iter().all(|answer| answer.unwrap_err().kind() == ErrorKind::Parse));
    service.state().status_error = Some((0, error(ErrorKind::Authentication)));
    let second = model.batch(texts(&["a", "b"])).await;
    let failed = |answer: Result<_>| answer.unwrap_err().kind() == ErrorKind::Authentication;
    assert!(second.into_iter().all(failed));
    // The calls come one after another.
    for (text, meant) in [("a", "A"), ("b", "B")] {
        assert_eq!(model.invoke(text).await.unwrap().text(), meant);
    }
    assert_eq!(service.state().batches.len(), 1);
    assert_eq!(service.state().downloads, 1);
    model.invoke("a").await.unwrap();
    assert_eq!(service.requested(), BTreeMap::from([("a".into(), 2), ("b".into(), 1)]));
}

#[tokio::test(start_paused = true)]
async fn an_item_whose_results_were_not_fetched_is_retried_with_the_same_batch() {
    let (service, journal, batches) = (Service::new(), MemoryJournal::new(), MemoryJournal::new());
    let run = || {
        let model = batched(&service, &BatchQueue::with_journal(batches.clone()));
        let chain = lambda(|text: String| PromptValue::from(text)).pipe(model).pipe(text());
        let inputs = ["a", "b"].map(|text| JobItem::new(text, text.to_owned()));
        Job::with_journal(journal.clone(), chain).inputs(items(inputs)).run()
    };
    let refused = Error::new(ErrorKind::InvalidRequest, "the token has expired");
    service.state().status_error = Some((0, refused));
    assert_eq!(run().await.unwrap().failed, 2);
    assert_eq!(StoredJob::with_journal(journal.clone()).retry_failed().await.unwrap(), 2);
    assert_eq!(run().await.unwrap().done, 2);
    assert_eq!(service.state().batches.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_failed_item_that_is_retried_is_a_new_request() {
    let (service, journal, batches) = (Service::new(), MemoryJournal::new(), MemoryJournal::new());
    let run = || {
        let model = batched(&service, &BatchQueue::with_journal(batches.clone()));
        let chain = lambda(|text: String| PromptValue::from(text)).pipe(model).pipe(text());
        let inputs = ["a", "b"].map(|text| JobItem::new(text, text.to_owned()));
        let job = Job::with_journal(journal.clone(), chain).inputs(items(inputs));
        job.retry(RetryPolicy::new().max_attempts(1)).run()
    };
    service.state().end = Some(BatchState::Expired);
    assert_eq!(run().await.unwrap().failed, 2);
    service.state().end = None;
    assert_eq!(StoredJob::with_journal(journal.clone()).retry_failed().await.unwrap(), 2);
    // The program is killed while the second batch is at the service.
    service.kill_after(Some(4));
    tokio::select! {
        report = run() => panic!("{report:?}"),
        () = service.killed() => {}
    }
    service.kill_after(None);
    let report = run().await.unwrap();
    assert_eq!((report.done, report.failed), (2, 0));
    assert!(service.requested().values().all(|times| *times == 2), "{:?}", service.requested());
}

#[tokio::test]
async fn a_killed_job_finds_its_batches() {
    for calls in [0, 3, 6, 10, 14] {
        let folder = tempfile::tempdir().unwrap();
        let service = Service::new();
        service.kill_after(Some(calls));
        let tickets: Vec<_> = (0..9)
            .map(|number| JobItem::new(format!("{number}"), format!("ticket {number}")))
            .collect();
        let run = |service: Service| {
            let (path, tickets) = (folder.path().join("job"), tickets.clone());
            async move {
                let queue = BatchQueue::open(path.join("batches"))?;
                let queue = queue.quiet_time(Duration::from_millis(1));
                let model = batched(&service, &queue);
                let chain = lambda(|text: String| PromptValue::from(text)).pipe(model).pipe(text());
                Job::new(&path, chain).inputs(items(tickets)).run().await
            }
        };
        let first = run(service.clone()).boxed();
        tokio::select! {
            report = first => panic!("{report:?}"),
            () = service.killed() => {}
        }
        service.kill_after(None);
        let report = run(service.clone()).await.unwrap();
        assert_eq!((report.done, report.failed), (9, 0));
        assert!(service.requested().values().all(|times| *times == 1), "{:?}", service.requested());
        let job = StoredJob::open(folder.path().join("job")).await.unwrap();
        let mut results = job.results();
        while let Some(result) = results.next().await {
            let result = result.unwrap();
            assert_eq!(result.result, Ok(format!("TICKET {}", result.key).into()));
        }
    }
}
