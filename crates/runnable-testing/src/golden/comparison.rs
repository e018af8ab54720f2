//! Compares a trace with a golden trace.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    alignment::{Aligned, align},
    neutral,
    run::{Moment, Run},
    trace::Trace,
};

/// A golden trace, a trace of this implementation, and the matches between their runs.
pub(super) struct Comparison {
    golden: Trace,
    ours: Trace,
    /// Whether the recorded call has event filters. The first event of the golden trace then
    /// contains the input of the call, even if the event belongs to another run.
    pub(super) filtered: bool,
    /// Whether to accept retries that the golden trace does not contain.
    pub(super) retrying: bool,
    /// The names of runs that may have chunk events even if the golden trace has no chunk events
    /// for them.
    pub(super) streaming: BTreeSet<String>,
    /// The index of the matching run in `ours`, for every run of `golden`.
    matched: Vec<Option<usize>>,
}

impl Comparison {
    pub(super) fn new(golden: Trace, ours: Trace) -> Self {
        let matched = vec![None; golden.runs.len()];
        let streaming = BTreeSet::new();
        Self { golden, ours, filtered: false, retrying: false, streaming, matched }
    }

    /// Returns all differences, one line each.
    pub(super) fn differences(mut self) -> Vec<String> {
        self.match_runs();
        let mut found = Vec::new();
        for (golden, ours) in self.matched.iter().enumerate() {
            match *ours {
                Some(ours) => {
                    found.extend(self.run(golden, ours));
                    found.extend(self.late_end(golden, ours));
                    found.extend(self.causes(golden, ours));
                }
                None => found.push(format!("{}: missing run", self.golden.runs[golden])),
            }
        }
        let matched: BTreeSet<_> = self.matched.iter().flatten().collect();
        for (index, run) in self.ours.runs.iter().enumerate() {
            if !matched.contains(&index) && !self.is_attempt(run) {
                found.push(format!("{run}: unexpected run"));
            }
            found.extend(self.nesting(run));
        }
        found
    }

    /// Matches the runs by name, tags and parents, and then the remaining runs by name and parents
    /// only. The second step ensures that a run with a wrong tag is reported as a wrong tag, and
    /// not as a missing run.
    fn match_runs(&mut self) {
        for by_tags in [true, false] {
            for golden in 0..self.golden.runs.len() {
                if self.matched[golden].is_none() {
                    self.matched[golden] = self.counterpart(golden, by_tags);
                }
            }
        }
    }

    /// Returns the index in `ours` of the best match for a golden run. It prefers candidates whose
    /// parent matches, and among them the candidate with the fewest differences.
    fn counterpart(&self, golden: usize, by_tags: bool) -> Option<usize> {
        let golden_run = &self.golden.runs[golden];
        let parent = golden_run.parent.and_then(|parent| self.matched[parent]);
        let is_free = |index: usize| !self.matched.contains(&Some(index));
        let is_same = |run: &Run| {
            run.name == golden_run.name
                && run.path == golden_run.path
                && (!by_tags || run.tags == golden_run.tags)
        };
        let runs = self.ours.runs.iter().enumerate();
        runs.filter(|(index, run)| is_free(*index) && is_same(run) && !self.is_attempt(run))
            .min_by_key(|(index, run)| (run.parent != parent, self.run(golden, *index).len()))
            .map(|(index, _)| index)
    }

    /// Returns `true` if a run of this implementation is an attempt of a step with retries, and
    /// such attempts are accepted.
    fn is_attempt(&self, run: &Run) -> bool {
        let parent = run.parent.map(|parent| &self.ours.runs[parent]);
        self.retrying && parent.is_some_and(|parent| parent.name == run.name)
    }

    /// Returns `true` if a golden run has no chunk events, but the matching run of this
    /// implementation may have chunk events.
    fn streams_in_ours(&self, gold: &Run) -> bool {
        gold.chunks().next().is_none() && self.streaming.contains(&gold.name)
    }

    /// Checks when a run without chunk events ends. Returns a difference if the run ends after the
    /// first chunk of its parent, but before this chunk in the golden trace.
    fn late_end(&self, golden: usize, ours: usize) -> Option<String> {
        let (gold, run) = (&self.golden.runs[golden], &self.ours.runs[ours]);
        let is_plain = |run: &Run| run.key().is_none() && run.chunks().next().is_none();
        let before = |trace: &Trace, run: &Run| {
            let end = run.end().filter(|end| end.is_end())?.at;
            Some(end < trace.runs[run.parent?].chunks().next()?.at)
        };
        let is_late = is_plain(gold)
            && is_plain(run)
            && before(&self.golden, gold) == Some(true)
            && before(&self.ours, run) == Some(false);
        is_late.then(|| format!("{run}: expected the end before the first chunk of its parent"))
    }

