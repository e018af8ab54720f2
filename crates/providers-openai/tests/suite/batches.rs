//! The Batch APIs of OpenAI, Azure, Groq and Mistral.

use std::collections::BTreeMap;

use futures::StreamExt;
use providers_openai::{
    Api, OpenAiBuilder, azure, cerebras, deepseek, groq, mistral, openai, openai_compatible,
    openrouter, perplexity, together, xai,
};
use runnable_chat::{
    Prices,
    batch_api::{Batch, BatchError, BatchId, BatchState},
    prelude::*,
    tool::ToolDefinition,
};
use runnable_core::ErrorKind;
use runnable_http::ApiError;
use serde_json::{Value, json};

use crate::batch_service::{BatchService, Flavor, KEY};

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

const FLAVORS: [(Flavor, fn() -> OpenAiBuilder); 7] = [
    (Flavor::OpenAi, || openai("gpt-4o-mini")),
    (Flavor::OpenAi, || openai("gpt-4o-mini").api(Api::Responses)),
    (Flavor::Groq, || groq("llama-3.3-70b-versatile")),
    (Flavor::Mistral, || mistral("mistral-small-latest")),
    (Flavor::Azure, || azure("gpt-4o-mini")),
    (Flavor::Azure, || azure("gpt-4o-mini").api(Api::Responses)),
    (Flavor::Azure, || azure("gpt-4o-mini").api_version("2024-10-21")),
];

/// Returns the builder for a service.
fn of(index: usize) -> (Flavor, OpenAiBuilder) {
    let (flavor, builder) = FLAVORS[index];
    (flavor, builder().env(|_| None))
}

#[tokio::test]
async fn each_service_answers_a_batch() {
    for index in 0..FLAVORS.len() {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        let batch = service.api(builder).submit([("a", "hello"), ("ü/2", "world")]).await.unwrap();
        let results = results(&batch).await;
        assert_eq!(texts(&results), ["HELLO", "WORLD"], "{flavor:?}");
        let answer = results["a"].as_ref().unwrap();
        assert_eq!(answer.usage, Some(Usage::new(1_000_000, 0)));
        assert_eq!(answer.metadata["request_id"], "req_0");
        assert_eq!(answer.metadata["processing"], "batch");
        assert_eq!(answer.finish_reason, Some(FinishReason::Stop), "{flavor:?}");

        batch.delete().await.unwrap();
        assert_eq!(service.state().files.len(), 0, "{flavor:?}");
        batch.delete().await.expect("deleted files are not an error");
    }
}

#[tokio::test]
async fn a_line_has_the_body_of_a_live_request() {
    let tool = ToolDefinition::new("clock", "Tells the time.", json!({"type": "object"}));
    for index in 0..FLAVORS.len() {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        let model = service.model(builder).temperature(0.2).tools([tool.clone()]);
        let api = model.batch_api().unwrap();
        let prompt = PromptValue::from([system("Be terse."), human("Hi\nthere \u{2028}")]);
        api.submit([("a", prompt.clone())]).await.unwrap();
        let line: Value = serde_json::from_slice(&service.state().files["file-0"]).unwrap();
        let _ = model.invoke(prompt).await.expect_err("the server has only batches");
        let live = service.requests().last().unwrap().json();
        assert!(live.get("model").is_some());
        assert_eq!(line["body"], live, "{flavor:?}");
    }
}

#[tokio::test]
async fn services_without_openais_batch_api_have_none() {
    let builders = [
        cerebras("m"),
        deepseek("m"),
        openrouter("m"),
        perplexity("m"),
        together("m"),
        xai("m"),
        openai_compatible("m").base_url("http://localhost:1/v1"),
        groq("m").api(Api::Responses),
        openai("m").batch_api(false),
    ];
    for builder in builders {
        let model = builder.api_key(KEY).build().unwrap();
        assert_eq!(model.batch_api().unwrap_err().kind(), ErrorKind::Unsupported);
    }
    let service = BatchService::start(Flavor::OpenAi).await;
    let gateway = openai_compatible("m").provider("mine").batch_api(true);
    let batch = service.api(gateway).submit([("a", "hi")]).await.unwrap();
    assert_eq!(batch.id().provider(), "mine");
    assert_eq!(texts(&results(&batch).await), ["HI"]);
}

#[tokio::test]
async fn a_batch_goes_through_the_states_of_the_service() {
    let service = BatchService::start(Flavor::OpenAi).await;
    let batch = service.api(openai("m")).submit([("a", "hi"), ("b", "ho")]).await.unwrap();
    let states = batch.watch().map(|status| {
        let status = status.unwrap();
        (status.parts[0].state, status.counts().total, status.counts().succeeded)
    });
    let meant = [
        (BatchState::InProgress, 2, 0),
        (BatchState::Finalizing, 2, 0),
        (BatchState::Completed, 2, 2),
    ];
    assert_eq!(states.collect::<Vec<_>>().await, meant);
}

