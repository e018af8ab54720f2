//! What the listeners of a run want of it.

use crate::{Interest, RunEventData, hook::Moment};

/// What a watched run makes for a listener, or for all its listeners together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) chunks: bool,
    /// The input at the start.
    pub(crate) inputs: bool,
    /// The input at the end, for which the chunks of it are gathered.
    pub(crate) late_inputs: bool,
    /// The output, also as far as it had come when the run ended otherwise.
    pub(crate) outputs: bool,
}

impl Wanted {
    /// What a listener wants that is called for every event, or for those of one moment only.
    pub(crate) fn of(interest: Interest, moment: Option<Moment>) -> Self {
        let Interest { chunks, values } = interest;
        let at = |moments: &[Moment]| values && moment.is_none_or(|it| moments.contains(&it));
        Self {
            chunks,
            inputs: at(&[Moment::Start]),
            late_inputs: at(&[Moment::End]),
            outputs: at(&[Moment::End, Moment::Error]),
        }
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self {
            chunks: self.chunks || other.chunks,
            inputs: self.inputs || other.inputs,
            late_inputs: self.late_inputs || other.late_inputs,
            outputs: self.outputs || other.outputs,
        }
    }

    /// What this shows of an event, if anything.
    pub(crate) fn of_event<'a>(self, kind: &RunEventData<'a>) -> Option<RunEventData<'a>> {
        let mut kind = kind.clone();
        match &mut kind {
            RunEventData::Chunk { .. } if !self.chunks => return None,
            RunEventData::Chunk { .. }
            | RunEventData::Custom { .. }
            | RunEventData::Retry { .. } => (),
            RunEventData::Start { input } => *input = input.filter(|_| self.inputs),
            RunEventData::End { input, output } => {
                *input = input.filter(|_| self.late_inputs);
                *output = output.filter(|_| self.outputs);
            }
            RunEventData::Error { partial, .. } | RunEventData::Cancelled { partial } => {
                *partial = partial.filter(|_| self.outputs);
            }
        }
        Some(kind)
    }
}
