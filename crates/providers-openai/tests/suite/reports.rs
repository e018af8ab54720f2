//! The reports that listeners receive about the requests of models and embeddings.

use providers_openai::{Api, OpenAiBuilder, openai};
use runnable_chat::prelude::*;
use runnable_events::{EventData, RecordedData, RecordedEvent, StreamEvent, StreamEventsExt};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::{Value, json};

fn builder(server: &FakeServer) -> OpenAiBuilder {
    let builder = openai("gpt-5").env(|_| None).api_key("secret-key").base_url(server.url());
    builder.http(|client| client.no_proxy())
}

/// Calls a step whose requests all fail, and returns its HTTP reports and its last event.
async fn reports<R: Runnable>(step: R, input: R::Input) -> (Vec<Value>, StreamEvent) {
    let mut events = step.stream_events(input).include_details();
    let (mut reports, mut last) = (Vec::new(), None);
    while let Some(Ok(event)) = events.next().await {
        if let EventData::Report { name, data, .. } = &event.data {
            assert_eq!(name, "http");
            reports.push(data.clone());
        }
        last = Some(event);
    }
    (reports, last.unwrap())
}

#[tokio::test]
async fn each_attempt_of_a_model_and_of_embeddings_is_reported() {
    let busy = Reply::json(503, &json!({"error": {"message": "busy", "code": "overloaded"}}))
        .header("retry-after-ms", "1")
        .header("x-request-id", "req_1");
    let server = FakeServer::script([busy]).await.unwrap();
    let chat = |api| builder(&server).api(api).build().unwrap();
    let embeddings = builder(&server).embeddings().build().unwrap();
    let calls = [
        ("/chat/completions", reports(chat(Api::ChatCompletions), "Hi".into()).await),
        ("/responses", reports(chat(Api::Responses), "Hi".into()).await),
        ("/embeddings", reports(embeddings, vec!["Hi".to_owned()]).await),
    ];
    for (path, (reports, last)) in calls {
        assert_eq!(reports.len(), 3, "{path}");
        for (number, report) in (1..).zip(&reports) {
            assert_eq!(report["attempt"], number, "{path}");
            assert_eq!((&report["status"], &report["request_id"]), (&json!(503), &json!("req_1")));
            assert_eq!(report["retry_after_ms"], 1.0);
            assert!(report["url"].as_str().unwrap().ends_with(path), "{report}");
            assert!(!report.to_string().contains("secret"), "{report}");
        }
        let RecordedData::Error { error, .. } = RecordedEvent::from(last).data else {
            panic!("the call must fail");
        };
        assert_eq!((error.status, error.code.as_deref()), (Some(503), Some("overloaded")));
        assert_eq!(error.request_id.as_deref(), Some("req_1"), "{path}");
    }
}