#[tokio::test]
async fn errors_of_requests_have_the_usual_classes() {
    for index in [0, 3] {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        let requests = [
            ("1", "hi"),
            ("2", "too long"),
            ("3", "busy"),
            ("4", "lost"),
            ("5", "unreadable"),
            ("6", "odd"),
            ("7", "ho"),
        ];
        let batch = service.api(builder).submit(requests).await.unwrap();
        let results = results(&batch).await;
        assert_eq!(results.len(), 7);
        assert_eq!(results["1"].as_ref().unwrap().text(), "HI");
        assert_eq!(results["7"].as_ref().unwrap().text(), "HO");
        let kinds = ["2", "3", "4", "5", "6"].map(|id| failed(&results, id).kind());
        let meant = [
            ErrorKind::ContextLength,
            ErrorKind::RateLimit,
            ErrorKind::Unavailable,
            ErrorKind::Unavailable,
            ErrorKind::Parse,
        ];
        assert_eq!(kinds, meant, "{flavor:?}");
        let status = failed(&results, "2").downcast_ref::<ApiError>().unwrap().status();
        assert_eq!(status, Some(400));
        for id in ["4", "5"] {
            assert_eq!(failed(&results, id).downcast_ref(), Some(&BatchError::Missing));
        }
    }
}

#[tokio::test]
async fn an_expired_batch_keeps_its_answers() {
    for (index, end) in [(0, "expired"), (3, "TIMEOUT_EXCEEDED")] {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        service.state().states = vec![if index == 0 { "in_progress" } else { "RUNNING" }, end];
        service.state().answered = 1;
        let batch = service.api(builder).submit([("a", "hi"), ("b", "ho")]).await.unwrap();
        let results = results(&batch).await;
        assert_eq!(results["a"].as_ref().unwrap().text(), "HI");
        assert_eq!(failed(&results, "b").downcast_ref(), Some(&BatchError::Expired));
        assert!(failed(&results, "b").is_transient());
    }
}

#[tokio::test]
async fn a_cancelled_batch_keeps_its_answers() {
    for index in [0, 3] {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        service.state().answered = 1;
        let batch = service.api(builder).submit([("a", "hi"), ("b", "ho")]).await.unwrap();
        batch.cancel().await.unwrap();
        let results = results(&batch).await;
        assert_eq!(results["a"].as_ref().unwrap().text(), "HI");
        assert_eq!(failed(&results, "b").downcast_ref(), Some(&BatchError::Cancelled));
        batch.cancel().await.expect("a batch that has ended is not cancelled again");
    }
}

#[tokio::test]
async fn a_failed_batch_has_the_error_of_the_service() {
    let errors = json!([{"code": "invalid_json_line", "line": 3, "message": "not valid JSON"}]);
    let full = json!([{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}]);
    let mistral = json!([{"message": "unknown model", "count": 1}]);
    for (index, state, errors, kind, text) in [
        (0, "failed", errors, ErrorKind::InvalidRequest, "line 3: not valid JSON"),
        (0, "failed", full, ErrorKind::RateLimit, "Enqueued token limit reached"),
        (0, "failed", Value::Null, ErrorKind::InvalidRequest, "no reason was given"),
        (3, "FAILED", mistral, ErrorKind::InvalidRequest, "unknown model"),
    ] {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        (service.state().states, service.state().errors) = (vec![state], errors);
        let batch = service.api(builder).submit([("a", "hi")]).await.unwrap();
        let results = results(&batch).await;
        let error = failed(&results, "a");
        assert_eq!(error.kind(), kind, "{error}");
        assert_eq!(error.is_transient(), kind == ErrorKind::RateLimit);
        assert!(error.message().contains(text), "{error}");
        let Some(BatchError::Failed { message }) = error.downcast_ref() else { panic!("{error}") };
        assert!(message.contains(text), "{message}");
    }
}

#[tokio::test]
async fn requests_are_split_into_several_batches() {
    let service = BatchService::start(Flavor::OpenAi).await;
    let api = service.api(openai("m")).max_part_requests(2);
    let requests: Vec<_> = (0..7).map(|number| (format!("{number}"), "hi")).collect();
    let batch = api.submit(requests).await.unwrap();
    assert_eq!(service.state().batches.len(), 4);
    assert_eq!(texts(&results(&batch).await), ["HI"; 7]);
}

