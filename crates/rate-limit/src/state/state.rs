//! [`State`]: decides when which call is let through.

use std::{task::Waker, time::Duration};

use runnable_chat::message::RateLimit;
use tokio::time::Instant;

use super::{
    allowance::Allowance,
    limit::Limit,
    queue::{GRACE, Queue},
    window::Window,
};
use crate::quantity::Tokens;

/// The state of a limiter.
#[derive(Debug)]
pub(crate) struct State {
    windows: Vec<Window>,
    allowances: Vec<Allowance>,
    /// Nothing is let through before this time. `None` if the service has not asked for a pause.
    paused_until: Option<Instant>,
    queue: Queue,
    /// The mean number of tokens in an answer.
    output_mean: f64,
}

/// Whether it is the turn of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Turn {
    Now,
    /// It can be the turn of the call at this time, or earlier if the call is woken.
    At(Instant),
}

/// The number of tokens that an answer is expected to have before any answer has arrived.
const FIRST_OUTPUT: f64 = 256.0;

/// The maximum number of rate limits that a service can report.
const MOST_ALLOWANCES: usize = 16;

impl State {
    pub(crate) fn new(limits: &[Limit]) -> Self {
        Self {
            windows: limits.iter().copied().map(Window::new).collect(),
            allowances: Vec::new(),
            paused_until: None,
            queue: Queue::default(),
            output_mean: FIRST_OUTPUT,
        }
    }

    /// Returns the number of calls that wait.
    pub(crate) fn waiting(&self) -> usize {
        self.queue.len()
    }

    /// Lets a new call through, or adds it to the queue and returns its number.
    pub(crate) fn arrive(&mut self, tokens: Tokens, now: Instant) -> Result<(), u64> {
        if self.queue.is_empty() && self.fits_at(tokens, now).is_none() {
            self.admit(tokens, now);
            return Ok(());
        }
        Err(self.queue.push(tokens))
    }

    /// Returns whether it is the turn of a call that waits. Also returns a task to wake.
    pub(crate) fn turn(
        &mut self,
        call: u64,
        now: Instant,
        task: Option<&Waker>,
    ) -> (Turn, Option<Waker>) {
        self.queue.attend(call);
        if let (Some(waiter), Some(task)) = (self.queue.get(call), task) {
            waiter.task = Some(task.clone());
        }
        loop {
            let Some((first, waiter)) = self.queue.first() else {
                return (Turn::Now, None);
            };
            let (tokens, called_at) = (waiter.tokens, waiter.called_at);
            let fits_at = self.fits_at(tokens, now);
            if fits_at.is_some()
                && let Some((_, waiter)) = self.queue.first()
            {
                // A correction has taken away the turn of the call.
                waiter.called_at = None;
            }
            // Calls further back look later whether the first call uses its turn, so that they are
            // not all polled at the same time.
            let patience =
                GRACE * u32::try_from(call.saturating_sub(first)).map_or(60, |n| n.min(60));
            match (fits_at, called_at) {
                (None, _) if first == call => {
                    self.call_first(now);
                    return (Turn::Now, None);
                }
                (Some(at), _) => return (Turn::At(at + patience), None),
                (None, Some(called_at)) if now >= called_at + GRACE => self.queue.pass_first(),
                (None, Some(called_at)) => {
                    return (Turn::At(called_at + patience.max(GRACE)), None);
                }
                (None, None) => {
                    let task = self.call_first(now);
                    return (Turn::At(now + patience), task);
                }
            }
        }
    }

    /// Lets a call through if it is its turn. Also returns a task to wake.
    pub(crate) fn enter(&mut self, call: u64, now: Instant) -> (bool, Option<Waker>) {
        match self.turn(call, now, None) {
            (Turn::Now, _) => {
                if let Some(tokens) = self.queue.get(call).map(|waiter| waiter.tokens) {
                    self.admit(tokens, now);
                }
                self.queue.remove(call);
                (true, self.queue.first_task())
            }
            (Turn::At(_), task) => (false, task),
        }
    }

    /// Removes a call that no longer waits, and returns a task to wake.
    pub(crate) fn leave(&mut self, call: u64) -> Option<Waker> {
        if self.queue.remove(call) { self.queue.first_task() } else { None }
    }

    /// Replaces the estimate of a request by its actual tokens, and returns a task to wake.
    pub(crate) fn correct(
        &mut self,
        at: Instant,
        estimate: Tokens,
        actual: Tokens,
    ) -> Option<Waker> {
        self.windows.iter_mut().for_each(|window| window.correct(at, estimate, actual));
        self.allowances.iter_mut().for_each(|allowance| allowance.correct(estimate, actual));
        self.output_mean += (actual.output as f64 - self.output_mean) / 8.0;
        self.queue.first_task()
    }

    /// Takes over what a service has reported, and returns a task to wake.
    pub(crate) fn report(
        &mut self,
        reports: &[RateLimit],
        longest: Duration,
        now: Instant,
    ) -> Option<Waker> {
        for report in reports {
            let Some(allowance) = Allowance::of_report(report, longest, now) else {
                continue;
            };
            let has_room = self.allowances.len() < MOST_ALLOWANCES;
            match self.allowances.iter_mut().find(|known| known.name == allowance.name) {
                Some(known) => known.update(allowance, now),
                None if has_room => self.allowances.push(allowance),
                None => {}
            }
        }
        self.queue.first_task()
    }

    /// Lets nothing through before this time.
    pub(crate) fn pause_until(&mut self, time: Instant) {
        self.paused_until = self.paused_until.max(Some(time));
    }

    /// Returns the number of tokens that an answer is expected to have.
    pub(crate) fn expected_output(&self) -> u64 {
        self.output_mean.ceil() as u64
    }

    /// Returns when a request fits into all limits, or `None` if it fits now.
    fn fits_at(&mut self, tokens: Tokens, now: Instant) -> Option<Instant> {
        self.paused_until = self.paused_until.filter(|until| *until > now);
        self.windows.iter_mut().for_each(|window| window.expire(now));
        let windows = self.windows.iter().filter_map(|window| window.fits_at(tokens));
        let allowances = self.allowances.iter().filter_map(|known| known.fits_at(tokens, now));
        windows.chain(allowances).chain(self.paused_until).max()
    }

    fn admit(&mut self, tokens: Tokens, now: Instant) {
        self.windows.iter_mut().for_each(|window| window.add(tokens, now));
        self.allowances.iter_mut().for_each(|allowance| allowance.take(tokens, now));
    }

    /// Records that it is the turn of the first call, and returns its task.
    fn call_first(&mut self, now: Instant) -> Option<Waker> {
        let (_, first) = self.queue.first()?;
        first.called_at.get_or_insert(now);
        first.task.clone()
    }
}
