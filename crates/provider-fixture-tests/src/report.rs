//! The results of the cases.

use std::{collections::BTreeMap, fmt};

use crate::{Difference, deviation::Deviation};

/// The results of the cases.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The name and the differences of each failed case.
    pub failures: Vec<(String, Vec<Difference>)>,
    /// The name, the differences and the reason of each argued deviation.
    deviations: Vec<(String, Vec<Difference>, &'static str)>,
    counts: BTreeMap<String, Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Report {
    /// Adds the result of a case: its differences, or `None` if the case was skipped.
    pub fn add(&mut self, name: &str, differences: Option<Vec<Difference>>) {
        let api = name.rsplit_once('/').map_or(name, |(api, _)| api);
        let counts = self.counts.entry(api.to_owned()).or_default();
        let Some(differences) = differences else {
            counts.skipped += 1;
            return;
        };
        if differences.is_empty() {
            counts.passed += 1;
        } else if let Some(known) = Deviation::of(name, &differences) {
            self.deviations.push((name.to_owned(), differences, known.reason));
        } else {
            counts.failed += 1;
            self.failures.push((name.to_owned(), differences));
        }
    }

    /// Returns whether no case failed. An argued deviation is not a failure.
    pub fn is_success(&self) -> bool {
        self.failures.is_empty()
    }
}

/// Formats a line for each failure and each argued deviation, a table with a row for each API, and
/// the totals.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut failures: Vec<_> = self.failures.iter().collect();
        failures.sort_by_key(|(name, _)| name);
        for (name, differences) in failures {
            writeln!(f, "FAILED {name}")?;
            for difference in differences {
                writeln!(f, "    {difference}")?;
            }
        }
        for (name, differences, reason) in &self.deviations {
            writeln!(f, "argued deviation: {name}: {reason}")?;
            for difference in differences {
                writeln!(f, "    {difference}")?;
            }
        }
        let width = self.counts.keys().map(String::len).max().unwrap_or(0);
        writeln!(f, "\n{:width$}  passed  failed  skipped", "api")?;
        let mut sum = Counts::default();
        for (api, Counts { passed, failed, skipped }) in &self.counts {
            writeln!(f, "{api:width$}  {passed:>6}  {failed:>6}  {skipped:>7}")?;
            sum.passed += passed;
            sum.failed += failed;
            sum.skipped += skipped;
        }
        let Counts { passed, failed, skipped } = sum;
        if !self.deviations.is_empty() {
            write!(
                f,
                "\n{} argued deviation(s), neither passed nor failed",
                self.deviations.len()
            )?;
        }
        writeln!(f, "\n{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argued_deviation_is_printed_and_is_not_a_failure() {
        let case = "anthropic/messages/stream_spliced_message_start";
        let differences = ["blocks", "tool_calls", "invalid_tool_calls"]
            .map(|field| Difference::text(field, "", ""));
        let mut report = Report::default();
        report.add(case, Some(differences.to_vec()));
        report.add("anthropic/messages/plain", Some(Vec::new()));

        assert!(report.is_success());
        let shown = report.to_string();
        assert!(shown.contains(&format!("argued deviation: {case}: a gateway started")), "{shown}");
        assert!(shown.ends_with("\n1 passed, 0 failed, 0 skipped\n"), "{shown}");

        report.add("anthropic/messages/other", Some(differences[..1].to_vec()));
        assert!(!report.is_success());
    }
}
