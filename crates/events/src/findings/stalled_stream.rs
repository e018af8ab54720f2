//! Finds streams that paused.

use super::{
    amount::time,
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};

/// The minimum number of chunks for which the median of the gaps is the usual gap of the stream.
const CHUNKS: usize = 5;

/// The factor by which a pause is longer than the median gap.
const TIMES: u32 = 20;

pub(super) fn find(analysis: &mut Analysis<'_>) {
    for run in analysis.trace.runs() {
        let is_call = run.is_model() && !run.links.has_model_inside;
        let Some(gaps) = run.chunk_gaps().filter(|_| is_call && run.chunks.len() >= CHUNKS) else {
            continue;
        };
        let is_long = gaps.largest >= gaps.median.saturating_mul(TIMES);
        if gaps.largest < analysis.options.stall || !is_long || !analysis.matters(gaps.largest, run)
        {
            continue;
        }
        let since_start = gaps.largest_at.saturating_sub(run.start);
        let finding = Finding::new(FindingCode::StalledStream, FindingLevel::Warning, [run]);
        analysis.findings.push(
            finding
                .title(format!("The stream of `{}` paused for {}", run.name, time(gaps.largest)))
                .text(format!(
                    "The pause started {} after the start of the run. The median gap between two \
                     chunks is {}.",
                    time(since_start),
                    time(gaps.median),
                ))
                .advice(
                    "If it happens often, set an idle time limit together with a retry or a \
                     fallback, and report the request ID to the provider.",
                )
                .cost(gaps.largest),
        );
    }
}
