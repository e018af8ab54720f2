//! The events and values that the listeners of a run need.

use super::{attached::Moment, event::RunEventData, listener::Interest};

/// The events and values that an observed run creates, for one listener or for all its listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whether chunk events are needed.
    pub(crate) chunks: bool,
    /// Whether the input is needed at the start.
    pub(crate) inputs: bool,
    /// Whether the input is needed at the end, for which its chunks are gathered.
    pub(crate) late_inputs: bool,
    /// Whether the output is needed, or the partial output if the run fails or is cancelled.
    pub(crate) outputs: bool,
}

impl Wanted {
    /// Returns what a listener needs that is called for every event, or only for the events of
    /// `moment`.
    pub(crate) fn of(interest: Interest, moment: Option<Moment>) -> Self {
        let Interest { chunks, values } = interest;
        let needs_at =
            |moments: &[Moment]| values && moment.is_none_or(|moment| moments.contains(&moment));
        Self {
            chunks,
            inputs: needs_at(&[Moment::Start]),
            late_inputs: needs_at(&[Moment::End]),
            outputs: needs_at(&[Moment::End, Moment::Error]),
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

    /// Returns the part of an event that is needed, or `None` if the event is not needed.
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
