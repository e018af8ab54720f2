//! [`Channel`]: passes the events of a recorder to the thread of a sink.

use std::{
    io, mem,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    task::{self, Poll, Waker},
    time::{Duration, Instant},
};

use super::{
    event_buffer::{EventBuffer, Taken},
    sink_options::{Overflow, SinkOptions},
    sink_report::SinkReport,
};
use crate::record::{RecordedData, RecordedEvent};

/// The time for which chunk events are buffered before the thread is woken, so that it is not woken
/// for each chunk.
const CHUNK_DELAY: Duration = Duration::from_millis(50);

/// Passes the events of a recorder to the thread of a sink. It never blocks the recorder, except in
/// the methods with a deadline.
pub(super) struct Channel {
    options: SinkOptions,
    state: Mutex<State>,
    /// Notifies the thread of the sink that there is work.
    work: Condvar,
    /// Notifies other threads that the sink has flushed or that its thread has ended.
    progress: Condvar,
}

#[derive(Default)]
struct State {
    buffer: EventBuffer,
    /// The wakers of runs that wait for room in the buffer.
    waiting: Vec<Waker>,
    sleep: Sleep,
    last_seq: Option<u64>,
    /// Whether the sink has written something since the last flush.
    is_dirty: bool,
    /// Whether the sink has taken an event, and has not returned yet.
    is_writing: bool,
    flushes: Flushes,
    is_closing: bool,
    /// Whether the deadline of `finish` has passed. The thread then ends as soon as the sink
    /// returns.
    is_abandoned: bool,
    is_done: bool,
    report: SinkReport,
    dropped_chunks: u64,
    /// The number of events that the sink did not receive.
    undelivered: u64,
}

/// The flushes that were requested.
#[derive(Default)]
struct Flushes {
    requested: u64,
    done: u64,
    /// The number of the last event before the last request.
    up_to: Option<u64>,
}

/// The state of the thread of the sink.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Sleep {
    /// The thread is processing events.
    #[default]
    Awake,
    /// The thread waits for further chunk events with a timeout, so it continues without being
    /// woken.
    Short,
    /// The thread waits until it is woken.
    Long,
}

/// The next action of the thread of the sink.
pub(super) enum Next {
    Write(Taken),
    Flush,
    /// Flush, and end.
    Finish,
    /// End immediately, without a flush.
    Abandon,
}

impl Channel {
    pub(super) fn new(options: SinkOptions) -> Self {
        // The thread starts by writing the header of the sink.
        let state = State { is_dirty: true, ..State::default() };
        Self { options, state: Mutex::new(state), work: Condvar::new(), progress: Condvar::new() }
    }

    /// Adds an event for the sink.
    pub(super) fn push(&self, event: Arc<RecordedEvent>) {
        let mut state = self.state();
        if state.is_closing || state.is_done {
            state.undelivered += 1;
            return;
        }
        let is_chunk = matches!(event.data, RecordedData::Chunk { .. });
        state.last_seq = Some(event.seq);
        state.buffer.push(event);
        if self.options.overflow == Overflow::DropChunks
            && state.buffer.len() > self.options.capacity
            && state.buffer.drop_oldest_chunk()
        {
            state.dropped_chunks += 1;
        }
        let is_urgent = !is_chunk || state.buffer.len() >= self.options.capacity.div_ceil(2);
        let must_wake = match state.sleep {
            Sleep::Awake => false,
            Sleep::Short => is_urgent,
            Sleep::Long => true,
        };
        if must_wake {
            state.sleep = Sleep::Awake;
            drop(state);
            self.work.notify_one();
        }
    }

    /// Returns whether the runs may continue.
    pub(super) fn poll_ready(&self, cx: &task::Context<'_>) -> Poll<()> {
        if self.options.overflow != Overflow::Wait {
            return Poll::Ready(());
        }
        let mut state = self.state();
        if state.is_closing || state.is_done || state.buffer.len() < self.options.capacity {
            return Poll::Ready(());
        }
        if !state.waiting.iter().any(|waker| waker.will_wake(cx.waker())) {
            state.waiting.push(cx.waker().clone());
        }
        Poll::Pending
    }

    /// Returns whether the sink receives no further events.
    pub(super) fn is_done(&self) -> bool {
        self.state().is_done
    }

    /// Waits until the sink has stored the events so far. Returns whether it has done so in time.
    pub(super) fn flush(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        if state.is_done || (!state.is_dirty && state.buffer.len() == 0) {
            return true;
        }
        state.flushes.requested += 1;
        state.flushes.up_to = state.last_seq;
        let ticket = state.flushes.requested;
        self.wake(&mut state);
        self.wait(state, deadline, |state| state.flushes.done >= ticket)
    }

