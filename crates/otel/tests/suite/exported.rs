//! An exporter in memory, and the spans that it has received.

use std::time::{Duration, SystemTime};

use opentelemetry::{
    KeyValue, SpanId, Value,
    trace::{SpanKind, Status},
};
use opentelemetry_sdk::trace::{InMemorySpanExporter, SdkTracerProvider, SpanData};
use runnable_core::prelude::*;
use runnable_otel::OtelListener;

/// A tracer provider whose spans can be read.
#[derive(Clone)]
pub(crate) struct Exported {
    exporter: InMemorySpanExporter,
    pub(crate) provider: SdkTracerProvider,
}

impl Exported {
    pub(crate) fn new() -> Self {
        let exporter = InMemorySpanExporter::default();
        let provider = SdkTracerProvider::builder()
            .with_simple_exporter(exporter.clone())
            .with_max_attributes_per_span(1000)
            .build();
        Self { exporter, provider }
    }

    /// Returns a listener that does not record content, even if the environment requests it.
    pub(crate) fn listener(&self) -> OtelListener {
        OtelListener::builder(&self.provider).content(false).build()
    }

    pub(crate) fn config(&self) -> RunConfig {
        RunConfig::new().listener(self.listener())
    }

    pub(crate) fn config_with_content(&self) -> RunConfig {
        let listener = OtelListener::builder(&self.provider).content(true).build();
        RunConfig::new().listener(listener)
    }

    /// Returns the spans that have ended, in the order of their ends.
    pub(crate) fn spans(&self) -> Vec<Ended> {
        self.exporter.get_finished_spans().unwrap().into_iter().map(Ended).collect()
    }

    pub(crate) fn names(&self) -> Vec<String> {
        self.spans().iter().map(|span| span.name().to_owned()).collect()
    }

    /// Returns the only span with this name.
    pub(crate) fn span(&self, name: &str) -> Ended {
        let mut spans = self.spans();
        spans.retain(|span| span.name() == name);
        assert_eq!(spans.len(), 1, "one span is called `{name}`: {:?}", self.names());
        spans.remove(0)
    }

    /// Returns the names of the spans that enclose a span, outermost first, and its own name.
    pub(crate) fn path(&self, span: &Ended) -> String {
        let spans = self.spans();
        let mut names = vec![span.name().to_owned()];
        let mut parent = span.0.parent_span_id;
        while let Some(outer) = spans.iter().find(|outer| outer.id() == parent) {
            assert_eq!(outer.0.span_context.trace_id(), span.0.span_context.trace_id());
            names.insert(0, outer.name().to_owned());
            parent = outer.0.parent_span_id;
        }
        assert_eq!(parent, SpanId::INVALID, "every parent of `{}` has ended", span.name());
        names.join(" > ")
    }

    /// Returns the paths of all spans, sorted.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths: Vec<_> = self.spans().iter().map(|span| self.path(span)).collect();
        paths.sort();
        paths
    }
}

/// A span that has ended.
pub(crate) struct Ended(pub(crate) SpanData);

impl Ended {
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    pub(crate) fn id(&self) -> SpanId {
        self.0.span_context.span_id()
    }

    pub(crate) fn kind(&self) -> &SpanKind {
        &self.0.span_kind
    }

    /// Returns an attribute. Panics if the span has several attributes with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        let mut values =
            self.0.attributes.iter().filter(|attribute| attribute.key.as_str() == name);
        let value = values.next();
        assert!(values.next().is_none(), "two attributes are called `{name}`");
        value.map(|attribute| &attribute.value)
    }

    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name).map(|value| value.as_str().into_owned())
    }

    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        match self.get(name)? {
            Value::I64(number) => Some(*number),
            other => panic!("`{name}` is not an integer: {other:?}"),
        }
    }

    pub(crate) fn float(&self, name: &str) -> Option<f64> {
        match self.get(name)? {
            Value::F64(number) => Some(*number),
            other => panic!("`{name}` is not a float: {other:?}"),
        }
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(name).unwrap()).unwrap()
    }

    /// Returns the description of the error, or `None` if the status is not an error.
    pub(crate) fn error(&self) -> Option<&str> {
        match &self.0.status {
            Status::Error { description } => Some(description),
            _ => None,
        }
    }

    /// Returns the attributes of the only event with this name.
    pub(crate) fn event(&self, name: &str) -> &[KeyValue] {
        let events: Vec<_> = self.0.events.iter().filter(|event| event.name == name).collect();
        assert_eq!(events.len(), 1, "one event is called `{name}`");
        &events[0].attributes
    }

    pub(crate) fn duration(&self) -> Duration {
        self.0.end_time.duration_since(self.0.start_time).unwrap()
    }

    pub(crate) fn times(&self) -> (SystemTime, SystemTime) {
        (self.0.start_time, self.0.end_time)
    }

    /// Returns everything that the span contains, as text.
    pub(crate) fn everything(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Returns the value of an attribute as text.
pub(crate) fn attribute(attributes: &[KeyValue], name: &str) -> Option<String> {
    let found = attributes.iter().find(|attribute| attribute.key.as_str() == name);
    found.map(|attribute| attribute.value.as_str().into_owned())
}
