//! Listeners for a single run, made from closures: `on_start`, `on_end` and `on_error`.

use std::sync::Arc;

use super::{
    attached::{Attached, Moment},
    event::{RunEvent, RunEventData},
    listener::{Interest, Listener},
    run::Run,
};

/// A listener that calls a closure at one moment of its run.
pub(crate) struct Hook<F> {
    moment: Moment,
    f: F,
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
        let is_moment = match self.moment {
            Moment::Start => matches!(event.data, RunEventData::Start { .. }),
            Moment::End => matches!(event.data, RunEventData::End { .. }),
            Moment::Error => {
                matches!(event.data, RunEventData::Error { .. } | RunEventData::Cancelled { .. })
            }
        };
        if is_moment {
            (self.f)(event);
        }
    }
}
