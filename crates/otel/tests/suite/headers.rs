//! Requests continue the trace of the run that sends them.

use opentelemetry::{
    Context,
    trace::{FutureExt, TraceContextExt, Tracer, TracerProvider},
};
use runnable_core::prelude::*;
use runnable_http::HttpClient;
use runnable_otel::OtelListener;
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;

use crate::exported::Exported;

fn client(server: &FakeServer) -> HttpClient {
    HttpClient::builder(&server.url()).no_proxy().build().unwrap()
}

/// Returns a step that sends a request to the server.
fn asks(server: &FakeServer) -> impl Runnable<Input = String, Output = String> {
    let client = client(server);
    let step = async_lambda(move |_: String, cx: RunContext| {
        let request = client.get("answer").context(&cx);
        async move { request.send().await?.json::<String>().await }
    });
    step.with_name("ask")
}

async fn server(replies: usize) -> FakeServer {
    FakeServer::script((0..replies).map(|_| Reply::json(200, &json!("yes")))).await.unwrap()
}

#[tokio::test]
async fn a_request_has_the_trace_and_the_span_of_its_run() {
    let (exported, server) = (Exported::new(), server(2).await);
    let chain = passthrough().pipe(asks(&server));
    chain.invoke("").config(exported.config()).await.unwrap();
    let span = exported.span("ask");
    let context = &span.0.span_context;
    let expected = format!("00-{}-{}-01", context.trace_id(), context.span_id());
    assert_eq!(server.requests()[0].header("traceparent"), Some(&*expected));
    assert_eq!(server.requests()[0].header("tracestate"), None);

    let quiet = OtelListener::builder(&exported.provider).propagation(false).build();
    chain.invoke("").config(RunConfig::new().listener(quiet)).await.unwrap();
    assert_eq!(server.requests()[1].header("traceparent"), None);
}

#[tokio::test]
async fn a_request_in_a_span_of_the_program_has_that_span() {
    let (exported, server) = (Exported::new(), server(1).await);
    let tracer = exported.provider.tracer("program");
    let client = client(&server);
    let step = async_lambda(move |_: String, cx: RunContext| {
        let query = Context::current_with_span(tracer.start("query"));
        let request = client.get("answer").context(&cx);
        let answer = async move { request.send().await?.json::<String>().await };
        answer.with_context(query)
    });
    step.invoke("").config(exported.config()).await.unwrap();
    let query = exported.span("query").id().to_string();
    let header = server.requests()[0].header("traceparent").unwrap().to_owned();
    assert_eq!(header.split('-').nth(2), Some(&*query));
}