    /// Compares the events of two runs. The events of their child runs are not included.
    fn run(&self, golden: usize, ours: usize) -> Vec<String> {
        let (gold, run) = (&self.golden.runs[golden], &self.ours.runs[ours]);
        let mut found = Vec::new();
        let mut moments = &run.moments[..];
        if gold.end().is_none() {
            match moments.split_last() {
                _ if self.retrying => moments = &moments[..moments.len().min(gold.moments.len())],
                Some((last, rest)) if last.is_failure() => moments = rest,
                _ => found.push(format!("{gold}: expected an error or a cancellation")),
            }
        }
        let differences =
            |g: usize, o: usize| self.moment(golden, &gold.moments[g], run, &moments[o]);
        let alike = |g: usize, o: usize| match gold.moments[g].event == moments[o].event {
            false => 0,
            true if differences(g, o).is_empty() => 3,
            true => 2,
        };
        for aligned in align(gold.moments.len(), moments.len(), alike) {
            found.extend(match aligned {
                Aligned::Both(g, o) => differences(g, o),
                Aligned::Golden(g) => vec![format!("{gold}: missing {}", gold.moments[g])],
                Aligned::Ours(o) if moments[o].is_chunk() && self.streams_in_ours(gold) => vec![],
                Aligned::Ours(o) => vec![format!("{gold}: unexpected {}", moments[o])],
            });
        }
        found
    }

    /// Compares two events with the same name.
    fn moment(&self, golden_run: usize, gold: &Moment, run: &Run, ours: &Moment) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |field: &str, golden: Option<Value>, ours: Option<Value>| {
            if golden != ours {
                let text =
                    |value: Option<Value>| value.map_or("none".into(), |value| value.to_string());
                let (golden, ours) = (text(golden), text(ours));
                let (run, event) = (&self.golden.runs[golden_run], &gold.event);
                found.push(format!("{run}: {event}: {field}: expected {golden}, found {ours}"));
            }
        };
        compare("tags", Some(json!(gold.tags)), Some(json!(ours.tags)));
        compare("metadata", Some(gold.metadata.clone().into()), Some(ours.metadata.clone().into()));
        let keys: BTreeSet<&String> = [&gold.data, &ours.data]
            .into_iter()
            .flat_map(|data| data.as_object().into_iter().flat_map(serde_json::Map::keys))
            .collect();
        for key in keys.into_iter().filter(|key| *key != "input") {
            let golden = gold.data.get(key);
            let ours = ours.data.get(key);
            if key == "error" && gold.is_failure() {
                let message = |error: Option<&Value>| error.map(|error| error["message"].clone());
                compare("error", message(golden), message(ours));
                continue;
            }
            let ours = ours.map(|ours| neutral::like(golden.unwrap_or(&Value::Null), ours));
            compare(key, golden.cloned(), ours);
        }
        if let Some((golden, ours)) = self.inputs(golden_run, gold, run, ours) {
            compare("input", golden, ours);
        }
        found
    }

    /// Returns the inputs of a golden event and of the matching event, in this order, if the two
    /// inputs must be equal.
    fn inputs(
        &self,
        golden: usize,
        gold: &Moment,
        run: &Run,
        ours: &Moment,
    ) -> Option<(Option<Value>, Option<Value>)> {
        let gold_run = &self.golden.runs[golden];
        let is_root = gold_run.path.is_empty();
        if self.filtered && golden == 0 && !is_root {
            return None;
        }
        let mut expected = gold.data.get("input");
        let mut input = ours.data.get("input");
        if gold.event.ends_with("_start") && expected.is_none() {
            // In the golden trace, the end event contains the input instead, so compare with the
            // end event.
            input?;
            expected = Some(gold_run.end()?.data.get("input")?);
        }
        // The golden trace repeats the input in the end event of every run except the root run, and
        // in the error event of a tool.
        if (gold.is_end() && !is_root) || gold.is_failure() {
            input = input.or_else(|| run.start()?.data.get("input"));
        }
        let input = input.map(|input| neutral::like_input(expected.unwrap_or(&Value::Null), input));
        Some((expected.cloned(), input))
    }

    /// Returns differences for chunks of a run that precede the child chunk from which they are
    /// made.
    fn causes(&self, golden: usize, ours: usize) -> Vec<String> {
        let mut found = Vec::new();
        for child in self.golden.children(golden) {
            let Some(counterpart) = self.matched[child] else { continue };
            let (parent, child) = (&self.golden.runs[golden], &self.golden.runs[child]);
            let (our_parent, our_child) = (&self.ours.runs[ours], &self.ours.runs[counterpart]);
            for (cause, effect) in parent.made_of(child) {
                let cause = our_child.chunks().nth(cause);
                let effect = our_parent.chunks().nth(effect);
                if let (Some(cause), Some(effect)) = (cause, effect)
                    && cause.at > effect.at
                {
                    found.push(format!("{our_parent}: {effect} precedes the chunk of {our_child}"));
                }
            }
        }
        found
    }

    /// Returns a difference for each event of a run before the start or after the end of its
    /// parent.
    fn nesting(&self, run: &Run) -> Vec<String> {
        let Some(parent) = run.parent.map(|parent| &self.ours.runs[parent]) else {
            return Vec::new();
        };
        let start = parent.start().map_or(0, |start| start.at);
        let end = parent.end().map_or(usize::MAX, |end| end.at);
        let outside = run.moments.iter().filter(|moment| moment.at < start || moment.at > end);
        outside.map(|moment| format!("{run}: {moment} is outside of its parent")).collect()
    }
}
