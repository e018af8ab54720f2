//! The text of a [`RecordingDiff`].

use std::fmt;

use super::{recording_diff::RecordingDiff, run_comparison::RunComparison};

/// The number of further differences that are printed.
const FURTHER: usize = 20;

/// Formats the first difference with its details, and then one line for each further difference.
impl fmt::Display for RecordingDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut differences = self.differences();
        let Some((run, first)) = differences.next() else {
            return f.write_str("the recordings contain the same runs");
        };
        write!(f, "the first difference is in {}: {first}", Label(run))?;
        let further: Vec<_> = differences.collect();
        if further.is_empty() {
            return Ok(());
        }
        write!(f, "\n\nfurther differences:")?;
        for (run, difference) in further.iter().take(FURTHER) {
            let text = difference.to_string();
            let line = text.lines().next().unwrap_or_default().trim_end_matches(':');
            write!(f, "\n  {}: {line}", Label(run))?;
        }
        match further.len().checked_sub(FURTHER) {
            Some(more) if more > 0 => write!(f, "\n  … {more} more"),
            _ => Ok(()),
        }
    }
}

/// The path of a run, and its position.
struct Label<'a>(&'a RunComparison);

impl fmt::Display for Label<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.0.path.join(" > "))?;
        match &self.0.position {
            Some(position) => write!(f, " ({position})"),
            None => Ok(()),
        }
    }
}
