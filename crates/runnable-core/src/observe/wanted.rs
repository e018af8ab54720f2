//! The events and values that the listeners of a run need.

use super::{attached::Moment, event::RunEventData, listener::Interest};

/// The events and values that an observed run must create, for one listener or for all its
/// listeners.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whether chunk events are needed.
    pub(crate) chunks: bool,
    /// Whether the input is needed at the start.
    pub(crate) inputs: bool,
    /// Whether the input is needed at the end. If so, the chunks of the input are merged.
    pub(crate) late_inputs: bool,
    /// Whether the output is needed, or the partial output if the run fails or is cancelled.
    pub(crate) outputs: bool,
}

impl Wanted {
    /// Returns what a listener with this `interest` needs. If `moment` is set, the listener is a
    /// hook that is called only at that moment.
    pub(crate) fn of(interest: Interest, moment: Option<Moment>) -> Self {
        let Interest { chunks, values, polls: _ } = interest;
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

    /// Returns the event with only the values that are needed, or `None` if the event is not
    /// needed.
    pub(crate) fn of_event<'a>(self, kind: &RunEventData<'a>) -> Option<RunEventData<'a>> {
        let mut kind = kind.clone();
        match &mut kind {
            RunEventData::Chunk { .. } if !self.chunks => return None,
            RunEventData::Chunk { .. }
            | RunEventData::Custom { .. }
            | RunEventData::Retry { .. }
            | RunEventData::Fallback { .. }
            | RunEventData::Wait { .. }
            | RunEventData::Report { .. } => (),
            RunEventData::Start { input } => *input = input.filter(|_| self.inputs),
            RunEventData::End { input, output } => {
                *input = input.filter(|_| self.late_inputs);
                *output = output.filter(|_| self.outputs);
            }
            RunEventData::Error { partial, .. } | RunEventData::Cancelled { partial, .. } => {
                *partial = partial.filter(|_| self.outputs);
            }
        }
        Some(kind)
    }
}
