//! A closure that listens to one run.

use std::sync::Arc;

use crate::{Interest, Listener, Run, RunEvent, RunEventData, listener::Attached};

/// Calls a closure at one moment of the run that it is given to.
pub(crate) struct Hook<F> {
    moment: Moment,
    f: F,
}

/// When a hook is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Moment {
    Start,
    End,
    /// However it ends without all its output.
    Error,
}

impl<F: Fn(&RunEvent<'_>) + Send + Sync + 'static> Hook<F> {
    pub(crate) fn attached(moment: Moment, f: F) -> Attached {
        Attached::at(moment, Arc::new(Self { moment, f }))
    }
}

impl<F: Fn(&RunEvent<'_>) + Send + Sync + 'static> Listener for Hook<F> {
    fn interest(&self, _: &Run) -> Option<Interest> {
        Some(Interest::lifecycle().with_values())
    }

    fn on_event(&self, event: &RunEvent<'_>) {
        let is_mine = match self.moment {
            Moment::Start => matches!(event.data, RunEventData::Start { .. }),
            Moment::End => matches!(event.data, RunEventData::End { .. }),
            Moment::Error => {
                matches!(event.data, RunEventData::Error { .. } | RunEventData::Cancelled { .. })
            }
        };
        if is_mine {
            (self.f)(event);
        }
    }
}
