//! [`Site`]: the place in a chain at which a model, a tool or a retriever is called.

use runnable_core::Run;

use crate::diff::{Place, RecordedRun};

/// The place of a call below the root run: the names and positions of the runs that enclose it.
///
/// The root is not part of the place, so that a recorded item of a batch can be replayed as a
/// single call, and the root can have another name. The place of a call that is itself a root is
/// its own name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Site(Vec<Place>);

/// The root run of a call. Of several recorded calls, one with the same root is preferred.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Root {
    name: String,
    item: Option<u64>,
}

impl Site {
    /// Splits the places from the root to a run.
    pub(super) fn of(mut places: Vec<Place>) -> (Root, Self) {
        let root = places.first();
        let root = Root {
            name: root.map(|place| place.name.clone()).unwrap_or_default(),
            item: root.and_then(|place| place.item),
        };
        if places.len() > 1 {
            places.remove(0);
        } else if let Some(place) = places.first_mut() {
            *place = Place { tag: None, attempt: None, item: None, name: place.name.clone() };
        }
        (root, Self(places))
    }

    /// Returns the places from the root to a run of a recording.
    pub(super) fn recorded(runs: &[RecordedRun<'_>], index: usize) -> (Root, Self) {
        let (mut places, mut next) = (Vec::new(), Some(index));
        while let Some(run) = next.and_then(|index| runs.get(index)) {
            places.push(run.place());
            next = run.parent;
        }
        places.reverse();
        Self::of(places)
    }
}

/// Returns the place of a run in its parent.
pub(super) fn place_of(run: &Run) -> Place {
    Place {
        name: run.name.to_string(),
        tag: run.position.as_deref().map(str::to_owned),
        attempt: run.attempt,
        item: run.batch_index.map(|index| u64::try_from(index).unwrap_or(u64::MAX)),
    }
}
