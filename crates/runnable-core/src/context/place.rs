//! [`ChildPosition`]: the position at which a run calls a step.

use std::borrow::Cow;

/// The position of a step within its parent run.
///
/// Listeners find it in [`Run::position`](crate::Run::position). Every position except `Untagged`
/// and `Fallback` also adds a tag to the run.
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
    /// A fallback, counted from 1. The first fallback has the position `fallback:1`, and no tag.
    Fallback(usize),
    /// A position with a custom tag.
    Tag(Cow<'static, str>),
}

impl ChildPosition {
    /// Returns the name of the position. `None` if the position is not specific.
    pub(crate) fn name(&self) -> Option<Cow<'static, str>> {
        match self {
            Self::Untagged => None,
            Self::Fallback(number) => Some(format!("fallback:{number}").into()),
            Self::SequenceStep(number) => Some(format!("seq:step:{number}").into()),
            Self::ParallelKey(key) => Some(format!("map:key:{key}").into()),
            Self::Tag(tag) => Some(tag.clone()),
        }
    }

    /// Returns whether the name of the position is also a tag of the run.
    pub(crate) fn is_tag(&self) -> bool {
        !matches!(self, Self::Untagged | Self::Fallback(_))
    }
}