    /// Waits until the sink has stored all events and its thread has ended. Returns whether it has
    /// done so in time. If not, the thread ends as soon as the sink returns.
    pub(super) fn finish(&self, deadline: Instant) -> bool {
        let mut state = self.state();
        if state.is_abandoned {
            return false;
        }
        state.is_closing = true;
        self.wake(&mut state);
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        if self.wait(self.state(), deadline, |_| false) {
            return true;
        }
        let mut state = self.state();
        state.is_abandoned = true;
        // The event that the sink is writing counts as lost, because it is unknown whether the sink
        // will store it.
        state.undelivered += state.buffer.clear() + u64::from(state.is_writing);
        let message = "the sink did not store its events before the deadline";
        state.report.fail(io::Error::new(io::ErrorKind::TimedOut, message));
        false
    }

    pub(super) fn report(&self) -> SinkReport {
        let state = self.state();
        let mut report = state.report.clone();
        report.lost += state.undelivered;
        report.dropped_chunks = state.dropped_chunks;
        report
    }

    /// Waits until the thread of the sink has something to do, and returns this action.
    pub(super) fn next(&self) -> Next {
        let mut state = self.state();
        loop {
            state.sleep = Sleep::Awake;
            if state.is_abandoned {
                return Next::Abandon;
            }
            let Flushes { requested, done, up_to } = state.flushes;
            if requested > done && state.buffer.next_seq() > up_to {
                return Next::Flush;
            }
            if let Some(taken) = state.buffer.pop() {
                (state.is_dirty, state.is_writing) = (true, true);
                // The runs continue when half of the buffer is free, so that they are not woken for
                // each event.
                let has_room = state.buffer.len() <= self.options.capacity / 2;
                let woken = if has_room { mem::take(&mut state.waiting) } else { Vec::new() };
                drop(state);
                woken.into_iter().for_each(Waker::wake);
                return Next::Write(taken);
            }
            if state.is_closing {
                return Next::Finish;
            }
            if state.is_dirty || requested > done {
                return Next::Flush;
            }
            state.sleep = Sleep::Long;
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state = self.wait_for_chunks(state);
        }
    }

    /// Waits for further events if there are only a few chunk events.
    fn wait_for_chunks<'s>(&self, mut state: MutexGuard<'s, State>) -> MutexGuard<'s, State> {
        let is_urgent = |state: &State| {
            state.is_closing
                || state.is_abandoned
                || state.flushes.requested > state.flushes.done
                || !state.buffer.has_only_chunks()
        };
        if !is_urgent(&state) {
            state.sleep = Sleep::Short;
            let waited = self.work.wait_timeout_while(state, CHUNK_DELAY, |state| {
                state.sleep == Sleep::Short && !is_urgent(state)
            });
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
        }
        state
    }

    /// Reports that the sink has written an event.
    pub(super) fn wrote(&self, result: io::Result<()>) {
        let mut state = self.state();
        state.is_writing = false;
        if state.is_abandoned {
            return;
        }
        match result {
            Ok(()) => state.report.written += 1,
            Err(error) => {
                state.report.lost += 1;
                state.report.fail(error);
            }
        }
    }

    /// Reports an error of the sink that does not belong to an event.
    pub(super) fn failed(&self, error: io::Error) {
        self.state().report.fail(error);
    }

    /// Reports that the sink has flushed the events so far. `describe` corrects the report.
    pub(super) fn flushed(&self, result: io::Result<()>, describe: impl FnOnce(&mut SinkReport)) {
        let mut state = self.state();
        if let Err(error) = result {
            state.report.fail(error);
        }
        if !state.is_abandoned {
            describe(&mut state.report);
        }
        state.is_dirty = false;
        state.flushes.done = state.flushes.requested;
        drop(state);
        self.progress.notify_all();
    }

    /// Reports that the sink receives no further events.
    pub(super) fn end(&self, error: Option<io::Error>) {
        let mut state = self.state();
        state.is_done = true;
        if !state.is_abandoned {
            state.undelivered += state.buffer.clear() + u64::from(state.is_writing);
        }
        if let Some(error) = error {
            state.report.fail(error);
        }
        let waiting = mem::take(&mut state.waiting);
        drop(state);
        waiting.into_iter().for_each(Waker::wake);
        self.progress.notify_all();
    }

    fn wake(&self, state: &mut State) {
        state.sleep = Sleep::Awake;
        self.work.notify_one();
    }

    /// Waits for a condition, or for the end of the thread. Returns `false` after the deadline.
    fn wait(
        &self,
        state: MutexGuard<'_, State>,
        deadline: Instant,
        is_over: impl Fn(&State) -> bool,
    ) -> bool {
        let time = deadline.saturating_duration_since(Instant::now());
        let is_open = |state: &mut State| !state.is_done && !is_over(state);
        let waited = self.progress.wait_timeout_while(state, time, is_open);
        !waited.unwrap_or_else(PoisonError::into_inner).1.timed_out()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
