//! Calls with the same request that run at the same time, and share one request.
//!
//! The chunks of the shared request belong to a [`Flight`](flight::Flight), and each call reads
//! them as a [`Participant`]. The participant that is polled polls the request. Therefore no call
//! waits for another call that is not polled, and the request continues when any call is dropped.

mod cacheable;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod flight;
mod flights;
mod participant;
mod polling;
mod storing;
mod wakers;

pub(crate) use self::{
    cacheable::{Cacheable, Flights},
    participant::Participant,
    storing::{Kept, Storing},
};
