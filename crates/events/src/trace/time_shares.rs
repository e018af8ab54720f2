//! The own time of a run, and the time of its children.

use std::time::Duration;

use super::{run::TraceRun, trace::Trace};

impl Trace {
    /// Returns for how long at least one child of a run of this trace was working.
    ///
    /// Times in which several children work at the same time count once.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn is_busy_itself(trace: &Trace, run: &TraceRun) -> bool {
    ///     trace.own_time(run) > trace.child_time(run)
    /// }
    /// ```
    pub fn child_time(&self, run: &TraceRun) -> Duration {
        let children = self.children(run).map(|child| (child.start, child.last_time()));
        covered(run, children.collect())
    }

    /// Returns for how long a run of this trace was working while none of its children was.
    ///
    /// In a streamed sequence, a step runs at the same time as the step before it, and mostly waits
    /// for the chunks of that step. The time in which both steps run therefore belongs to the step
    /// before. The time for which a run waits for a retry or a limit is own time of this run.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn slowest(trace: &Trace) -> Option<&TraceRun> {
    ///     trace.runs().iter().max_by_key(|run| trace.own_time(run))
    /// }
    /// # assert!(slowest(&Trace::new()).is_none());
    /// ```
    pub fn own_time(&self, run: &TraceRun) -> Duration {
        let before = self.previous_step(run);
        let others = self.children(run).chain(before);
        let others = others.map(|other| (other.start, other.last_time()));
        let covered = covered(run, others.collect());
        run.last_time().saturating_sub(run.start).saturating_sub(covered)
    }

    /// Returns the step before a run of this trace, if the run is a step of a sequence.
    ///
    /// ```
    /// use runnable_events::{Trace, TraceRun};
    ///
    /// fn is_streamed(trace: &Trace, run: &TraceRun) -> bool {
    ///     trace.previous_step(run).is_some_and(|before| before.last_time() > run.start)
    /// }
    /// ```
    pub fn previous_step(&self, run: &TraceRun) -> Option<&TraceRun> {
        let before = run.sequence_step()?.checked_sub(1).filter(|step| *step > 0)?;
        let siblings = &self.parent(run)?.links.children;
        // The numbers of the children ascend, and the step before is usually the nearest.
        let earlier = siblings.partition_point(|sibling| *sibling < run.links.number);
        let mut siblings = siblings.iter().take(earlier).rev();
        siblings.find_map(|sibling| {
            self.runs.get(*sibling).filter(|sibling| sibling.sequence_step() == Some(before))
        })
    }
}

/// Returns how much of the time of a run is covered by at least one of these intervals.
fn covered(run: &TraceRun, intervals: Vec<(Duration, Duration)>) -> Duration {
    union(intervals, run.start, run.last_time())
}

/// Returns how much of the time between `start` and `end` is covered by at least one interval.
pub(crate) fn union(
    mut intervals: Vec<(Duration, Duration)>,
    start: Duration,
    end: Duration,
) -> Duration {
    intervals.sort_unstable();
    let (mut covered, mut until) = (Duration::ZERO, start);
    for (from, to) in intervals {
        let (from, to) = (from.max(until), to.min(end));
        covered = covered.saturating_add(to.saturating_sub(from));
        until = until.max(to);
    }
    covered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals_that_overlap_count_once() {
        let s = Duration::from_secs;
        let covered = |intervals: &[(u64, u64)]| {
            let intervals = intervals.iter().map(|(from, to)| (s(*from), s(*to))).collect();
            union(intervals, s(10), s(20)).as_secs()
        };
        for (intervals, expected) in [
            (&[][..], 0),
            (&[(12, 14)], 2),
            (&[(12, 14), (13, 16)], 4),
            (&[(12, 18), (13, 14), (17, 19)], 7),
            (&[(0, 11), (19, 30)], 2),
            (&[(0, 5), (25, 30)], 0),
            (&[(0, 30), (12, 14)], 10),
        ] {
            assert_eq!(covered(intervals), expected, "{intervals:?}");
        }
    }
}
