//! The graph of a step.

use super::{runnable::Runnable, runs::Runs};
use crate::{Graph, Structure};

/// What a step is called, and what it is made of.
pub(crate) fn graph_of<R: Runnable>(step: &R) -> Graph {
    Graph::new(step.info().name(), step.structure())
}

/// Adds a step of a sequence to the graphs of those before it. A sequence inside it is flat.
pub(crate) fn push_flat<R: Runnable>(step: &R, steps: &mut Vec<Graph>) {
    match (step.runs(), step.structure()) {
        (Runs::Flat(_), Structure::Sequence(inner)) => steps.extend(inner),
        (_, structure) => steps.push(Graph::new(step.info().name(), structure)),
    }
}
