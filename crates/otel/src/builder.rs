//! [`OtelListenerBuilder`]: the settings of a listener.

use std::{env, fmt};

use opentelemetry::{
    InstrumentationScope,
    metrics::{Meter, MeterProvider},
    trace::{Span, TraceContextExt, Tracer, TracerProvider},
};
use runnable_events::Redaction;

use crate::{
    listener::{OtelListener, Shared, StartSpan},
    metrics::Metrics,
    names,
    open_runs::OpenRuns,
};

/// A tracer whose spans can be used on every thread. All tracers of OpenTelemetry's SDK implement
/// this trait.
pub trait Tracers: Tracer<Span: Span + Send + Sync + 'static> + Send + Sync + 'static {}

impl<T> Tracers for T where T: Tracer<Span: Span + Send + Sync + 'static> + Send + Sync + 'static {}

/// The settings of an [`OtelListener`]. Created by [`OtelListener::builder`].
///
/// # Examples
///
/// ```
/// use opentelemetry_sdk::trace::SdkTracerProvider;
/// use runnable_otel::OtelListener;
///
/// let provider = SdkTracerProvider::default();
/// let otel = OtelListener::builder(&provider).content(true).propagation(false).build();
/// # drop(otel);
/// ```
#[must_use = "a builder does nothing until it is built"]
pub struct OtelListenerBuilder {
    start_span: StartSpan,
    meter: Option<Meter>,
    /// `None` if the environment variable determines the value.
    content: Option<bool>,
    propagates: bool,
    redaction: Redaction,
}

impl OtelListener {
    /// Creates a listener that sends spans to `provider`, with the default settings.
    ///
    /// # Examples
    ///
    /// See [`OtelListener`].
    pub fn new<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Tracers,
    {
        Self::builder(provider).build()
    }

    /// Creates a builder for a listener that sends spans to `provider`.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::{metrics::SdkMeterProvider, trace::SdkTracerProvider};
    /// use runnable_otel::OtelListener;
    ///
    /// let (spans, metrics) = (SdkTracerProvider::default(), SdkMeterProvider::default());
    /// let otel = OtelListener::builder(&spans).meter_provider(&metrics).content(true).build();
    /// # drop(otel);
    /// ```
    pub fn builder<P>(provider: &P) -> OtelListenerBuilder
    where
        P: TracerProvider,
        P::Tracer: Tracers,
    {
        OtelListenerBuilder::new(provider)
    }
}

impl OtelListenerBuilder {
    pub(crate) fn new<P>(provider: &P) -> Self
    where
        P: TracerProvider,
        P::Tracer: Tracers,
    {
        let tracer = provider.tracer_with_scope(scope());
        let start_span: StartSpan = Box::new(move |builder, parent| {
            parent.with_span(tracer.build_with_context(builder, parent))
        });
        let redaction = Redaction::default();
        Self { start_span, meter: None, content: None, propagates: true, redaction }
    }

    /// Also records metrics, such as the durations and tokens of models. By default, the listener
    /// records no metrics.
    ///
    /// # Examples
    ///
    /// See [`OtelListener::builder`].
    pub fn meter_provider(mut self, provider: &impl MeterProvider) -> Self {
        self.meter = Some(provider.meter_with_scope(scope()));
        self
    }

    /// Sets whether spans contain inputs, outputs and messages.
    ///
    /// They can contain personal data, and are large. The default is the value of the environment
    /// variable `OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT` when the listener is built:
    /// `true`, `span_only` and `span_and_event` turn content on, and any other value turns it off.
    ///
    /// # Examples
    ///
    /// See [`OtelListenerBuilder`].
    pub fn content(mut self, is_recorded: bool) -> Self {
        self.content = Some(is_recorded);
        self
    }

    /// Sets whether the requests of remote models have the headers `traceparent` and `tracestate`,
    /// by which a server continues the trace. The default is `true`.
    ///
    /// # Examples
    ///
    /// See [`OtelListenerBuilder`].
    pub fn propagation(mut self, is_sent: bool) -> Self {
        self.propagates = is_sent;
        self
    }

    /// Replaces the redaction through which all texts pass before they become part of a span.
    ///
    /// The default is [`Redaction::default`], which removes keys, passwords and other credentials.
    /// If the redaction reduces the [content](runnable_events::Content), the content of spans is
    /// reduced in the same way.
    ///
    /// # Examples
    ///
    /// ```
    /// use opentelemetry_sdk::trace::SdkTracerProvider;
    /// use runnable_events::{Content, Redaction};
    /// use runnable_otel::OtelListener;
    ///
    /// let redaction = Redaction::builder().content(Content::Truncated(1_000)).build();
    /// let provider = SdkTracerProvider::default();
    /// let otel = OtelListener::builder(&provider).content(true).redaction(redaction).build();
    /// # drop(otel);
    /// ```
    pub fn redaction(mut self, redaction: Redaction) -> Self {
        self.redaction = redaction;
        self
    }

    /// Creates the listener.
    ///
    /// # Examples
    ///
    /// See [`OtelListenerBuilder`].
    pub fn build(self) -> OtelListener {
        OtelListener::with(Shared {
            start_span: self.start_span,
            metrics: self.meter.as_ref().map(Metrics::new),
            records_content: self.content.unwrap_or_else(environment_requests_content),
            propagates: self.propagates,
            redaction: self.redaction,
            number: OtelListener::next_number(),
            runs: OpenRuns::default(),
        })
    }
}

/// Returns the description of this crate for spans and metrics.
fn scope() -> InstrumentationScope {
    InstrumentationScope::builder(env!("CARGO_PKG_NAME"))
        .with_version(env!("CARGO_PKG_VERSION"))
        .with_schema_url(names::SCHEMA_URL)
        .build()
}

/// Returns whether the environment requests the content of messages in spans. OpenTelemetry's
/// libraries accept the same values.
fn environment_requests_content() -> bool {
    let value = env::var(names::CAPTURE_CONTENT_VARIABLE).unwrap_or_default();
    requests_content(&value)
}

fn requests_content(value: &str) -> bool {
    let value = value.trim();
    ["true", "1", "span_only", "span_and_event"].iter().any(|on| value.eq_ignore_ascii_case(on))
}

impl fmt::Debug for OtelListenerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OtelListenerBuilder")
            .field("has_metrics", &self.meter.is_some())
            .field("content", &self.content)
            .field("propagates", &self.propagates)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::requests_content;

    #[test]
    fn the_environment_requests_content_in_the_words_of_opentelemetry() {
        for on in ["true", "TRUE", " True ", "1", "SPAN_ONLY", "span_and_event"] {
            assert!(requests_content(on), "{on}");
        }
        for off in ["", "false", "0", "no_content", "EVENT_ONLY"] {
            assert!(!requests_content(off), "{off}");
        }
    }
}
