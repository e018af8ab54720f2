//! The headers that continue a trace in another process, as W3C Trace Context defines them.

use opentelemetry::trace::SpanContext;

/// Adds the headers `traceparent` and, if the trace has a state, `tracestate`.
pub(crate) fn add_headers(span: &SpanContext, add: &mut dyn FnMut(&str, &str)) {
    if !span.is_valid() {
        return;
    }
    // Version 00 defines only the flag `sampled`.
    let flags = if span.is_sampled() { "01" } else { "00" };
    add("traceparent", &format!("00-{}-{}-{flags}", span.trace_id(), span.span_id()));
    let state = span.trace_state().header();
    if !state.is_empty() {
        add("tracestate", &state);
    }
}
