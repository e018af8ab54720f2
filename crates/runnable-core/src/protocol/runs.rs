//! How many runs a step is.

/// How many runs a step opens where it is called. Most steps are one: [`Own`](Self::Own).
///
/// ```
/// use runnable_core::{Runs, prelude::*};
///
/// let shout = lambda(|text: String| text.to_uppercase());
/// assert_eq!(shout.runs(), Runs::Own);
/// assert_eq!(shout.clone().pipe(passthrough()).runs(), Runs::Flat(2));
/// assert_eq!(shout.with_name("shout").runs(), Runs::Transparent);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Runs {
    /// One run of its own.
    Own,
    /// No run of its own. The step calls one other step, by `cx.child(ChildPosition::Untagged)`, whose run stands
    /// where its own would.
    Transparent,
    /// As many runs as an unnamed sequence has steps. Inside a sequence it is not a run of its own: its
    /// steps are steps of the sequence around it. Anywhere else it is one run, with these inside.
    Flat(usize),
}

impl Runs {
    /// How many places the step takes in a sequence.
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Own | Self::Transparent => 1,
            Self::Flat(steps) => steps,
        }
    }
}
