//! The results of the changes, as a table.

use std::{collections::BTreeMap, fmt};

use runnable_core::Error;

use crate::mutant::{Kind, Mutant};

#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: BTreeMap<(&'static str, Kind), Row>,
    failures: Vec<String>,
}

#[derive(Debug, Default)]
struct Row {
    read: usize,
    /// The number of refused responses, by the reason.
    refused: BTreeMap<String, usize>,
}

impl Table {
    pub(crate) fn add(&mut self, api: &'static str, kind: Kind, error: Option<&Error>) {
        let row = self.rows.entry((api, kind)).or_default();
        match error {
            None => row.read += 1,
            Some(error) => {
                let reason = error.message();
                let reason = reason.split(':').next().unwrap_or_default();
                *row.refused.entry(reason.to_owned()).or_default() += 1;
            }
        }
    }

    pub(crate) fn add_failure(&mut self, api: &str, mutant: &Mutant, what: &str) {
        self.failures.push(format!("{api}: {}: {what}", mutant.what));
    }

    pub(crate) fn failures(&self) -> &[String] {
        &self.failures
    }

    pub(crate) fn mutations(&self) -> usize {
        self.rows.values().map(Row::count).sum()
    }
}

impl Row {
    fn count(&self) -> usize {
        self.read + self.refused.values().sum::<usize>()
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{:26} {:10} {:>9} {:>6}  refused", "answer", "change", "mutations", "read")?;
        for ((api, kind), row) in &self.rows {
            let refused: Vec<_> =
                row.refused.iter().map(|(reason, count)| format!("{count}: {reason}")).collect();
            let (kind, count) = (format!("{kind:?}"), row.count());
            writeln!(f, "{api:26} {kind:10} {count:>9} {:>6}  {}", row.read, refused.join("; "))?;
        }
        writeln!(f, "{} mutations", self.mutations())
    }
}
