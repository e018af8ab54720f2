//! [`Runs`]: the runs that a step opens.

/// The runs that a step opens at the position where it is called.
///
/// Returned by [`Runnable::runs`](crate::Runnable::runs). Most steps open one run, which is
/// [`Own`](Self::Own).
///
/// # Examples
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
    /// One run, which belongs to the step.
    Own,
    /// No run. The step is a transparent wrapper: it calls exactly one other step, with
    /// `cx.child(ChildPosition::Untagged)`. The run of that step takes the position that a run of
    /// the wrapper would have.
    Transparent,
    /// The runs of an unnamed sequence with this number of steps. Inside another sequence, the
    /// unnamed sequence opens no run, and its steps count as steps of the outer sequence.
    /// Elsewhere, it opens one run, which contains the runs of its steps.
    Flat(usize),
}

impl Runs {
    /// Returns the number of positions that the step takes in a sequence.
    #[inline]
    pub(crate) fn width(self) -> usize {
        match self {
            Self::Own | Self::Transparent => 1,
            Self::Flat(steps) => steps,
        }
    }
}
