//! The reports that listeners receive about the requests of a run.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use futures::{StreamExt, stream};
use runnable_chat::{ChatModel, prelude::*};
use runnable_core::{CancelCause, Listener, RunEvent, RunEventData};
use runnable_http::{HttpBody, HttpClient, HttpReport, HttpRetryPolicy, chat::HttpChatModel};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    chat::Words,
    scripted::{Answer, Scripted, answer, refused},
};

/// Records the reports of all runs, and the names of all events.
#[derive(Clone, Default)]
struct Reports {
    reports: Arc<Mutex<Vec<HttpReport>>>,
    events: Arc<Mutex<Vec<String>>>,
}

impl Listener for Reports {
    fn on_event(&self, event: &RunEvent<'_>) {
        let kind = match &event.data {
            RunEventData::Report { name, data, .. } => {
                assert_eq!(*name, HttpReport::NAME);
                let report = serde_json::from_value(data.to_json().unwrap()).unwrap();
                self.reports.lock().unwrap().push(report);
                "report"
            }
            RunEventData::Start { .. } => "start",
            RunEventData::Retry { .. } => "retry",
            RunEventData::End { .. } => "end",
            RunEventData::Error { .. } => "error",
            RunEventData::Cancelled { cause, .. } => {
                assert_eq!(*cause, CancelCause::Dropped);
                "cancelled"
            }
            _ => return,
        };
        self.events.lock().unwrap().push(format!("{} {kind}", event.run.name));
    }
}

impl Reports {
    fn all(&self) -> Vec<HttpReport> {
        self.reports.lock().unwrap().clone()
    }

    fn events(&self) -> Vec<String> {
        self.events.lock().unwrap().clone()
    }

    fn config(&self) -> RunConfig {
        RunConfig::new().listener(self.clone())
    }
}

fn model(client: HttpClient) -> ChatModel {
    ChatModel::new(HttpChatModel::new(Words, client, "words", "w").with_run_name("Words"))
}

fn events(status: u16, body: impl Into<HttpBody>) -> Answer {
    answer(status, &[("content-type", "text/event-stream"), ("x-request-id", "req_7")], body)
}

/// A streamed answer that takes a second for its first part and two more for its end.
fn slow() -> HttpBody {
    let parts = stream::iter(["data: Good \n\n", "data: day.\n\n", "data: [DONE]\n\n"]);
    HttpBody::from_stream(parts.then(|part| async move {
        sleep(Duration::from_secs(1)).await;
        Ok(part.into())
    }))
}

const BODY: &str = "data: Good day.\n\ndata: [DONE]\n\n";

#[tokio::test(start_paused = true)]
async fn a_streamed_answer_is_reported_when_its_body_ends() {
    let (reports, transport) = (Reports::default(), Scripted::new([events(200, slow())]));
    let model = model(transport.client());
    model.stream("Hello.").config(reports.config()).concat().await.unwrap();
    let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
    assert_eq!((report.attempt, &*report.method), (1, "POST"));
    assert_eq!(report.url, "https://api.example.org/v1/chat");
    assert_eq!((report.status, report.request_id.as_deref()), (Some(200), Some("req_7")));
    assert_eq!((report.start, report.first_byte), (Duration::ZERO, Some(Duration::ZERO)));
    assert_eq!(report.duration, Duration::from_secs(3));
    assert_eq!((report.request_bytes, report.response_bytes), (2, 39));
    assert_eq!((report.retry_after, report.error.as_deref()), (None, None));
    assert_eq!(reports.events(), ["Words start", "Words report", "Words end"]);
}

