//! The kinds of runs that can be around a step.

use std::sync::Arc;

use super::place::ChildPosition;
use crate::observe::opening::Opening;

/// The run around the step that receives a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The step's own run.
    Own,
    /// A run that a transparent step passes on. The step that the transparent step calls takes its
    /// position.
    HandedOn,
    /// The run of an outer sequence, which contains this number of steps before the steps of this
    /// sequence. A sequence with no steps before it is the same as a sequence with its own run.
    Flat(u16),
}

/// A [`Frame`] in two bytes. A context is moved with each step, so a larger frame costs measurably
/// more.
#[derive(Clone, Copy, Default)]
pub(crate) struct PackedFrame(u16);

impl PackedFrame {
    const HANDED_ON: u16 = u16::MAX;

    #[inline]
    pub(crate) fn get(self) -> Frame {
        match self.0 {
            0 => Frame::Own,
            Self::HANDED_ON => Frame::HandedOn,
            preceding => Frame::Flat(preceding),
        }
    }

    /// Returns the number of steps of the outer sequence that come before this one. It is 0 unless
    /// the frame is [`Frame::Flat`].
    #[inline]
    pub(crate) fn preceding(self) -> u16 {
        if self.0 == Self::HANDED_ON { 0 } else { self.0 }
    }
}

impl From<Frame> for PackedFrame {
    #[inline]
    fn from(frame: Frame) -> Self {
        Self(match frame {
            Frame::Own => 0,
            Frame::HandedOn => Self::HANDED_ON,
            Frame::Flat(preceding) => preceding.min(Self::HANDED_ON - 1),
        })
    }
}

/// The position and the run options that a transparent step passes on to the step that it calls.
#[derive(Clone, Default)]
pub(crate) struct HandedOn {
    pub(crate) place: ChildPosition,
    pub(crate) opening: Option<Arc<Opening>>,
}
