//! [`ChildPosition`]: the position at which a run calls a step.

use std::borrow::Cow;

/// The position of a step within its parent run.
///
/// Every position except `Untagged` adds a tag to the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ChildPosition {
    /// No specific position, and no tag.
    #[default]
    Untagged,
    /// A step of a sequence, counted from 1. The first step has the tag `seq:step:1`.
    ///
    /// An unnamed sequence at this position does not get its own run: its steps become steps of the
    /// outer sequence.
    SequenceStep(usize),
    /// A branch of a parallel step. A branch with the key `context` has the tag `map:key:context`.
    ParallelKey(Cow<'static, str>),
    /// A position with a custom tag.
    Tag(Cow<'static, str>),
}

impl ChildPosition {
    pub(crate) fn tag(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Untagged => None,
            Self::SequenceStep(number) => Some(format!("seq:step:{number}").into()),
            Self::ParallelKey(key) => Some(format!("map:key:{key}").into()),
            Self::Tag(tag) => Some(tag.clone()),
        }
    }
}
