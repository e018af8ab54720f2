//! [`RecordingDiff`]: the differences between two recordings.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    alignment::{Pair, Sides},
    difference::Difference,
    recorded_run::RecordedRun,
    run_comparison::{RunComparison, differences},
};
use crate::Recording;

/// The differences between two recordings: their runs, inputs, outputs and outcomes.
///
/// Runs belong together if they are at the same position of the same parent and have the same name.
/// Of several such runs, the runs with the same input belong together. Times, tokens, chunks and
/// IDs are not compared, but [`runs`](Self::runs) contains these values. The order of two runs
/// counts only if they do not overlap in either recording.
///
/// `Display` prints the first difference with its details, and then the others.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_events::{RecordedEvent, Recording, RecordingDiff, StreamEventsExt};
///
/// async fn recorded(text: &str) -> Result<Recording> {
///     let shout = lambda(|text: String| text.to_uppercase()).with_name("shout");
///     let mut events = shout.stream_events(text);
///     let mut recorded = Vec::new();
///     while let Some(event) = events.next().await {
///         recorded.push(RecordedEvent::from(event?));
///     }
///     Ok(recorded.into_iter().collect())
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let (cat, dog) = (recorded("cat").await?, recorded("dog").await?);
/// assert!(RecordingDiff::between(&cat, &recorded("cat").await?).is_same());
///
/// let diff = RecordingDiff::between(&cat, &dog);
/// let (run, first) = diff.first().unwrap();
/// assert_eq!(run.path, ["shout"]);
/// assert_eq!(first.to_string(), "the inputs differ:\n- cat\n+ dog");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecordingDiff {
    runs: Vec<RunComparison>,
    /// The indices of a run and of one of its differences, in the order in which the differences
    /// appeared.
    #[serde(skip)]
    order: Vec<(usize, usize)>,
}

/// The time of a difference: the number of an event of the first recording, and whether the
/// difference appeared after this event.
type Moment = (usize, bool);

impl RecordingDiff {
    /// Compares two recordings.
    pub fn between(first: &Recording, second: &Recording) -> Self {
        let (first, second) = (RecordedRun::all(first.events()), RecordedRun::all(second.events()));
        let sides = Sides { first: &first, second: &second };
        let pairs = sides.pairs();
        let earlier = Earlier::of(sides, &pairs);
        let mut found: Vec<(Moment, RunComparison, Vec<Moment>)> = Vec::new();
        for pair in &pairs {
            let (a, b) = (pair.first.map(|a| &first[a]), pair.second.map(|b| &second[b]));
            let mut differences = match (a, b) {
                (Some(a), Some(b)) => differences(a, b),
                (Some(_), None) => vec![Difference::OnlyInFirst { runs: size(&first, pair.first) }],
                _ => vec![Difference::OnlyInSecond { runs: size(&second, pair.second) }],
            };
            differences.extend(earlier.overtaken(sides, pair));
            let start = earlier.start_of(sides, pair);
            let end = a.and_then(|run| run.ended).map_or(start, |end| (end, false));
            let moments = differences.iter().map(|difference| match difference {
                Difference::Output { .. } | Difference::Ending { .. } => end,
                _ => start,
            });
            let moments = moments.collect();
            found.push((start, RunComparison::new(a, b, differences), moments));
        }
        found.sort_by_key(|(start, ..)| *start);
        let mut order: Vec<(Moment, (usize, usize))> = Vec::new();
        for (index, (.., moments)) in found.iter().enumerate() {
            order.extend(moments.iter().enumerate().map(|(at, moment)| (*moment, (index, at))));
        }
        order.sort_by_key(|(moment, _)| *moment);
        Self {
            runs: found.into_iter().map(|(_, run, _)| run).collect(),
            order: order.into_iter().map(|(_, at)| at).collect(),
        }
    }

    /// Returns whether the recordings contain the same runs.
    pub fn is_same(&self) -> bool {
        self.order.is_empty()
    }

    /// Returns the differences with their runs, in the order in which they appeared.
    pub fn differences(&self) -> impl Iterator<Item = (&RunComparison, &Difference)> {
        self.order.iter().filter_map(|(run, difference)| {
            let run = self.runs.get(*run)?;
            Some((run, run.differences.get(*difference)?))
        })
    }

    /// Returns the first difference and its run, or `None` if the recordings contain the same runs.
    pub fn first(&self) -> Option<(&RunComparison, &Difference)> {
        self.differences().next()
    }

    /// Returns all runs, including those without differences, in the order of their starts. If only
    /// one recording contains a run, the runs inside that run are not listed.
    pub fn runs(&self) -> &[RunComparison] {
        &self.runs
    }
}

/// Returns the number of runs in a tree.
fn size(runs: &[RecordedRun<'_>], root: Option<usize>) -> usize {
    let (mut open, mut count) = (Vec::from_iter(root), 0);
    while let Some(run) = open.pop() {
        count += 1;
        open.extend(&runs[run].children);
    }
    count
}

/// The runs that came before the other runs.
struct Earlier {
    /// The runs of both recordings that belong together, by the parent and the start in the first
    /// recording.
    siblings: BTreeMap<(Option<usize>, usize), (usize, usize)>,
    /// The latest start in the first recording of the runs up to a run of the second recording.
    starts: Vec<usize>,
}

impl Earlier {
    fn of(sides: Sides<'_>, pairs: &[Pair]) -> Self {
        let both = pairs.iter().filter_map(|pair| Some((pair.first?, pair.second?)));
        let mut starts = vec![0; sides.second.len()];
        let mut siblings = BTreeMap::new();
        for (first, second) in both {
            let run = &sides.first[first];
            siblings.insert((run.parent, run.started), (first, second));
            starts[second] = run.started;
        }
        let mut latest = 0;
        for start in &mut starts {
            latest = latest.max(*start);
            *start = latest;
        }
        Self { siblings, starts }
    }

    /// Returns the time at which a run started. A run that only the second recording contains
    /// started after the run before it.
    fn start_of(&self, sides: Sides<'_>, pair: &Pair) -> Moment {
        match (pair.first, pair.second) {
            (Some(first), _) => (sides.first[first].started, false),
            (None, Some(second)) => (self.starts[second], true),
            (None, None) => (0, true),
        }
    }

    /// Returns a difference if a run came after its neighbour in the first recording, and comes
    /// before it in the second, without an overlap.
    fn overtaken(&self, sides: Sides<'_>, pair: &Pair) -> Option<Difference> {
        let (a, b) = (&sides.first[pair.first?], &sides.second[pair.second?]);
        let mut siblings = self.siblings.range((a.parent, 0)..(a.parent, a.started));
        let (_, (first, second)) = siblings.next_back()?;
        let (first, second) = (&sides.first[*first], &sides.second[*second]);
        let is_after = first.ended? < a.started;
        let is_before = b.ended? < second.started;
        let before = first.event.name.clone();
        (is_after && is_before).then_some(Difference::Order { before })
    }
}
