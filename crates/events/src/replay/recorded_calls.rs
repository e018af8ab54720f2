//! [`RecordedCalls`]: the calls of a recording, and whether they were served.

use std::{
    collections::{HashMap, HashSet},
    fmt, iter,
};

use runnable_core::{Error, ErrorKind, Result};
use serde_json::Value;

use super::{
    mismatch::Reason,
    recorded_call::{RecordedCall, RecordedResult},
    site::{Root, Site},
};
use crate::{Recording, ValueDiff, diff::RecordedRun};

/// The largest number of names in an error message.
const NAMES: usize = 10;

/// The kinds of runs that use services, and therefore request an answer from an interceptor.
const KINDS: [&str; 5] = ["chat_model", "llm", "embedding", "tool", "retriever"];

type Normalize = Box<dyn Fn(&mut Value) + Send + Sync>;

/// The calls of a recording, by their places in the chain.
pub(super) struct RecordedCalls {
    sites: HashMap<Site, Vec<RecordedCall>>,
    /// The runs of the recording, in the order of their starts.
    runs: Vec<RunLine>,
    /// The first run whose calls are made, together with all later calls. `None` if all calls are
    /// served.
    live_from: Option<usize>,
    /// The kinds of runs that are served.
    kinds: Vec<String>,
    /// Whether the step makes a call that the recording cannot answer.
    makes_unknown_calls: bool,
    normalize: Option<Normalize>,
}

/// A run of the recording.
struct RunLine {
    path: Vec<String>,
    parent: Option<usize>,
}

/// How to proceed with a call.
pub(super) enum Decision<'a> {
    Serve(&'a RecordedCall),
    /// The step makes the call.
    Live,
    Refuse(Reason),
}

impl RecordedCalls {
    pub(super) fn of(recording: &Recording) -> Self {
        let runs = RecordedRun::all(recording.events());
        let mut sites: HashMap<Site, Vec<RecordedCall>> = HashMap::new();
        for (index, run) in runs.iter().enumerate() {
            if !KINDS.contains(&&*run.event.kind) {
                continue;
            }
            if let Some((site, call)) = RecordedCall::of(&runs, index) {
                sites.entry(site).or_default().push(call);
            }
        }
        let line = |run: &RecordedRun<'_>| RunLine { path: run.path(), parent: run.parent };
        Self {
            sites,
            runs: runs.iter().map(line).collect(),
            live_from: None,
            kinds: KINDS.map(str::to_owned).to_vec(),
            makes_unknown_calls: false,
            normalize: None,
        }
    }

    pub(super) fn set_kinds(&mut self, kinds: Vec<String>) {
        self.kinds = kinds;
    }

    pub(super) fn make_unknown_calls(&mut self) {
        self.makes_unknown_calls = true;
    }

    /// Sets a function that changes the inputs before they are compared.
    pub(super) fn set_normalize(&mut self, normalize: Normalize) {
        for call in self.sites.values_mut().flatten() {
            call.input.iter_mut().for_each(&normalize);
        }
        self.normalize = Some(normalize);
    }

    /// Makes all calls that started with or after the first run that has this name or path.
    pub(super) fn set_live_from(&mut self, step: &str) -> Result<()> {
        let is_step = |run: &RunLine| {
            run.path.last().is_some_and(|name| name == step) || run.path.join(" > ") == step
        };
        let found = self.runs.iter().position(is_step);
        self.live_from = Some(found.ok_or_else(|| self.unknown_step(step))?);
        Ok(())
    }

    fn unknown_step(&self, step: &str) -> Error {
        let mut names = Vec::new();
        for name in self.runs.iter().filter_map(|run| run.path.last()) {
            let name = format!("`{name}`");
            if names.len() < NAMES && !names.contains(&name) {
                names.push(name);
            }
        }
        let message = match &names[..] {
            [] => format!("unknown step `{step}`: the recording has no runs"),
            names => format!("unknown step `{step}`: expected one of {}", names.join(", ")),
        };
        Error::new(ErrorKind::InvalidInput, message)
    }