#[tokio::test(start_paused = true)]
async fn a_complete_answer_is_reported() {
    let body = r#"{"text": "Good day."}"#;
    let whole = answer(200, &[("content-type", "application/json")], body);
    let (reports, transport) = (Reports::default(), Scripted::new([whole]));
    let config = reports.config();
    // Without chunk events, an invoked model does not stream.
    model(transport.client()).invoke("Hello.").config(config).await.unwrap();
    let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
    assert_eq!(report.response_bytes, body.len() as u64);
    assert_eq!(reports.events(), ["Words start", "Words report", "Words end"]);
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_reported_before_its_retry() {
    let busy = answer(503, &[("retry-after", "2"), ("request-id", "req_1")], "busy");
    let (reports, transport) =
        (Reports::default(), Scripted::new([refused(), busy, events(200, BODY)]));
    let model = model(transport.client());
    model.stream("Hello.").config(reports.config()).concat().await.unwrap();
    let all = reports.all();
    let attempts: Vec<_> = all.iter().map(|report| (report.attempt, report.status)).collect();
    assert_eq!(attempts, [(1, None), (2, Some(503)), (3, Some(200))]);
    assert_eq!(all[0].first_byte, None);
    assert_eq!(all[0].error.as_deref(), Some("connection refused"));
    assert_eq!(all[1].request_id.as_deref(), Some("req_1"));
    assert_eq!((all[1].retry_after, all[1].response_bytes), (Some(Duration::from_secs(2)), 4));
    assert!(all[1].error.as_ref().unwrap().contains("503"), "{:?}", all[1].error);
    assert!(all[2].start >= all[1].start + Duration::from_secs(2), "{all:?}");
    assert_eq!(
        reports.events(),
        [
            "Words start",
            "Words report",
            "Words retry",
            "Words report",
            "Words retry",
            "Words report",
            "Words end",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_body_is_reported_with_its_error() {
    let broken = || Err(Error::new(ErrorKind::Connection, "the connection broke"));
    let parts = stream::iter([Ok("data: Good \n\n".into()), broken()]);
    let (reports, transport) =
        (Reports::default(), Scripted::new([events(200, HttpBody::from_stream(parts))]));
    let model = model(transport.client());
    model.stream("Hello.").config(reports.config()).concat().await.unwrap_err();
    let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
    assert_eq!(report.error.as_deref(), Some("the connection broke"));
    assert_eq!((report.status, report.response_bytes), (Some(200), 13));
    assert_eq!(reports.events(), ["Words start", "Words report", "Words error"]);
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_is_reported_before_its_run_ends() {
    let (reports, transport) = (Reports::default(), Scripted::new([events(200, slow())]));
    let model = model(transport.client());
    let mut chunks = model.stream("Hello.").config(reports.config());
    chunks.next().await.unwrap().unwrap();
    drop(chunks);
    let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
    assert_eq!((report.duration, report.response_bytes), (Duration::from_secs(1), 13));
    assert_eq!(report.error, None);
    assert_eq!(reports.events(), ["Words start", "Words report", "Words cancelled"]);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_is_dropped_without_an_answer_is_reported() {
    let (reports, transport) = (Reports::default(), Scripted::default());
    let model = model(transport.client());
    let call = model.invoke("Hello.").config(reports.config());
    tokio::time::timeout(Duration::from_secs(5), call).await.unwrap_err();
    let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
    assert_eq!((report.status, report.first_byte), (None, None));
    assert_eq!(report.duration, Duration::from_secs(5));
}

#[tokio::test(start_paused = true)]
async fn a_report_contains_no_secret() {
    let key = "sk-0123456789abcdef";
    let echo = json!({"error": {"message": format!("bad key {key}"), "code": key}}).to_string();
    let headers = [("x-request-id", key)];
    let transport = Scripted::new([answer(401, &headers, echo)]);
    let url = format!("https://api.example.org/v1/{key}");
    let client = HttpClient::builder(&url).transport(transport).secret_header("x-api-key", key);
    let client = client.query("key", key);
    let client = client.retry_policy(HttpRetryPolicy::none()).build().unwrap();
    let reports = Reports::default();
    model(client).invoke("Hello.").config(reports.config()).await.unwrap_err();
    let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
    let json = serde_json::to_string(report).unwrap();
    assert!(!json.contains("0123456789"), "{json}");
    assert!(report.url.starts_with("https://api.example.org/v1/"), "{json}");
    assert!(!json.contains('?'), "{json}");
}

#[tokio::test]
async fn a_request_over_a_socket_is_reported() {
    let reply = Reply::events().piece("data: Good day.\n\n").piece("data: [DONE]\n\n");
    let server = FakeServer::script([reply]).await.unwrap();
    let client = HttpClient::builder(&server.url()).no_proxy().build().unwrap();
    for how in ["streamed", "invoked"] {
        let reports = Reports::default();
        let model = model(client.clone());
        match how {
            "streamed" => model.stream("Hello.").config(reports.config()).concat().await.unwrap(),
            _ => model.invoke("Hello.").config(reports.config()).await.unwrap(),
        };
        let [report] = &reports.all()[..] else { panic!("{:?}", reports.all()) };
        assert_eq!((report.status, report.response_bytes), (Some(200), 31), "{how}");
        assert!(report.url.starts_with(&server.url()), "{}", report.url);
        assert!(report.first_byte.is_some_and(|first| first <= report.duration), "{report:?}");
    }
}

#[tokio::test]
async fn an_error_has_the_details_of_its_response() {
    let body = json!({"error": {"type": "overloaded_error", "message": "Overloaded"}}).to_string();
    let transport = Scripted::new([answer(529, &[("request-id", "req_9")], body)]);
    let client = transport.builder().retry_policy(HttpRetryPolicy::none()).build().unwrap();
    let error = client.post("chat").send().await.unwrap_err();
    let response = error.response().unwrap();
    assert_eq!((response.status, response.code.as_deref()), (Some(529), Some("overloaded_error")));
    assert_eq!(response.request_id.as_deref(), Some("req_9"));
}
