//! [`Span`]: a part of a text that is replaced.

use std::borrow::Cow;

/// A part of a text that is replaced. It starts and ends between characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::redact) struct Span {
    pub(in crate::redact) start: usize,
    pub(in crate::redact) end: usize,
    pub(in crate::redact) replacement: Cow<'static, str>,
}

impl Span {
    pub(in crate::redact) fn new(
        start: usize,
        end: usize,
        replacement: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self { start, end, replacement: replacement.into() }
    }
}

/// Sorts spans, and joins those that overlap. The span that starts first, or else the longest,
/// determines the replacement.
pub(in crate::redact) fn joined(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort_by_key(|span| (span.start, usize::MAX - span.end));
    spans.dedup_by(|next, span| {
        let overlaps = next.start < span.end;
        if overlaps {
            span.end = span.end.max(next.end);
        }
        overlaps
    });
    spans
}

/// Replaces the spans of a text from `from` on. The spans are in order, and do not overlap.
pub(in crate::redact) fn replaced(text: &str, from: usize, spans: &[Span]) -> String {
    let (mut output, mut done) = (String::with_capacity(text.len()), from);
    for span in spans {
        output.push_str(text.get(done..span.start).unwrap_or_default());
        output.push_str(&span.replacement);
        done = span.end;
    }
    output.push_str(text.get(done..).unwrap_or_default());
    output
}
