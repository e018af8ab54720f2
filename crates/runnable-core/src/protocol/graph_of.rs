//! Functions that create the [`Graph`] of a step.

use super::{runnable::Runnable, runs::Runs};
use crate::{Graph, Structure};

/// Returns a graph with the name of a step and the graphs of its parts.
pub(crate) fn graph_of<R: Runnable>(step: &R) -> Graph {
    Graph::new(step.info().name(), step.structure())
}

/// Adds the graph of a step to `steps`, the graphs of the previous steps of a sequence. If the step
/// is an unnamed sequence, its steps are added one by one.
pub(crate) fn push_flat<R: Runnable>(step: &R, steps: &mut Vec<Graph>) {
    match (step.runs(), step.structure()) {
        (Runs::Flat(_), Structure::Sequence(inner)) => steps.extend(inner),
        (_, structure) => steps.push(Graph::new(step.info().name(), structure)),
    }
}
