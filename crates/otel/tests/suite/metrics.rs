//! The metrics of models, tools and workflows.

use opentelemetry_sdk::metrics::{
    InMemoryMetricExporter, SdkMeterProvider,
    data::{AggregatedMetrics, HistogramDataPoint, MetricData},
};
use runnable_chat::prelude::*;
use runnable_otel::OtelListener;

use crate::{
    exported::{Exported, attribute},
    models::{Mistral, mistral},
};

/// The data of one attribute set of a histogram: its attributes, its count and its sum.
type Point = (Vec<opentelemetry::KeyValue>, u64, f64);

/// Calls `call` with a listener that records metrics, and returns the points of a metric.
async fn points<F: Future>(call: impl FnOnce(RunConfig) -> F, name: &str) -> Vec<Point> {
    let exporter = InMemoryMetricExporter::default();
    let meters = SdkMeterProvider::builder().with_periodic_exporter(exporter.clone()).build();
    let exported = Exported::new();
    let listener = OtelListener::builder(&exported.provider).meter_provider(&meters).build();
    call(RunConfig::new().listener(listener)).await;
    meters.force_flush().unwrap();
    let mut points = Vec::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        let metrics = resource.scope_metrics().flat_map(|scope| scope.metrics());
        for metric in metrics.filter(|metric| metric.name() == name) {
            match metric.data() {
                AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
                    points.extend(histogram.data_points().map(|data| point(data, data.sum())));
                }
                AggregatedMetrics::U64(MetricData::Histogram(histogram)) => {
                    points
                        .extend(histogram.data_points().map(|data| point(data, data.sum() as f64)));
                }
                other => panic!("`{name}` is not a histogram: {other:?}"),
            }
        }
    }
    points
}

fn point<T>(data: &HistogramDataPoint<T>, sum: f64) -> Point
where
    T: Copy,
{
    (data.attributes().cloned().collect(), data.count(), sum)
}

async fn streams(config: RunConfig) {
    mistral().stream("Hi").config(config).concat().await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_call_of_a_model_has_a_duration_and_a_time_to_its_first_chunk() {
    for (name, seconds) in [
        ("gen_ai.client.operation.duration", 2.0),
        ("gen_ai.client.operation.time_to_first_chunk", 1.0),
    ] {
        let points = points(streams, name).await;
        let [(attributes, 1, sum)] = &points[..] else { panic!("{name}: {points:?}") };
        assert_eq!(*sum, seconds, "{name}");
        for (attribute_name, value) in [
            ("gen_ai.operation.name", Some("chat")),
            ("gen_ai.provider.name", Some("mistral_ai")),
            ("gen_ai.request.model", Some("mistral-small")),
            ("gen_ai.response.model", Some("mistral-small-2506")),
            ("error.type", None),
        ] {
            assert_eq!(attribute(attributes, attribute_name).as_deref(), value, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn tokens_are_recorded_by_type() {
    let points = points(streams, "gen_ai.client.token.usage").await;
    let mut tokens: Vec<_> = points
        .iter()
        .map(|(attributes, _, sum)| (attribute(attributes, "gen_ai.token.type").unwrap(), *sum))
        .collect();
    tokens.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(tokens, [("input".to_owned(), 100.0), ("output".to_owned(), 20.0)]);
}

#[tokio::test(start_paused = true)]
async fn a_failed_call_has_the_class_of_its_error() {
    let fails = |config: RunConfig| async move {
        ChatModel::new(Mistral { fails: true }).invoke("Hi").config(config).await.unwrap_err()
    };
    let points = points(fails, "gen_ai.client.operation.duration").await;
    let [(attributes, 1, _)] = &points[..] else { panic!("{points:?}") };
    assert_eq!(attribute(attributes, "error.type").as_deref(), Some("connection"));
}

#[tokio::test(start_paused = true)]
async fn workflows_and_tools_have_durations() {
    let runs = |config: RunConfig| async move {
        let chain = lambda(|text: String| text).with_name("inner");
        passthrough().pipe(chain).with_name("answer").invoke("a").config(config).await.unwrap()
    };
    let workflows = points(runs, "gen_ai.invoke_workflow.duration").await;
    let [(attributes, 1, _)] = &workflows[..] else { panic!("{workflows:?}") };
    assert_eq!(attribute(attributes, "gen_ai.workflow.name").as_deref(), Some("answer"));

    let runs = |config: RunConfig| async move {
        let definition = runnable_chat::tool::ToolDefinition::new("now", "", serde_json::json!({}));
        let now = Tool::new(definition, |_, _| async { Ok(serde_json::json!("12:00")) });
        now.invoke(serde_json::json!({})).config(config).await.unwrap()
    };
    let tools = points(runs, "gen_ai.execute_tool.duration").await;
    let [(attributes, 1, _)] = &tools[..] else { panic!("{tools:?}") };
    assert_eq!(attribute(attributes, "gen_ai.tool.name").as_deref(), Some("now"));
}
