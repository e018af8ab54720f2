//! Cuts a body into chunks for the replay.

/// The way in which a body is cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Not at all.
    Whole,
    /// After every byte.
    Bytes,
    /// At random positions, which are the same for the same seed.
    Random(u64),
}

/// The maximum length of a body that is cut after every byte.
const SHORT: usize = 16 << 10;

impl Cut {
    /// Returns all ways in which a body of this length is cut, except `Whole`.
    pub(crate) fn all(length: usize, seed: u64) -> Vec<Self> {
        let random = [Self::Random(seed), Self::Random(seed.wrapping_add(1))];
        let bytes = Some(Self::Bytes).filter(|_| length <= SHORT);
        bytes.into_iter().chain(random).collect()
    }

    /// Returns the chunks of a body.
    pub(crate) fn pieces(self, body: &[u8]) -> Vec<&[u8]> {
        match self {
            Self::Whole => vec![body],
            Self::Bytes => body.chunks(1).collect(),
            Self::Random(seed) => random(body, seed),
        }
    }

    /// Returns a description for the report.
    pub(crate) fn name(self) -> String {
        match self {
            Self::Whole => "whole".into(),
            Self::Bytes => "cut after every byte".into(),
            Self::Random(seed) => format!("cut at random, seed {seed}"),
        }
    }
}

/// Returns chunks of 1 to 64 bytes. Most are short, so that words, frames and characters are cut.
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

/// Returns the next number of SplitMix64: <https://prng.di.unimi.it/splitmix64.c>
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
