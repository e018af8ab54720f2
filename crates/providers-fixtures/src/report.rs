//! What became of the cases.

use std::{collections::BTreeMap, fmt};

use crate::{Difference, deviation::Deviation};

/// What became of the cases.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Report {
    /// The cases that failed, with what is wrong.
    pub failures: Vec<(String, Vec<Difference>)>,
    deviations: Vec<(String, &'static str)>,
    counts: BTreeMap<String, Counts>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    passed: usize,
    failed: usize,
    skipped: usize,
}

impl Report {
    /// Adds a case: what differs from what was expected, or `None` if it was skipped.
    pub fn add(&mut self, name: &str, differences: Option<Vec<Difference>>) {
        let api = name.rsplit_once('/').map_or(name, |(api, _)| api);
        let counts = self.counts.entry(api.to_owned()).or_default();
        let Some(differences) = differences else {
            counts.skipped += 1;
            return;
        };
        if let Some(known) = Deviation::of(name, &differences) {
            self.deviations.push((name.to_owned(), known.reason));
        }
        if differences.is_empty() {
            counts.passed += 1;
        } else {
            counts.failed += 1;
            self.failures.push((name.to_owned(), differences));
        }
    }

    /// Whether no case failed but those that do on purpose.
    pub fn is_success(&self) -> bool {
        self.failures.len() == self.deviations.len()
    }
}

/// A line for each failure, a table by provider and API, and the sums.
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
        for (name, reason) in &self.deviations {
            writeln!(f, "failed on purpose: {name}: {reason}")?;
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
        writeln!(f, "\n{passed} passed, {failed} failed, {skipped} skipped")
    }
}
