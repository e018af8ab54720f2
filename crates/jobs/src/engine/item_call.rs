//! [`call`]: the call of the chain for one item.

use std::{sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{self, BoxFuture, Either},
};
use runnable_chat::metering::{UsageMeter, UsageTotals};
use runnable_core::{
    Error, ErrorKind, Result, RunConfig, Runnable, RunnableExt, combinators::Retry,
};
use serde::Serialize;
use tokio::time::Instant;

use super::attempt::Attempt;
use crate::{
    checkpoint::CurrentItem,
    outputs::FailedItem,
    records::{ItemRecord, ItemState, output_record},
    state::Settings,
};

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

/// Calls the chain for an item. `before` is the usage of the item in earlier processes.
pub(super) fn call<R: Runnable<Input: Clone>>(
    chain: Retry<Attempt<R>>,
    input: R::Input,
    item: Arc<CurrentItem>,
    settings: &Settings,
    before: UsageTotals,
) -> BoxFuture<'static, ItemEnd> {
    let meter = UsageMeter::new().with_prices(settings.prices.clone());
    let config = RunConfig::new().resource(Arc::clone(&item)).listener(meter.clone());
    // A batch converts a panic of its item to an error.
    let call = chain.batch([input]).config(settings.config.clone()).config(config);
    async move {
        let begin = Instant::now();
        let stopped = stopped(&item).boxed();
        let result = match future::select(call, stopped).await {
            Either::Left((results, _)) => Some(results.into_iter().next().unwrap_or_else(nothing)),
            Either::Right(((), call)) => {
                drop(call);
                None
            }
        };
        let usage = meter.take();
        let total = before + usage.clone();
        let end = end(&item, result, begin.elapsed(), &total);
        ItemEnd { item, end, usage, total }
    }
    .boxed()
}

/// Completes if the job stops while the item waits for its next attempt.
fn stopped(item: &Arc<CurrentItem>) -> impl Future<Output = ()> + Send + use<> {
    let item = Arc::clone(item);
    async move {
        item.control.stopping().await;
        if !item.is_waiting() {
            // The attempt ends, and is not followed by another attempt.
            future::pending::<()>().await;
        }
    }
}

fn nothing<T>() -> Result<T> {
    Err(Error::new(ErrorKind::Other, "the call of the item returned nothing"))
}

/// Returns the record for the end of a call. `result` is `None` if the call has not ended.
fn end<T: Serialize>(
    item: &CurrentItem,
    result: Option<Result<T>>,
    elapsed: Duration,
    usage: &UsageTotals,
) -> End {
    let attempts = item.attempts();
    let ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
    let error = match result {
        Some(Ok(output)) => match output_record(&output, attempts, ms, usage) {
            Ok(record) => return End::Done(record),
            Err(error) => {
                let message = format!("failed to convert the output to JSON: {error}");
                Some(Error::new(ErrorKind::Other, message).with_source(error))
            }
        },
        Some(Err(error)) => Some(error).filter(|_| !item.has_stopped()),
        None => None,
    };
    match error {
        Some(error) => End::Failed(failed_record(&error, attempts, ms, usage), error),
        None => End::Pending(pending_record(ItemState::Pending, attempts, 0, usage)),
    }
}

pub(super) fn failed_record(error: &Error, attempts: u32, ms: u64, usage: &UsageTotals) -> Vec<u8> {
    let failed = Some(FailedItem::new(error, attempts));
    let record = ItemRecord::<()> { error: failed, ms, ..ItemRecord::new(ItemState::Failed) };
    json(record.attempts(attempts).with_usage(usage))
}

/// Returns the record of an item without a result.
pub(super) fn pending_record(
    state: ItemState,
    attempts: u32,
    crashes: u32,
    usage: &UsageTotals,
) -> Vec<u8> {
    json(ItemRecord::<()>::new(state).attempts(attempts).crashes(crashes).with_usage(usage))
}

/// A record without an output contains only texts and numbers, so this cannot fail.
fn json(record: ItemRecord<()>) -> Vec<u8> {
    record.to_json().unwrap_or_default()
}
