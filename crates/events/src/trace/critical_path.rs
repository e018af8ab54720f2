//! The critical path: the runs for which a result has waited.

use std::time::Duration;

use super::{run::TraceRun, trace::Trace};

/// A period in which a result has waited for one run.
///
/// Returned by [`Trace::critical_path`].
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct PathSegment<'a> {
    /// The run that was working. The runs inside it were not working at this time.
    pub run: &'a TraceRun,
    /// The start of the segment, since the start of the trace.
    pub from: Duration,
    /// The end of the segment, since the start of the trace.
    pub to: Duration,
}

impl PathSegment<'_> {
    /// Returns the length of the segment.
    ///
    /// ```
    /// use std::time::Duration;
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn time_of_models(trace: &Trace, run: &TraceRun) -> Duration {
    ///     let path = trace.critical_path(run);
    ///     path.iter().filter(|part| part.run.is_model()).map(|part| part.duration()).sum()
    /// }
    /// ```
    pub fn duration(&self) -> Duration {
        self.to.saturating_sub(self.from)
    }
}

impl Trace {
    /// Returns the critical path to the end of a run of this trace.
    ///
    /// The critical path contains, for each moment of the run, the run for which its output has
    /// waited.
    ///
    /// The segments are in the order of time, and cover the time from the start to the end of the
    /// run without gaps. Of several runs that work at the same time, the path contains the run that
    /// ended last. In a streamed sequence, a step waits for the step before it. For an unfinished
    /// run, the path leads to its last event.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn covers_the_run(trace: &Trace, run: &TraceRun) {
    ///     let path = trace.critical_path(run);
    ///     let sum = path.iter().map(|part| part.duration()).sum();
    ///     assert_eq!(run.duration(), Some(sum));
    /// }
    /// ```
    pub fn critical_path<'a>(&'a self, run: &'a TraceRun) -> Vec<PathSegment<'a>> {
        self.path_until(run, run.last_time())
    }

    /// Returns the critical path to the first chunk of a run of this trace. Empty if the run has
    /// not produced a chunk.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn first_chunk_waits_for(trace: &Trace, run: &TraceRun) -> Option<String> {
    ///     let path = trace.critical_path_to_first_chunk(run);
    ///     let longest = path.iter().max_by_key(|part| part.duration())?;
    ///     Some(longest.run.name.to_string())
    /// }
    /// ```
    pub fn critical_path_to_first_chunk<'a>(&'a self, run: &'a TraceRun) -> Vec<PathSegment<'a>> {
        run.first_chunk.map_or_else(Vec::new, |first| self.path_until(run, first))
    }

    /// Returns the path to the output that a run had produced at a time.
    ///
    /// It goes backwards in time. A run is entered at the time of the output on which the rest of
    /// the path depends, and left at its start. A list takes the place of recursion, because trees
    /// can be deep.
    fn path_until<'a>(&'a self, run: &'a TraceRun, until: Duration) -> Vec<PathSegment<'a>> {
        let mut path = Vec::new();
        let mut visits = vec![Visit::new(self, run, run.start, until)];
        while let Some(visit) = visits.last_mut() {
            let run = visit.run;
            match visit.next_child(self) {
                Some((child, from, to)) => {
                    path.push(PathSegment { run, from: to, to: visit.at });
                    visit.at = from;
                    visits.push(Visit::new(self, child, from, to));
                }
                None => {
                    path.push(PathSegment { run, from: visit.from, to: visit.at });
                    visits.pop();
                }
            }
        }
        path.retain(|segment| segment.from < segment.to);
        path.reverse();
        path
    }
}

/// A run on the path, while the path goes back through its children.
struct Visit<'a> {
    run: &'a TraceRun,
    /// The time at which the path leaves the run.
    from: Duration,
    /// The path from this time on is known.
    at: Duration,
    /// The child that produced the output of the run, and the time of this output.
    forced: Option<(&'a TraceRun, Duration)>,
    /// The children that ended before the run was left, by their end. The last is the next.
    ended: Vec<&'a TraceRun>,
}

impl<'a> Visit<'a> {
    fn new(trace: &'a Trace, run: &'a TraceRun, from: Duration, at: Duration) -> Self {
        let mut ended: Vec<_> = trace.children(run).filter(|child| child.start < at).collect();
        // Of the children that still work, the last in the sequence has produced the output.
        let working = ended.iter().filter(|child| child.last_time() > at);
        let outputs = working.filter_map(|child| Some((*child, output_before(child, at)?)));
        let forced = outputs.max_by_key(|(child, output)| (*output, child.sequence_step()));
        ended.retain(|child| child.last_time() <= at);
        ended.sort_by_key(|child| (child.last_time(), child.sequence_step(), child.number()));
        Self { run, from, at, forced, ended }
    }

    /// Returns the child that the run has waited for, and from when to when.
    fn next_child(&mut self, trace: &'a Trace) -> Option<(&'a TraceRun, Duration, Duration)> {
        let (child, to) = match self.forced.take() {
            Some((child, output)) => (child, output.min(self.at)),
            None => loop {
                let child = self.ended.pop()?;
                // A child that ended later was working in parallel to the known part of the path.
                if child.last_time() <= self.at {
                    break (child, child.last_time());
                }
            },
        };
        if to <= self.from {
            return None;
        }
        let mut from = child.start.max(self.from).min(to);
        // A step of a streamed sequence has waited for the step before it.
        if let Some(before) = trace.previous_step(child).filter(|before| before.last_time() > from)
            && let Some(output) = output_before(before, to).filter(|output| *output > from)
        {
            from = output;
            self.forced = Some((before, output));
        }
        Some((child, from, to))
    }
}

/// Returns the time at which a run had last produced output before or at a time. If the trace
/// contains no chunks of the run, this is the time itself.
fn output_before(run: &TraceRun, at: Duration) -> Option<Duration> {
    if run.last_time() <= at {
        return Some(run.last_time());
    }
    if run.chunks.is_empty() {
        // Chunks are counted even if they are not recorded.
        return run.first_chunk.filter(|first| *first <= at).map(|_| at);
    }
    let before = run.chunks.partition_point(|chunk| chunk.at <= at);
    Some(run.chunks.get(before.checked_sub(1)?)?.at)
}
