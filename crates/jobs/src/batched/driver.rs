//! The task that submits the batches of a lane, and passes the answers to the calls.

use std::{future::pending, pin::pin, sync::Arc};

use futures_core::stream::BoxStream;
use futures_util::{
    StreamExt,
    future::{Either, select},
    stream::SelectAll,
};
use tokio::time::{Instant, sleep_until};

use super::{
    events::{Event, resumed, submitted},
    lane::Lane,
    pace::Turn,
    stored_part,
};

/// Submits batches and passes answers to calls, until it is aborted because no call waits.
pub(super) async fn drive(lane: Arc<Lane>, generation: u64) {
    let _end = DriverEnd { lane: &lane, generation };
    let stored = match stored_part::load(&*lane.journal, &lane.name).await {
        Ok(stored) => stored,
        Err(error) => return lane.state().fail_all(&error),
    };
    let mut events: SelectAll<BoxStream<'static, Event>> = SelectAll::new();
    let mut stored = Some(stored);
    loop {
        let (needed, batch, deadline) = {
            let mut state = lane.state();
            // Another driver has replaced this one, which is being aborted.
            if state.generation != generation {
                return;
            }
            if let Some(stored) = stored.take() {
                state.set_stored(stored);
            }
            let needed = state.sort();
            let (count, last) = state.pending();
            let most = lane.settings.max_requests.min(state.pace.limit());
            let quiet = last.map(|last| last + lane.settings.quiet_time);
            let is_quiet = quiet.is_some_and(|quiet| quiet <= Instant::now());
            let is_complete = count > 0 && (count >= most || is_quiet);
            let is_idle = events.is_empty() && needed.is_empty();
            match state.pace.turn(is_idle) {
                Turn::Now if is_complete => (needed, state.take_pending(), None),
                Turn::Now => (needed, Vec::new(), quiet),
                Turn::At(next) => (needed, Vec::new(), quiet.map(|quiet| quiet.max(next))),
                Turn::AfterBatch => (needed, Vec::new(), None),
            }
        };
        for part in needed {
            events.push(resumed(Arc::clone(&lane), part));
        }
        if !batch.is_empty() {
            events.push(submitted(Arc::clone(&lane), batch));
        }
        let event = {
            let arrival = pin!(lane.arrival.notified());
            let quiet = pin!(async {
                match deadline {
                    Some(deadline) => sleep_until(deadline).await,
                    None => pending().await,
                }
            });
            let next = pin!(async {
                if events.is_empty() { pending().await } else { events.next().await }
            });
            match select(next, select(arrival, quiet)).await {
                Either::Left((event, _)) => event,
                Either::Right(_) => None,
            }
        };
        match event {
            Some(Event::Answer(answer)) => {
                let mut state = lane.state();
                state.pace.answered(lane.settings.max_requests);
                state.deliver(*answer);
            }
            Some(Event::Rejected(requests, answer)) => {
                let mut state = lane.state();
                state.pace.rejected(requests);
                state.deliver(*answer);
            }
            Some(Event::Failed(failure)) => lane.state().fail(failure),
            None => {}
        }
    }
}

/// Ends the calls of a driver when it is dropped. They would wait forever if it panicked.
struct DriverEnd<'a> {
    lane: &'a Lane,
    generation: u64,
}

impl Drop for DriverEnd<'_> {
    fn drop(&mut self) {
        let mut state = self.lane.state();
        if state.generation == self.generation {
            state.end();
        }
    }
}
