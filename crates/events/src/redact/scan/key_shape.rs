//! Finds the keys of services by their shape, such as `sk-…`.

use super::{span::Span, text::Text};
use crate::redact::label;

/// The shape of a key: its prefix, and the minimum number of characters after the prefix.
struct Shape {
    prefix: &'static str,
    rest: usize,
    /// Whether a key is also found in the middle of a word, because the prefix is unmistakable.
    is_certain: bool,
}

const fn shape(prefix: &'static str, rest: usize) -> Shape {
    Shape { prefix, rest, is_certain: false }
}

const fn certain(prefix: &'static str, rest: usize) -> Shape {
    Shape { prefix, rest, is_certain: true }
}

/// The shapes, sorted by service.
const SHAPES: &[Shape] = &[
    certain("sk-ant-", 8),      // Anthropic
    certain("AIza", 30),        // Google
    certain("sk-proj-", 8),     // OpenAI
    certain("sk-svcacct-", 8),  // OpenAI
    certain("sk-or-", 8),       // OpenRouter
    certain("github_pat_", 16), // GitHub
    shape("ghp_", 16),
    shape("gho_", 16),
    shape("ghu_", 16),
    shape("ghs_", 16),
    shape("ghr_", 16),
    shape("sk-", 8),       // OpenAI, DeepSeek, Moonshot, …
    shape("gsk_", 12),     // Groq
    shape("xai-", 12),     // xAI
    shape("hf_", 12),      // Hugging Face
    shape("csk-", 16),     // Cerebras
    shape("fw_", 16),      // Fireworks
    shape("jina_", 16),    // Jina
    shape("lsv2_", 16),    // LangSmith
    shape("nvapi-", 16),   // NVIDIA
    shape("pa-", 24),      // Voyage
    shape("pplx-", 16),    // Perplexity
    shape("r8_", 24),      // Replicate
    shape("tgp_v1_", 16),  // Together
    shape("tvly-", 12),    // Tavily
    shape("dop_v1_", 32),  // DigitalOcean
    shape("glpat-", 12),   // GitLab
    shape("npm_", 24),     // npm
    shape("pypi-", 24),    // PyPI
    shape("rk_live_", 12), // Stripe
    shape("sk_live_", 12),
    shape("sk_test_", 12),
    shape("xapp-", 16), // Slack
    shape("xoxa-", 12),
    shape("xoxb-", 12),
    shape("xoxp-", 12),
];

/// The number of characters after a prefix that are enough if the text continues later.
const DECISIVE: usize = 8;

/// The prefixes of keys of which the first part ends with a full stop.
const DOTTED: [&str; 3] = ["ya29.", "SG.", "AQ."]; // Google, SendGrid, Google

/// The number of characters of the shortest key: `sk-` and what is decisive after it.
const SHORTEST: usize = 3 + DECISIVE;

/// Whether a key can start with a byte.
const FIRST_BYTES: [bool; 256] = {
    let mut first_bytes = [false; 256];
    // The keys of AWS.
    first_bytes[b'A' as usize] = true;
    let mut index = 0;
    while index < SHAPES.len() {
        first_bytes[SHAPES[index].prefix.as_bytes()[0] as usize] = true;
        index += 1;
    }
    first_bytes
};

/// A run of characters that can be part of a key.
struct Run {
    start: usize,
    end: usize,
    /// The position after the last digit.
    digits_end: usize,
    /// The position after the last letter in upper case.
    upper_end: usize,
}

impl Run {
    fn new(text: &Text<'_>, start: usize) -> Self {
        let mut run = Self { start, end: start, digits_end: start, upper_end: start };
        while let Some(byte) = text.at(run.end).filter(|byte| is_of_key(*byte)) {
            run.end += 1;
            match byte {
                b'0'..=b'9' => run.digits_end = run.end,
                b'A'..=b'Z' => run.upper_end = run.end,
                _ => {}
            }
        }
        run
    }

    /// Returns whether the run from this position on is random enough for a key of `least`
    /// characters. Words with hyphens, such as `sk-learn-contrib`, are not.
    fn is_random(&self, from: usize, least: usize) -> bool {
        let length = self.end.saturating_sub(from);
        let has_digit = self.digits_end > from;
        let has_upper = self.upper_end > from;
        length >= least && (has_digit || (has_upper && length >= 16) || length >= 32)
    }
}

/// Finds keys. `is_open` is whether the text continues later: a shorter key at its end is then
/// found, too.
pub(super) fn scan(text: &Text<'_>, is_open: bool, spans: &mut Vec<Span>) {
    let mut at = 0;
    while at < text.len() {
        let run = Run::new(text, at);
        let continues = is_open && run.end == text.len();
        at = run.end.max(at + 1);
        // Most words are shorter than a key.
        let starts = run.start..(run.end + 1).saturating_sub(SHORTEST);
        let mut starts = starts.filter(|start| text.at(*start).is_some_and(can_start_key));
        if let Some(start) = starts.find(|start| is_key(text, &run, *start, continues)) {
            spans.push(Span::new(start, run.end, label::API_KEY));
        } else if let Some(start) = start_of_dotted(text, &run) {
            let end = text.end_of(run.end, |byte| byte == b'.' || is_of_key(byte));
            let is_full_stop = text.before(end, 1) == Some(b'.');
            let least = if is_open && end == text.len() { DECISIVE } else { 16 };
            if end - run.end > least {
                spans.push(Span::new(start, end - usize::from(is_full_stop), label::API_KEY));
            }
            at = end;
        }
    }
}

/// Returns whether a key starts here. `continues` is whether the run is not complete yet.
fn is_key(text: &Text<'_>, run: &Run, at: usize, continues: bool) -> bool {
    let starts_word = text.starts_word(at);
    let least = |rest: usize| if continues { rest.min(DECISIVE) } else { rest };
    let first = text.at(at);
    if starts_word && first == Some(b'A') && is_aws(text, at, continues) {
        return true;
    }
    SHAPES.iter().any(|shape| {
        first == shape.prefix.bytes().next()
            && (starts_word || shape.is_certain)
            && text.part(at..at + shape.prefix.len().min(run.end - at)) == shape.prefix
            && run.is_random(at + shape.prefix.len(), least(shape.rest))
    })
}

/// Returns whether an access key of AWS starts here, such as `AKIA` and 16 characters.
fn is_aws(text: &Text<'_>, at: usize, continues: bool) -> bool {
    let is_of_id = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit();
    if !matches!(text.part(at..text.len().min(at + 4)), "AKIA" | "ASIA") {
        return false;
    }
    let length = text.end_within(at, 21, is_of_id) - at;
    length == 20 || (continues && (4 + DECISIVE..20).contains(&length))
}

/// Returns the start of a key whose first part ends at the end of the run.
fn start_of_dotted(text: &Text<'_>, run: &Run) -> Option<usize> {
    if text.at(run.end) != Some(b'.') {
        return None;
    }
    DOTTED.iter().find_map(|prefix| {
        let start = (run.end + 1).checked_sub(prefix.len())?;
        (text.part(start..run.end + 1) == *prefix && text.starts_word(start)).then_some(start)
    })
}

fn can_start_key(byte: u8) -> bool {
    FIRST_BYTES[usize::from(byte)]
}

fn is_of_key(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_key_is_shorter_than_the_shortest() {
        for shape in SHAPES {
            assert!(shape.prefix.len() + shape.rest.min(DECISIVE) >= SHORTEST, "{}", shape.prefix);
        }
        // The keys of AWS.
        const { assert!(4 + DECISIVE >= SHORTEST) };
    }
}
