//! [`Links`]: the steps of a chain, each with its type erased.

use std::{
    any::Any,
    collections::{VecDeque, vec_deque},
    sync::Arc,
};

use futures_util::future::BoxFuture;

use crate::{ChildPosition, Graph, Result, RunContext};

/// A value with an erased type. The two links that it passes between agree on the type.
pub(crate) type AnyValue = Box<dyn Any + Send>;

/// A [`ChunkStream`](crate::ChunkStream) with an erased type. The two links that it passes between
/// agree on the type.
pub(crate) type AnyStream = Box<dyn Any + Send>;

/// A step of a chain whose type is erased, together with the types of its input and output.
pub(crate) trait Link: Send + Sync {
    fn invoke<'a>(
        &'a self,
        input: AnyValue,
        cx: &'a RunContext,
        place: ChildPosition,
    ) -> BoxFuture<'a, Result<AnyValue>>;
    fn stream(&self, input: AnyValue, cx: &RunContext, place: ChildPosition) -> Result<AnyStream>;
    fn transform(
        &self,
        input: AnyStream,
        cx: &RunContext,
        place: ChildPosition,
    ) -> Result<AnyStream>;
    /// Returns a stream that yields the same items as `output`, and that is polled as a separate
    /// segment: from near the bottom of the stack, so that a long chain does not overflow it.
    fn apart(&self, output: AnyStream) -> Result<AnyStream>;
    /// Returns the number of positions that the step takes in a sequence.
    fn width(&self) -> usize;
    /// Adds the graph of the step to `steps`, the graphs of the previous steps.
    fn graph(&self, steps: &mut Vec<Graph>);
}

/// The steps of a chain, in order, each with its type erased.
///
/// Returned by [`Runnable::into_links`](crate::Runnable::into_links). If a chain is extended step
/// by step and its type is erased in between, the result is a single list of steps. Nested pairs
/// would use stack for each step when they are called, drawn or dropped.
#[derive(Clone, Default)]
pub struct Links {
    links: VecDeque<Arc<dyn Link>>,
    width: usize,
}

impl Links {
    /// Creates a list with one step.
    pub(crate) fn one(link: Arc<dyn Link>) -> Self {
        Self { width: link.width(), links: VecDeque::from([link]) }
    }

    /// Joins two lists.
    ///
    /// The links of the shorter list are moved to the longer list, so that extending a chain at
    /// either end takes the same time, however long the chain is.
    pub(crate) fn joined(mut self, mut next: Self) -> Self {
        self.width += next.width;
        if self.links.len() >= next.links.len() {
            self.links.append(&mut next.links);
            return self;
        }
        while let Some(link) = self.links.pop_back() {
            next.links.push_front(link);
        }
        Self { links: next.links, width: self.width }
    }

    pub(crate) fn width(&self) -> usize {
        self.width
    }

    pub(crate) fn iter(&self) -> vec_deque::Iter<'_, Arc<dyn Link>> {
        self.links.iter()
    }
}

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Links").field("len", &self.links.len()).finish_non_exhaustive()
    }
}
