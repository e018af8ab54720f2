//! [`TraceChunk`]: a chunk of a run's output, and the gaps between chunks.

use std::time::Duration;

/// A chunk that a run has produced: when, and how large it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TraceChunk {
    /// The time of the chunk, since the start of the trace.
    pub at: Duration,
    /// The size of the JSON of the chunk in bytes.
    pub json_bytes: usize,
    /// The length in bytes of the text that the chunk adds. It is 0 if the chunk has no text.
    pub text_bytes: usize,
}

/// The gaps between the chunks of a run.
///
/// Returned by [`TraceRun::chunk_gaps`](crate::TraceRun::chunk_gaps).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ChunkGaps {
    /// The median gap.
    pub median: Duration,
    /// The largest gap.
    pub largest: Duration,
    /// The time at which the largest gap started, since the start of the trace.
    pub largest_at: Duration,
}

impl ChunkGaps {
    /// Returns the gaps, or `None` if there are fewer than two chunks.
    pub(super) fn between(chunks: &[TraceChunk]) -> Option<Self> {
        let pairs = chunks.iter().zip(chunks.iter().skip(1));
        let mut gaps: Vec<(Duration, Duration)> =
            pairs.map(|(first, next)| (next.at.saturating_sub(first.at), first.at)).collect();
        gaps.sort_unstable();
        let (largest, largest_at) = *gaps.last()?;
        let (median, _) = *gaps.get(gaps.len() / 2)?;
        Some(Self { median, largest, largest_at })
    }
}
