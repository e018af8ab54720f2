//! The Message Batches API.

use std::{collections::BTreeMap, time::Duration};

use futures::future::{BoxFuture, FutureExt};
use providers_anthropic::anthropic;

use runnable_chat::{
    Prices,
    batch_api::{Batch, BatchError, BatchId, BatchState},
    message::Media,
    prelude::*,
};
use runnable_core::ErrorKind;
use runnable_http::{ApiError, Bytes, HttpBody, Transport, http};

use crate::batch_service::{BatchService, KEY, polling};

type Results = BTreeMap<String, Result<AiMessage>>;

async fn results(batch: &Batch) -> Results {
    let mut results = Results::new();
    let mut stream = batch.results();
    while let Some(answer) = stream.next().await {
        let answer = answer.expect("results");
        assert!(results.insert(answer.custom_id, answer.result).is_none(), "a repeated result");
    }
    results
}

fn texts(results: &Results) -> Vec<String> {
    results.values().map(|it| it.as_ref().expect("an answer").text().into_owned()).collect()
}

fn failed<'a>(results: &'a Results, id: &str) -> &'a Error {
    results[id].as_ref().expect_err("an error")
}

fn reason<'a>(results: &'a Results, id: &str) -> Option<&'a BatchError> {
    failed(results, id).downcast_ref()
}

#[tokio::test]
async fn a_batch_is_answered() {
    let service = BatchService::start().await;
    // A custom ID can be any text, also one that the service does not accept.
    let batch = service.api().submit([("grüße/1", "hi"), ("b", "ho")]).await.unwrap();
    let results = results(&batch).await;
    assert_eq!(results.keys().collect::<Vec<_>>(), ["b", "grüße/1"]);
    assert_eq!(texts(&results), ["HO", "HI"]);
    assert_eq!(batch.status().await.unwrap().parts[0].state, BatchState::Completed);
}

#[tokio::test]
async fn errors_of_requests_have_the_usual_classes() {
    let service = BatchService::start().await;
    let requests = [("a", "too long"), ("b", "busy"), ("c", "hi")];
    let batch = service.api().submit(requests).await.unwrap();
    let results = results(&batch).await;
    assert_eq!(failed(&results, "a").kind(), ErrorKind::ContextLength);
    assert_eq!(failed(&results, "b").kind(), ErrorKind::Unavailable);
    let error: &ApiError = failed(&results, "b").downcast_ref().expect("an error of the service");
    assert_eq!(error.error_type(), Some("overloaded_error"));
    assert!(results["c"].is_ok());
}

#[tokio::test]
async fn an_expired_batch_keeps_its_answers() {
    let service = BatchService::start().await;
    service.state().answered = 1;
    let batch = service.api().submit([("a", "hi"), ("b", "ho")]).await.unwrap();
    let results = results(&batch).await;
    assert!(results["a"].is_ok());
    assert_eq!(reason(&results, "b"), Some(&BatchError::Expired));
    assert_eq!(batch.status().await.unwrap().parts[0].state, BatchState::Expired);
}

#[tokio::test]
async fn a_cancelled_batch_keeps_its_answers() {
    let service = BatchService::start().await;
    let batch = service.api().submit([("a", "hi"), ("b", "ho")]).await.unwrap();
    batch.cancel().await.unwrap();
    let results = results(&batch).await;
    assert!(results["a"].is_ok());
    assert_eq!(reason(&results, "b"), Some(&BatchError::Cancelled));
}

#[tokio::test]
async fn requests_are_split_by_number_and_size() {
    let service = BatchService::start().await;
    let requests: Vec<_> = (0..7).map(|number| (format!("{number}"), "hi")).collect();
    let batch = service.api().max_part_requests(3).submit(requests.clone()).await.unwrap();
    assert_eq!(service.state().batches.len(), 3);
    assert_eq!(texts(&results(&batch).await), ["HI"; 7]);

    let before = service.requests().len();
    let batch = service.api().max_part_bytes(400).submit(requests).await.unwrap();
    let sizes: Vec<_> =
        service.requests()[before..].iter().map(|request| request.body().len()).collect();
    assert!(sizes.len() > 1 && sizes.iter().all(|size| *size <= 400), "{sizes:?}");
    assert_eq!(texts(&results(&batch).await), ["HI"; 7]);
}