    /// Finds the recorded call for an input, and marks it as served.
    ///
    /// Of the calls at the same place, a call with the same input has priority, and among these a
    /// call in the same item of a batch. Equal calls are served in the order in which they were
    /// recorded.
    pub(super) fn decide(
        &mut self,
        (root, site): (&Root, &Site),
        kind: &str,
        mut input: Value,
    ) -> Decision<'_> {
        if !self.kinds.iter().any(|known| known == kind) {
            return Decision::Live;
        }
        if let Some(normalize) = &self.normalize {
            normalize(&mut input);
        }
        let (live_from, runs) = (self.live_from, &self.runs);
        let is_live = |call: &RecordedCall| {
            live_from.is_some_and(|from| call.run >= from || encloses(runs, call.run, from))
        };
        let makes_unknown_calls = self.makes_unknown_calls;
        let refuse = |reason| {
            if makes_unknown_calls { Decision::Live } else { Decision::Refuse(reason) }
        };
        let calls = self.sites.get_mut(site).map_or(&mut [][..], Vec::as_mut_slice);
        let served = calls.iter().filter(|call| call.is_served).count();
        let open =
            || calls.iter().enumerate().filter(|(_, call)| !call.is_served && !is_live(call));
        let alike = || open().filter(|(_, call)| call.input.as_ref().is_none_or(|i| *i == input));
        let found = alike().find(|(_, call)| call.root == *root).or_else(|| alike().next());
        let Some(index) = found.map(|(index, _)| index) else {
            let expected = open().find(|(_, call)| call.root == *root).or_else(|| open().next());
            let diff =
                expected.and_then(|(_, call)| ValueDiff::between(call.input.as_ref()?, &input));
            return match diff {
                Some(diff) => refuse(Reason::Input(diff)),
                None if live_from.is_some() => Decision::Live,
                None => refuse(Reason::Unexpected { served }),
            };
        };
        let Some(call) = calls.get_mut(index) else { return Decision::Live };
        call.is_served = true;
        match call.result {
            RecordedResult::Missing => refuse(Reason::NoOutput),
            RecordedResult::Cancelled if makes_unknown_calls => Decision::Live,
            _ => Decision::Serve(call),
        }
    }

    /// Returns the paths of the recorded calls that were not served. Calls inside a call that was
    /// served, such as the model inside a tool, do not count.
    pub(super) fn unused(&self) -> Vec<String> {
        let calls = || self.sites.values().flatten();
        let served: HashSet<_> =
            calls().filter(|call| call.is_served).map(|call| call.run).collect();
        let is_live = |run: usize| {
            self.live_from.is_some_and(|from| run >= from || encloses(&self.runs, run, from))
        };
        let mut unused: Vec<_> = calls()
            .filter(|call| !call.is_served && !is_live(call.run))
            .filter(|call| !ancestors(&self.runs, call.run).any(|run| served.contains(&run)))
            .map(|call| call.run)
            .collect();
        unused.sort_unstable();
        unused.into_iter().filter_map(|run| Some(self.runs.get(run)?.path.join(" > "))).collect()
    }
}

/// Returns whether a run of a recording encloses another run.
fn encloses(runs: &[RunLine], outer: usize, inner: usize) -> bool {
    ancestors(runs, inner).any(|run| run == outer)
}

/// Returns the runs that enclose a run, innermost first.
fn ancestors(runs: &[RunLine], run: usize) -> impl Iterator<Item = usize> {
    let parent = |run: usize| runs.get(run).and_then(|run| run.parent);
    iter::successors(parent(run), move |run| parent(*run))
}

impl fmt::Debug for RecordedCalls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let calls: usize = self.sites.values().map(Vec::len).sum();
        f.debug_struct("RecordedCalls").field("calls", &calls).finish_non_exhaustive()
    }
}
