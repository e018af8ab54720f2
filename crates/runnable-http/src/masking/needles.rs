//! [`Needles`]: the forms in which a text is searched for secrets.

use memchr::memmem::{self, Finder};

use super::decoded::{Decoded, Searched, folded};

/// The forms in which a text is searched for secrets: literally, in hexadecimal, and in base64 at
/// each of the three possible offsets. Escapes of other kinds are not among the forms, because they
/// are decoded in the text.
#[derive(Clone)]
pub(super) struct Needles {
    needles: Vec<Finder<'static>>,
    /// The length of the shortest text that can contain more than half of a secret.
    shortest: usize,
    /// The length of the longest text that can encode a secret.
    longest: usize,
}

/// The number of nested levels of escapes that are decoded, such as JSON in a JSON string in a
/// query.
const LAYERS: usize = 4;

/// The maximum number of bytes of a text that encode one byte of a secret. It is larger than the
/// number for `\\u0073` in hexadecimal.
const WIDEST: usize = 24;

/// The mark at the end of a text that was cut.
const ELLIPSIS: &[u8] = "…".as_bytes();

impl Needles {
    pub(super) fn of<'a>(secrets: impl Iterator<Item = &'a str>) -> Self {
        let (mut needles, mut shortest, mut longest) = (Vec::new(), usize::MAX, 0);
        for secret in secrets {
            let secret = secret.as_bytes();
            shortest = shortest.min(secret.len() / 2);
            longest = longest.max(secret.len() * WIDEST);
            let hex = secret.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect();
            let base64 = (0..3).map(|skipped| base64(secret, skipped));
            for form in [secret.to_vec(), hex].into_iter().chain(base64) {
                let form: Vec<u8> = form.into_iter().filter_map(folded).collect();
                // Skip short forms: the form of an unusual secret may be so short that it occurs in
                // any text.
                if form.len() >= 6 {
                    needles.push(Finder::new(&form).into_owned());
                }
            }
        }
        Self { needles, shortest, longest }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.needles.is_empty()
    }

    pub(super) fn longest(&self) -> usize {
        self.longest
    }

    /// Returns the ranges of a text that are secrets, in order and without overlaps. If the text
    /// has ended, more than half of a secret at its end also counts as a secret.
    pub(super) fn find(&self, text: &[u8], has_ended: bool) -> Vec<(usize, usize)> {
        if self.needles.is_empty() || text.len() <= self.shortest {
            return Vec::new();
        }
        let mut found = Vec::new();
        let mut layer = Some(Decoded::of(text));
        for _ in 0..=LAYERS {
            let Some(decoded) = layer else { break };
            self.search(&decoded.searched(), has_ended, &mut found);
            layer = decoded.unescaped();
        }
        apart(found)
    }

    fn search(&self, text: &Searched, has_ended: bool, found: &mut Vec<(usize, usize)>) {
        let cuts = memmem::find_iter(&text.bytes, ELLIPSIS);
        let cuts: Vec<_> = cuts.chain(has_ended.then_some(text.bytes.len())).collect();
        for finder in &self.needles {
            let needle = finder.needle();
            for start in finder.find_iter(&text.bytes) {
                found.push(text.span(start, start + needle.len()));
            }
            for cut in &cuts {
                let before = &text.bytes[..*cut];
                let prefix_length = (needle.len() / 2 + 1..needle.len()).rev();
                let prefix_length =
                    prefix_length.into_iter().find(|length| before.ends_with(&needle[..*length]));
                if let Some(length) = prefix_length {
                    found.push(text.span(cut - length, *cut));
                }
            }
        }
    }
}

/// Sorts the ranges, and joins ranges that overlap.
fn apart(mut parts: Vec<(usize, usize)>) -> Vec<(usize, usize)> {
    parts.sort_unstable();
    parts.dedup_by(|next, part| {
        let overlap = next.0 < part.1;
        if overlap {
            part.1 = part.1.max(next.1);
        }
        overlap
    });
    parts
}

fn digit(half: u8) -> u8 {
    b"0123456789abcdef"[usize::from(half)]
}

/// Returns the letters of the base64 form of a secret that depend only on the secret. In a group of
/// three bytes, `skipped` other bytes come before the start of the secret.
fn base64(secret: &[u8], skipped: usize) -> Vec<u8> {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut letters = Vec::new();
    let (mut bits, mut count) = (0_u32, 0);
    for byte in std::iter::repeat_n(&0, skipped).chain(secret) {
        (bits, count) = (bits << 8 | u32::from(*byte), count + 8);
        while count >= 6 {
            count -= 6;
            letters.push(LETTERS[(bits >> count & 63) as usize]);
        }
    }
    letters.drain(..(skipped * 8).div_ceil(6).min(letters.len()));
    letters
}
