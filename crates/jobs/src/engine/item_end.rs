//! [`Called`] and [`ItemEnd`]: the call of an item, and how it has ended.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Duration,
};

use runnable_chat::metering::UsageTotals;
use runnable_core::{Error, ErrorKind, Result};
use serde::Serialize;

use crate::{
    checkpoint::CurrentItem,
    outputs::FailedItem,
    records::{ItemRecord, ItemState, output_record},
};

/// An item whose call is under way.
pub(super) struct Called {
    pub(super) item: Arc<CurrentItem>,
    /// Its usage in earlier processes.
    pub(super) before: UsageTotals,
}

/// How the call of an item has ended.
pub(super) struct ItemEnd {
    pub(super) item: Arc<CurrentItem>,
    pub(super) end: End,
    /// The usage of this call.
    pub(super) usage: UsageTotals,
    /// The usage of all calls of the item, also in earlier processes.
    pub(super) total: UsageTotals,
}

pub(super) enum End {
    /// The item has a result. This is its record.
    Done(Vec<u8>),
    /// The item has failed. This is its record, and the error.
    Failed(Vec<u8>, Error),
    /// The item stays pending, because the job stops. This is its record.
    Pending(Vec<u8>),
}

impl ItemEnd {
    pub(super) fn new<T: Serialize>(called: Called, result: Result<T>) -> Self {
        let Called { item, before } = called;
        let usage = item.meter.take();
        let total = before + usage.clone();
        let end = end(&item, result, item.elapsed(), &total);
        Self { item, end, usage, total }
    }
}

/// Returns the record for the end of a call.
fn end<T: Serialize>(
    item: &CurrentItem,
    result: Result<T>,
    elapsed: Duration,
    usage: &UsageTotals,
) -> End {
    let attempts = item.attempts();
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let error = match result {
        Ok(output) => {
            // The type of the output may convert itself, and its panic concerns only this item.
            let record = || output_record(&output, attempts, ms, usage);
            match catch_unwind(AssertUnwindSafe(record)) {
                Ok(Ok(record)) => return End::Done(record),
                Ok(Err(error)) => {
                    let message = format!("failed to convert the output to JSON: {error}");
                    Error::new(ErrorKind::Other, message).with_source(error)
                }
                Err(panic) => Error::from_panic("the conversion of the output to JSON", &*panic),
            }
        }
        Err(_) if item.has_stopped() => {
            return End::Pending(pending_record(item, ItemState::Pending, 0, usage));
        }
        Err(error) => error,
    };
    let record = failed_record(&error, attempts, ms, usage).retries(item.retries);
    let record = ItemRecord { is_unfetched: item.is_unfetched(), ..record };
    End::Failed(json(record), error)
}

fn failed_record(error: &Error, attempts: u32, ms: u64, usage: &UsageTotals) -> ItemRecord<()> {
    let failed = Some(FailedItem::new(error, attempts));
    let record = ItemRecord { error: failed, ms, ..ItemRecord::new(ItemState::Failed) };
    record.attempts(attempts).with_usage(usage)
}

/// Returns the record of an item that cannot start, after so many attempts and retries.
pub(super) fn refused_record(
    error: &Error,
    (attempts, retries): (u32, u32),
    usage: &UsageTotals,
) -> Vec<u8> {
    json(failed_record(error, attempts, 0, usage).retries(retries))
}

/// Returns the record of an item without a result.
pub(super) fn pending_record(
    item: &CurrentItem,
    state: ItemState,
    crashes: u32,
    usage: &UsageTotals,
) -> Vec<u8> {
    let record = ItemRecord::<()>::new(state).attempts(item.attempts()).crashes(crashes);
    json(record.retries(item.retries).with_usage(usage))
}

/// A record without an output contains only texts and numbers, so this cannot fail.
fn json(record: ItemRecord<()>) -> Vec<u8> {
    record.to_json().unwrap_or_default()
}
