//! The comparison of a trace with a golden one.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{
    alignment::{Aligned, align},
    neutral,
    run::{Moment, Run},
    trace::Trace,
};

/// Two traces, and which run of one stands for which of the other.
pub(super) struct Comparison {
    golden: Trace,
    ours: Trace,
    /// The case has filters, so the golden trace has the input of the call in its first event.
    pub(super) filtered: bool,
    /// The golden trace gave up where ours tried again.
    pub(super) retrying: bool,
    /// The names of runs that have chunk events in ours alone.
    pub(super) streaming: BTreeSet<String>,
    /// For every golden run, that of ours which stands for it.
    matched: Vec<Option<usize>>,
}

impl Comparison {
    pub(super) fn new(golden: Trace, ours: Trace) -> Self {
        let matched = vec![None; golden.runs.len()];
        let streaming = BTreeSet::new();
        Self { golden, ours, filtered: false, retrying: false, streaming, matched }
    }

    /// All differences, a line each.
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
                None => found.push(format!("{}: no such run", self.golden.runs[golden])),
            }
        }
        let matched: BTreeSet<_> = self.matched.iter().flatten().collect();
        for (index, run) in self.ours.runs.iter().enumerate() {
            if !matched.contains(&index) && !self.is_attempt(run) {
                found.push(format!("{run}: a run that is not in gold"));
            }
            found.extend(self.nesting(run));
        }
        found
    }

    /// First by name, tags and parents; then without the tags, so that a wrong tag is told as such.
    fn match_runs(&mut self) {
        for by_tags in [true, false] {
            for golden in 0..self.golden.runs.len() {
                if self.matched[golden].is_none() {
                    self.matched[golden] = self.counterpart(golden, by_tags);
                }
            }
        }
    }

    /// Of several runs that could stand for a golden one, that whose parent stands for its parent,
    /// and whose events are the most alike.
    fn counterpart(&self, golden: usize, by_tags: bool) -> Option<usize> {
        let wanted = &self.golden.runs[golden];
        let parent = wanted.parent.and_then(|parent| self.matched[parent]);
        let is_free = |index: usize| !self.matched.contains(&Some(index));
        let is_same = |run: &Run| {
            run.name == wanted.name
                && run.path == wanted.path
                && (!by_tags || run.tags == wanted.tags)
        };
        let runs = self.ours.runs.iter().enumerate();
        runs.filter(|(index, run)| is_free(*index) && is_same(run) && !self.is_attempt(run))
            .min_by_key(|(index, run)| (run.parent != parent, self.run(golden, *index).len()))
            .map(|(index, _)| index)
    }

    /// Whether a run is an attempt inside a run that tries again.
    fn is_attempt(&self, run: &Run) -> bool {
        let parent = run.parent.map(|parent| &self.ours.runs[parent]);
        self.retrying && parent.is_some_and(|parent| parent.name == run.name)
    }

    /// Whether a run has no chunk events in the golden trace, and may have some in ours.
    fn streams_in_ours(&self, gold: &Run) -> bool {
        gold.chunks().next().is_none() && self.streaming.contains(&gold.name)
    }

    /// Finds a run without chunk events that ends after the first chunk of the run around it, where
    /// in the golden trace it ends before.
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
        is_late.then(|| format!("{run}: ends after a chunk of its parent, before it in gold"))
    }

    /// Compares the own events of two runs.
    fn run(&self, golden: usize, ours: usize) -> Vec<String> {
        let (gold, run) = (&self.golden.runs[golden], &self.ours.runs[ours]);
        let mut found = Vec::new();
        let mut moments = &run.moments[..];
        if gold.end().is_none() {
            match moments.split_last() {
                _ if self.retrying => moments = &moments[..moments.len().min(gold.moments.len())],
                Some((last, rest)) if last.is_failure() => moments = rest,
                _ => found.push(format!("{gold}: fails in gold, not in ours")),
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
                Aligned::Golden(g) => vec![format!("{gold}: no {}", gold.moments[g])],
                Aligned::Ours(o) if moments[o].is_chunk() && self.streams_in_ours(gold) => vec![],
                Aligned::Ours(o) => vec![format!("{gold}: {}, not in gold", moments[o])],
            });
        }
        found
    }

    /// Compares two events of the same name.
    fn moment(&self, golden_run: usize, gold: &Moment, run: &Run, ours: &Moment) -> Vec<String> {
        let mut found = Vec::new();
        let mut compare = |what: &str, golden: Option<Value>, ours: Option<Value>| {
            if golden != ours {
                let word = |value: Option<Value>| value.map_or("none".into(), |it| it.to_string());
                let (golden, ours) = (word(golden), word(ours));
                let (run, event) = (&self.golden.runs[golden_run], &gold.event);
                found.push(format!("{run}: {event}: {what} {golden} in gold, {ours} in ours"));
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

    /// The inputs in two events, if they are to be the same.
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
            // One that ours has at the start already is the one that gold has at the end.
            input?;
            expected = Some(gold_run.end()?.data.get("input")?);
        }
        // The golden trace says an input again at the end, unless it is that of the call; and always
        // where a tool failed.
        if (gold.is_end() && !is_root) || gold.is_failure() {
            input = input.or_else(|| run.start()?.data.get("input"));
        }
        let input = input.map(|it| neutral::like_input(expected.unwrap_or(&Value::Null), it));
        Some((expected.cloned(), input))
    }

    /// Finds chunks of a run that come before the chunks of its children which they are made of.
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
                    found.push(format!("{our_parent}: {effect} before that of {our_child}"));
                }
            }
        }
        found
    }

    /// Finds events of a run that are outside of the run around it.
    fn nesting(&self, run: &Run) -> Vec<String> {
        let Some(parent) = run.parent.map(|parent| &self.ours.runs[parent]) else {
            return Vec::new();
        };
        let start = parent.start().map_or(0, |start| start.at);
        let end = parent.end().map_or(usize::MAX, |end| end.at);
        let outside = run.moments.iter().filter(|moment| moment.at < start || moment.at > end);
        outside.map(|moment| format!("{run}: {moment} outside of its parent")).collect()
    }
}
