//! Opens the runs of steps that are observed.

use std::{sync::Arc, time::Duration};

use super::guard::RunGuard;
use crate::{
    ChildPosition, Chunked, Run, RunContext, RunId, StepInfo,
    observe::{live_run::LiveRun, opening::Opening},
};

/// Opens the run of a step, and returns the context of the run and the guard that ends the run.
pub(super) fn open<O: Chunked>(
    cx: &RunContext,
    place: &ChildPosition,
    opening: Option<&Opening>,
    info: StepInfo,
) -> (RunContext, RunGuard<O>) {
    let chunk_events = info.chunk_events;
    let hooks = opening.map_or(&[][..], |opening| &opening.hooks);
    let listeners = cx.listeners().iter().chain(hooks);
    let run = described(cx, place, opening, info);
    let live = LiveRun::open(run, cx.watched_run(), listeners, cx.clock().cloned(), chunk_events);
    if let Some(inner_runs) = cx.inner_runs() {
        inner_runs.add(&live);
    }
    live.waited(opening.map_or(Duration::ZERO, |opening| opening.queued));
    (cx.inside(Arc::clone(&live)), RunGuard::new(live))
}

/// Returns the description of the run for listeners. It combines the information about the step,
/// the settings of the call, and the enclosing runs.
fn described(
    cx: &RunContext,
    place: &ChildPosition,
    opening: Option<&Opening>,
    info: StepInfo,
) -> Run {
    let outer = cx.watched_run().map(|outer| &outer.run);
    let (parents, parent_names) = match outer {
        Some(outer) => (
            outer.parent_ids.iter().copied().chain([outer.id]).collect(),
            outer.parent_names.iter().chain([&outer.name]).cloned().collect(),
        ),
        None => Default::default(),
    };
    let mut metadata = cx.metadata().cloned().unwrap_or_default();
    metadata.extend(info.metadata);
    let inherited = cx.inherited().into_iter().flat_map(|inherited| &inherited.tags).cloned();
    let name = opening.and_then(|opening| opening.name.clone());
    let position = place.name();
    let tag = position.clone().filter(|_| place.is_tag());
    Run {
        id: opening.and_then(|opening| opening.run_id).unwrap_or_else(RunId::random),
        parent_ids: parents,
        parent_names,
        source: info.source.filter(|_| name.is_none()),
        name: name.unwrap_or(info.name),
        batch_index: opening.and_then(|opening| opening.index),
        attempt: opening.and_then(|opening| opening.attempt),
        kind: info.kind,
        position,
        choice: opening.and_then(|opening| opening.choice.clone()),
        tags: tag.into_iter().chain(inherited).collect(),
        metadata: Arc::new(metadata),
    }
}
