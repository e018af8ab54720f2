//! The progress of a job as a line of text.

use std::time::Duration;

use crate::state::{JobProgress, JobState, Rounded};

/// Returns everything about the progress, except for the bar.
pub(super) fn counts(progress: &JobProgress) -> String {
    let finished = progress.finished();
    let mut parts = Vec::new();
    parts.push(match progress.total {
        Some(total) => format!("{finished}/{total}"),
        None => format!("{finished} items"),
    });
    if let Some(percent) = percent(progress) {
        parts.push(format!("{percent}%"));
    }
    if progress.failed > 0 {
        parts.push(format!("{} failed", progress.failed));
    }
    if progress.in_flight > 0 {
        parts.push(format!("{} in flight", progress.in_flight));
    }
    if progress.per_second > 0.0 {
        parts.push(rate(progress.per_second));
    }
    let total = progress.usage.total();
    if total.usage.total_tokens > 0 {
        parts.push(format!("{} tokens", count(total.usage.total_tokens)));
    }
    if total.calls > 0 {
        parts.push(total.cost.to_string());
    }
    match (progress.state, progress.time_left) {
        (JobState::Paused, _) => parts.push("paused".to_owned()),
        (JobState::Stopping, _) => parts.push("stopping".to_owned()),
        (JobState::Exporting, _) => parts.push("writing the outputs".to_owned()),
        (_, Some(left)) => parts.push(format!("{} left", time(left))),
        _ => {}
    }
    parts.join(" · ")
}

fn percent(progress: &JobProgress) -> Option<u64> {
    let total = progress.total.filter(|total| *total > 0)?;
    Some((progress.finished() * 100 / total).min(100))
}

/// Returns a rate with three digits, per second or, if it is slow, per minute.
fn rate(per_second: f64) -> String {
    if per_second >= 100.0 {
        format!("{per_second:.0}/s")
    } else if per_second >= 1.0 {
        format!("{per_second:.1}/s")
    } else {
        format!("{:.1}/min", per_second * 60.0)
    }
}

/// Returns a number with three digits.
#[expect(clippy::cast_precision_loss, reason = "three digits are printed")]
fn count(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        1_000..1_000_000 => format!("{:.1}k", number as f64 / 1e3),
        _ => format!("{:.1}M", number as f64 / 1e6),
    }
}

/// Returns a duration in its two largest units.
fn time(duration: Duration) -> String {
    let hours = duration.as_secs() / 3_600;
    match (hours / 24, hours % 24) {
        (0, _) => Rounded(duration).to_string(),
        (days, hours) => format!("{days}d{hours:02}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_contains_what_is_known() {
        let mut progress = JobProgress { done: 118, failed: 2, ..JobProgress::default() };
        assert_eq!(counts(&progress), "120 items · 2 failed");

        progress.total = Some(1_000);
        progress.in_flight = 64;
        progress.per_second = 8.0;
        progress.time_left = Some(Duration::from_secs(110));
        assert_eq!(
            counts(&progress),
            "120/1000 · 12% · 2 failed · 64 in flight · 8.0/s · 1m50s left"
        );

        progress.state = JobState::Stopping;
        progress.per_second = 0.05;
        assert_eq!(
            counts(&progress),
            "120/1000 · 12% · 2 failed · 64 in flight · 3.0/min · stopping"
        );
    }

    #[test]
    fn a_job_without_items_has_no_percentage() {
        let progress = JobProgress { total: Some(0), ..JobProgress::default() };
        assert_eq!(counts(&progress), "0/0");
    }

    #[test]
    fn times_have_two_units() {
        let shown = [59, 61, 3_700, 90_000].map(|seconds| time(Duration::from_secs(seconds)));
        assert_eq!(shown, ["59s", "1m01s", "1h01m", "1d01h"]);
    }
}
