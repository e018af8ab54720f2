//! [`ChunkTails`]: finds secrets that are split across several chunks of a run.

use std::collections::HashMap;

use super::{
    rules::Rules,
    scan::{Span, replaced},
};

/// The number of bytes before a chunk that are searched for the start of a secret.
const CONTEXT: usize = 128;
/// The length in bytes above which the middle of a secret is not kept.
const LONG: usize = 8 << 10;
/// The largest number of texts in the chunks of a run that are searched across chunks.
const MOST_TEXTS: usize = 32;

/// The ends of the texts in the chunks of a run, by their path in the chunk.
#[derive(Clone, Default)]
pub(super) struct ChunkTails {
    by_path: HashMap<String, Tail>,
}

/// The end of a text that consists of chunks.
#[derive(Clone, Default)]
struct Tail {
    text: String,
    /// Whether the last chunk ended with a secret.
    is_inside: bool,
}

impl ChunkTails {
    /// Redacts the next chunk of the text at a path. A secret that started in an earlier chunk is
    /// recognised, but its start was already passed on.
    pub(super) fn redact(&mut self, rules: &Rules, path: &str, chunk: &mut String) {
        match self.by_path.get_mut(path) {
            Some(tail) => tail.redact(rules, chunk),
            None => {
                let mut tail = Tail::default();
                tail.redact(rules, chunk);
                if self.by_path.len() < MOST_TEXTS {
                    self.by_path.insert(path.to_owned(), tail);
                }
            }
        }
    }
}

impl Tail {
    fn redact(&mut self, rules: &Rules, chunk: &mut String) {
        let start = self.text.len();
        self.text.push_str(chunk);
        let mut spans = rules.spans(&self.text, true);
        let open = spans.last().filter(|span| span.end == self.text.len()).map(|span| span.start);
        spans.retain(|span| span.end > start);
        if let Some(first) = spans.first_mut().filter(|span| span.start < start) {
            let is_replaced = self.is_inside;
            let replacement = if is_replaced { "".into() } else { first.replacement.clone() };
            *first = Span { start, end: first.end, replacement };
        }
        if !spans.is_empty() {
            *chunk = replaced(&self.text, start, &spans);
        }
        self.is_inside = open.is_some();
        self.shorten(open);
    }

    /// Removes the text that is no longer needed. `open` is the start of the secret at the end of
    /// the text.
    fn shorten(&mut self, open: Option<usize>) {
        let open_start = open.unwrap_or(self.text.len());
        self.remove(0, open_start.saturating_sub(CONTEXT));
        if self.text.len() > LONG {
            self.remove(LONG / 4, self.text.len() - LONG / 4);
        }
    }

    /// Removes these bytes, or fewer if the range does not start and end between characters.
    fn remove(&mut self, mut start: usize, mut end: usize) {
        while !self.text.is_char_boundary(start) {
            start += 1;
        }
        while !self.text.is_char_boundary(end) {
            end -= 1;
        }
        if start < end {
            self.text.drain(start..end);
        }
    }
}
