//! Spans of `tracing` and spans of runs enclose each other.
//!
//! This test is a program of its own: `tracing` keeps whether a span is enabled for all threads of a
//! process, and the tests of the suite run in other threads.

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider};
use runnable_core::prelude::*;
use runnable_otel::OtelListener;
use tokio::task::yield_now;
use tracing::Instrument;
use tracing_subscriber::{Layer, filter::filter_fn, layer::SubscriberExt};

#[test]
fn tracing_spans_and_runs_enclose_each_other() {
    let exporter = InMemorySpanExporter::default();
    let provider = SdkTracerProvider::builder().with_simple_exporter(exporter.clone()).build();
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("program"));
    let layer = layer.with_filter(filter_fn(|metadata| metadata.target() != "runnable"));
    let subscriber = tracing_subscriber::registry().with(layer);
    let step = async_lambda(|text: String, _| {
        let query = async {
            yield_now().await;
            tracing::info!("querying");
        };
        async move {
            query.instrument(tracing::info_span!("query")).await;
            Ok(text)
        }
    });
    let listener = OtelListener::builder(&provider).content(false).build();
    let call = step.with_name("step").invoke("a").config(RunConfig::new().listener(listener));
    tracing::subscriber::with_default(subscriber, || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(call.instrument(tracing::info_span!("request"))).unwrap();
    });

    // The spans end from the inside to the outside.
    let spans = exporter.get_finished_spans().unwrap();
    let names: Vec<_> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["query", "invoke_workflow step", "request"]);
    for (inner, outer) in spans.iter().zip(&spans[1..]) {
        assert_eq!(inner.parent_span_id, outer.span_context.span_id());
    }
}
