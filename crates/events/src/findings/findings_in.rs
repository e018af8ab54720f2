//! The findings of a part of a trace.

use std::collections::HashSet;

use super::finding::Finding;
use crate::{Trace, TraceRun};

impl Trace {
    /// Returns the findings about a run, about the runs inside it, and about the whole trace.
    pub(crate) fn findings_in(&self, run: &TraceRun) -> Vec<Finding> {
        let inside: HashSet<usize> = self.subtree(run).map(TraceRun::number).collect();
        let mut findings = self.findings();
        findings.retain(|finding| {
            finding.runs.is_empty() || finding.runs.iter().any(|run| inside.contains(&run.number))
        });
        findings
    }
}
