//! The forms in which secrets are looked for.

use memchr::memmem::{self, Finder};

use super::decoded::{Decoded, Searched, folded};

/// The forms in which secrets are looked for: as they are, in hexadecimal, and in base64 from each of
/// the three bits where it can begin. Escapes of any other kind are undone in the text.
#[derive(Clone)]
pub(super) struct Needles {
    needles: Vec<Finder<'static>>,
    /// The length of the shortest text that can hold more than half of a secret.
    shortest: usize,
    /// The length of the longest part of a text that stands for a secret.
    longest: usize,
}

/// How many layers of escapes are undone: JSON in a string of JSON, in a query, in a page.
const LAYERS: usize = 4;

/// The most bytes that stand for one byte of a secret: `\\u0073` in hexadecimal, with room to spare.
const WIDEST: usize = 24;

/// The end of a text that was cut.
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
                // What is left of a strange secret may be a part of any text.
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

    /// The parts of a text that are secrets, in order and apart. If the text has ended, a secret of
    /// which more than the half stands at its end is one, too.
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
                let begun = (needle.len() / 2 + 1..needle.len()).rev();
                let begun = begun.into_iter().find(|length| before.ends_with(&needle[..*length]));
                if let Some(length) = begun {
                    found.push(text.span(cut - length, *cut));
                }
            }
        }
    }
}

/// The parts in order, those that overlap joined.
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

/// The letters of base64 that depend on a secret alone, where it begins after so many bytes of a
/// group of three.
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
