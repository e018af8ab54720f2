//! Calls with the same request that run at the same time, and share one request.
//!
//! The chunks of the shared request belong to a [`Flight`](flight::Flight), and each call reads
//! them as a [`Participant`]. The participant that is polled polls the request. Therefore no call
//! waits for another call that is not polled, and the request continues when any call is dropped.
//!
//! # Why calls that share a request cannot deadlock
//!
//! The request is [shared work](runnable_core::SharedWork) of the call that has started it. Under a
//! concurrency limit, it is a run of its own in the account of permits, and can be polled
//! independently. No participant holds a permit while it waits: the call that has started the
//! request waits for it as for any run that it calls, and the other calls pause. If another call
//! waits that does not belong to the same limit, the request does not wait for permits at all.

mod cacheable;
#[expect(clippy::module_inception, reason = "the file has the name of its type")]
mod flight;
mod flights;
mod participant;
mod request;
mod storing;
mod wakers;

pub(crate) use self::{
    cacheable::{Cacheable, Flights},
    participant::Participant,
    storing::{Kept, Storing},
};
