//! What the run around is to the step that has a context.

use std::sync::Arc;

use super::place::ChildPosition;
use crate::observe::opening::Opening;

/// What the run around is to the step that has a context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Frame {
    /// The step's own run.
    Own,
    /// The run of a step around this one, which is not a run itself: what it calls stands there in its
    /// place.
    HandedOn,
    /// The run of the sequence around this one, of whose steps so many come before those of this one.
    /// With none before them, it is as if the run were its own.
    Flat(u16),
}

/// A frame in two bytes, since a context is moved with each step: larger ones cost measurably more.
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

    /// How many steps of the run around come first. None do in a run of the step's own.
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

/// Where, and as what, the next run is opened.
#[derive(Clone, Default)]
pub(crate) struct HandedOn {
    pub(crate) place: ChildPosition,
    pub(crate) opening: Option<Arc<Opening>>,
}