#[tokio::test]
async fn a_batch_is_resumed_between_creation_and_poll() {
    let service = BatchService::start().await;
    let batch = service.api().submit([("a", "hi")]).await.unwrap();
    let stored = serde_json::to_string(batch.id()).unwrap();
    assert!(!stored.contains(KEY));
    drop(batch);
    let id: BatchId = serde_json::from_str(&stored).unwrap();
    let batch = service.api().resume(id).await.unwrap();
    assert_eq!(texts(&results(&batch).await), ["HI"]);
    assert_eq!(service.state().batches.len(), 1);
}

#[tokio::test]
async fn a_creation_is_sent_once() {
    let service = BatchService::start().await;
    service.state().failing_creation = Some(500);
    let error = service.api().submit([("a", "hi")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable);
    assert_eq!(service.requests().len(), 1, "a second attempt could be paid twice");
}

/// A service on a slow line.
struct Slow;

impl Transport for Slow {
    fn send(
        &self,
        _: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        async {
            tokio::time::sleep(Duration::from_secs(50 * 60)).await;
            Ok(http::Response::new(HttpBody::from("{\"id\":\"msgbatch_1\"}")))
        }
        .boxed()
    }
}

#[tokio::test(start_paused = true)]
async fn a_large_batch_has_time_for_its_upload() {
    let model = anthropic("claude-haiku-4-5").api_key(KEY).http(|client| client.transport(Slow));
    let api = model.build().unwrap().batch_api().unwrap();
    let batch = api.submit([("a", "hi")]).await.unwrap();
    assert_eq!(batch.id().parts()[0].batch.as_deref(), Some("msgbatch_1"));
}

#[tokio::test]
async fn a_download_that_breaks_is_repeated() {
    let service = BatchService::start().await;
    let requests: Vec<_> = (0..9).map(|number| (format!("{number}"), "hi")).collect();
    let batch = service.api().submit(requests).await.unwrap();
    batch.wait().await.unwrap();
    service.state().cut = Some(900);
    assert_eq!(texts(&results(&batch).await), ["HI"; 9]);
    let downloads = service.requests().iter().filter(|it| it.path().ends_with("results")).count();
    assert_eq!(downloads, 2);
}

#[tokio::test]
async fn the_header_of_a_batch_has_the_beta_features_of_its_requests() {
    let service = BatchService::start().await;
    let model = service.builder().beta("context-1m-2025-08-07").build().unwrap();
    let file = HumanMessage::new("Summarize.")
        .with_block(ContentBlock::File(Media::from_file_id("file_1")));
    let prompt = PromptValue::from(vec![Message::from(file), human("now")]);
    let api = polling(model.batch_api().unwrap());
    api.submit([("a", prompt)]).await.unwrap();
    let betas = service.requests()[0].header("anthropic-beta").map(str::to_owned);
    assert_eq!(betas.as_deref(), Some("context-1m-2025-08-07,files-api-2025-04-14"));
}

#[tokio::test]
async fn a_deleted_batch_is_gone() {
    let service = BatchService::start().await;
    let batch = service.api().submit([("a", "hi")]).await.unwrap();
    results(&batch).await;
    batch.delete().await.unwrap();
    assert!(service.state().batches[0].is_deleted);
}

#[tokio::test]
async fn the_cost_is_half_of_the_cost_of_live_calls() {
    let service = BatchService::start().await;
    let batch = service.api().submit([("a", "hi")]).await.unwrap();
    let answer = batch.results().next().await.unwrap().unwrap();
    let cost = answer.cost(&Prices::shipped()).expect("a known price");
    assert_eq!(cost.to_string(), "$0.5000", "half of $1 for a million tokens");
}

#[tokio::test]
async fn the_key_is_in_no_error_and_no_debug_output() {
    let service = BatchService::start().await;
    let api = service.api();
    let batch = api.submit([("a", "busy")]).await.unwrap();
    let results = results(&batch).await;
    let error = failed(&results, "a");
    assert!(error.message().contains("Overloaded"), "{error}");
    let text = format!("{error} {error:?} {api:?} {batch:?}");
    assert!(!text.contains(KEY), "{text}");
}
