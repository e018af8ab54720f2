//! Splits the body of a response into chunks for the replay.

/// How the body of a response is split into chunks. The result of a call must not depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// The body is one chunk.
    Whole,
    /// Each byte is a chunk.
    Bytes,
    /// The body is split at random positions. The same seed always gives the same positions.
    Random(u64),
}

/// The maximum length of a body that is split after every byte. For a longer body, this takes too
/// long.
const SHORT: usize = 16 << 10;

impl Cut {
    /// Returns all variants that are tested for a body of this length, except `Whole`.
    pub(crate) fn all(length: usize, seed: u64) -> Vec<Self> {
        let random = [Self::Random(seed), Self::Random(seed.wrapping_add(1))];
        let bytes = Some(Self::Bytes).filter(|_| length <= SHORT);
        bytes.into_iter().chain(random).collect()
    }

    /// Splits a body, and returns the chunks.
    pub(crate) fn pieces(self, body: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Whole => vec![body],
            Self::Bytes => body.chunks(1).collect(),
            Self::Random(seed) => random(body, seed),
        }
    }

    /// Returns a description of this variant for the report.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Whole => "whole".into(),
            Self::Bytes => "cut after every byte".into(),
            Self::Random(seed) => format!("split at random, seed {seed}"),
        }
    }
}

/// Splits a body into chunks of 1 to 64 bytes. Most chunks are short, so that they end inside
/// words, frames and characters.
fn random(mut body: &[u8], seed: u64) -> Vec<&[u8]> {
    let mut state = seed;
    let mut pieces = Vec::new();
    while !body.is_empty() {
        let number = next(&mut state);
        let longest = 1 << (number % 7);
        let length = 1 + usize::try_from((number >> 8) % longest).unwrap_or(0);
        let (piece, rest) = body.split_at(length.min(body.len()));
        pieces.push(piece);
        body = rest;
    }
    pieces
}

/// Returns the next pseudo-random number, with the algorithm SplitMix64:
/// <https://prng.di.unimi.it/splitmix64.c>
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chunks_join_to_the_body() {
        let body: Vec<u8> = (0..=255).cycle().take(5_000).collect();
        for cut in [Cut::Whole, Cut::Bytes, Cut::Random(7), Cut::Random(8)] {
            assert_eq!(cut.pieces(&body).concat(), body, "{}", cut.name());
        }
        assert_eq!(Cut::Random(7).pieces(&body), Cut::Random(7).pieces(&body));
        assert_ne!(Cut::Random(7).pieces(&body), Cut::Random(8).pieces(&body));
    }

    #[test]
    fn a_long_body_is_not_cut_after_every_byte() {
        assert!(Cut::all(SHORT, 1).contains(&Cut::Bytes));
        assert!(!Cut::all(SHORT + 1, 1).contains(&Cut::Bytes));
    }
}