#[tokio::test]
async fn a_batch_is_resumed_between_upload_and_creation() {
    let cases = [(0, false, 100), (0, true, 100), (0, true, 20), (3, false, 100), (3, true, 100)];
    for (index, created, page) in cases {
        let (flavor, builder) = of(index);
        let service = BatchService::start(flavor).await;
        service.state().page = page;
        // Other batches fill the first page of the list.
        for number in 0..if created { 120 } else { 0 } {
            let api = service.api(FLAVORS[index].1());
            api.submit([(format!("{number}"), "other")]).await.unwrap();
        }
        let before = service.state().batches.len();
        // The service creates the batch, or not, and the program ends before it learns the ID.
        service.state().failing_creations = vec![(400, created)];
        let error = service.api(builder).submit([("a", "hi")]).await.unwrap_err();
        let id: BatchId = error.partial().expect("the uploaded part");
        let stored = serde_json::to_string(&id).unwrap();
        assert!(!stored.contains(KEY));

        let api = service.api(FLAVORS[index].1());
        let batch = api.resume(serde_json::from_str(&stored).unwrap()).await.unwrap();
        assert_eq!(texts(&results(&batch).await), ["HI"]);
        assert_eq!(service.state().batches.len(), before + 1, "{flavor:?} {created}");
    }
}

#[tokio::test]
async fn a_batch_is_resumed_between_upload_and_poll() {
    let service = BatchService::start(Flavor::OpenAi).await;
    let batch = service.api(openai("m")).submit([("a", "hi")]).await.unwrap();
    let stored = serde_json::to_string(batch.id()).unwrap();
    drop(batch);
    let api = service.api(openai("m"));
    let batch = api.resume(serde_json::from_str(&stored).unwrap()).await.unwrap();
    assert_eq!(texts(&results(&batch).await), ["HI"]);
    assert_eq!(service.state().batches.len(), 1);
}

#[tokio::test]
async fn a_download_that_breaks_is_repeated() {
    let service = BatchService::start(Flavor::OpenAi).await;
    let requests: Vec<_> = (0..9).map(|number| (format!("{number}"), "hi")).collect();
    let batch = service.api(openai("m")).submit(requests).await.unwrap();
    batch.wait().await.unwrap();
    service.state().cut = vec![900];
    assert_eq!(texts(&results(&batch).await), ["HI"; 9]);
    let downloads = service.requests().iter().filter(|it| it.path().ends_with("content")).count();
    assert_eq!(downloads, 2);
}

#[tokio::test]
async fn a_file_that_is_still_read_is_waited_for() {
    let service = BatchService::start(Flavor::Azure).await;
    service.state().pending = 1;
    let batch = service.api(azure("m").env(|_| None)).submit([("a", "hi")]).await.unwrap();
    let paths: Vec<_> = service.requests().iter().map(|it| it.path().to_owned()).collect();
    assert_eq!(paths, ["/openai/v1/files", "/openai/v1/files/file-0", "/openai/v1/batches"]);
    assert_eq!(texts(&results(&batch).await), ["HI"]);
}

#[tokio::test]
async fn the_cost_is_half_of_the_cost_of_live_calls() {
    // The table has prices for service tiers of this model, too.
    let tiered = (Flavor::OpenAi, openai("gpt-4.1"), "$1.0000");
    let services = [0, 1, 3, 4].map(|index| (of(index).0, of(index).1, "$0.0750"));
    for (flavor, builder, half) in services.into_iter().chain([tiered]) {
        let service = BatchService::start(flavor).await;
        let batch = service.api(builder).submit([("a", "hi")]).await.unwrap();
        let answer = batch.results().next().await.unwrap().unwrap();
        let cost = answer.cost(&Prices::shipped()).expect("a known price");
        assert_eq!(cost.to_string(), half, "{flavor:?}");
    }
}

#[tokio::test]
async fn the_key_is_in_no_error_and_no_debug_output() {
    let service = BatchService::start(Flavor::OpenAi).await;
    let api = service.api(openai("m"));
    let batch = api.submit([("a", "busy"), ("b", "hi")]).await.unwrap();
    let results = results(&batch).await;
    let error = failed(&results, "a");
    assert!(error.message().contains("slow down"), "{error}");
    let submission = api.submit([("c", "hi")]);
    let status = batch.status().await.unwrap();
    let texts = [
        format!("{error} {error:?} {:?}", error.downcast_ref::<ApiError>()),
        format!("{api:?} {batch:?} {submission:?} {status:?}"),
        serde_json::to_string(batch.id()).unwrap(),
    ];
    for text in texts {
        assert!(!text.contains(KEY), "{text}");
    }

    service.state().failing_creations = vec![(403, false)];
    let error = api.submit([("d", "hi")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::PermissionDenied);
    assert!(!format!("{error:?}").contains(KEY));
}
