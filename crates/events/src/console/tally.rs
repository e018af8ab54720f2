//! [`Tally`]: counts the details of a run, for short notes.

use std::time::Duration;

use super::detail::{Detail, words};
use crate::text::human;

/// Counts the details of a run, for the notes in its line.
#[derive(Default)]
pub(super) struct Tally {
    /// The number of retries, and the sum of the delays before these retries.
    retries: (u32, Duration),
    /// The number of the last fallback that was tried.
    fallback: Option<u32>,
    /// The waits by reason, in the order in which they happened first.
    waits: Vec<(String, Duration)>,
    /// The outcomes of the HTTP exchanges, if one of them failed.
    exchanges: Vec<String>,
    has_failed_exchange: bool,
}

/// The number of HTTP exchanges that are listed.
const EXCHANGES: usize = 8;

impl Tally {
    pub(super) fn add(&mut self, detail: &Detail) {
        match detail {
            Detail::Retry { wait, .. } => {
                let (count, waited) = &mut self.retries;
                (*count, *waited) = (count.saturating_add(1), waited.saturating_add(*wait));
            }
            Detail::Fallback { number, .. } => self.fallback = Some(*number),
            Detail::Wait { reason, wait } => {
                match self.waits.iter_mut().find(|(known, _)| known == reason) {
                    Some((_, waited)) => *waited = waited.saturating_add(*wait),
                    None => self.waits.push((reason.clone(), *wait)),
                }
            }
            Detail::Http(facts) => {
                self.has_failed_exchange |= facts.is_failure();
                if self.exchanges.len() < EXCHANGES {
                    self.exchanges.push(facts.outcome());
                }
            }
            Detail::Custom { .. } => {}
        }
    }

    /// Returns the notes: `2 retries after 3.00 s`, `fallback 1`, `waited 1.20 s for rate limit`,
    /// `HTTP 429, 200`.
    pub(super) fn notes(&self) -> Vec<String> {
        let (count, waited) = self.retries;
        let retries = (count > 0).then(|| {
            let word = if count == 1 { "retry" } else { "retries" };
            if waited.is_zero() {
                format!("{count} {word}")
            } else {
                format!("{count} {word} after {}", human(waited))
            }
        });
        let fallback = self.fallback.map(|number| format!("fallback {number}"));
        let waits = self.waits.iter();
        let waits =
            waits.map(|(reason, wait)| format!("waited {} for {}", human(*wait), words(reason)));
        let exchanges =
            self.has_failed_exchange.then(|| format!("HTTP {}", self.exchanges.join(", ")));
        retries.into_iter().chain(fallback).chain(waits).chain(exchanges).collect()
    }
}
