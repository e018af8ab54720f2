//! [`ChildPosition`]: where in its parent a step is called.

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
    /// A step of a sequence, counted from 1, with the tag `seq:step:1`.
    ///
    /// An unnamed sequence at this position has no run of its own: its steps become steps of the
    /// sequence around it.
    SequenceStep(usize),
    /// A branch of a parallel, with a tag such as `map:key:context`.
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
