//! [`Frame`]: how the run of a context relates to the step that receives the context.

use std::sync::Arc;

use super::place::ChildPosition;
use crate::observe::opening::Opening;

/// How the run of a context relates to the step that receives the context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The step has its own run.
    Own,
    /// The step is transparent: it has no run. The run belongs to an outer step. The step that the
    /// transparent step calls takes the position of the transparent step in that run.
    HandedOn,
    /// The step is a sequence whose steps count as steps of an outer sequence. The run belongs to
    /// the outer sequence, which has this number of steps before the steps of this sequence. If the
    /// number is 0, this is treated in the same way as `Own`.
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

    /// Returns the number of steps of the outer sequence that come before the steps of this
    /// sequence. It is 0 unless the frame is [`Frame::Flat`].
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
