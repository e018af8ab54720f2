//! The task that submits the batches of a lane, and passes the answers to the calls.

use std::{collections::HashSet, future::pending, pin::pin, sync::Arc};

use futures_core::stream::BoxStream;
use futures_util::{
    FutureExt, StreamExt,
    future::{Either, select},
    stream::{self, SelectAll},
};
use runnable_chat::batch_api::{BatchAnswer, BatchId, BatchRequest};
use runnable_core::{Error, Result};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::{
    lane::Lane,
    stored_part::{self, StoredPart},
};

/// Something that the service has done.
enum Event {
    Answer(Box<BatchAnswer>),
    /// The calls with these custom IDs fail.
    Failed(HashSet<String>, Error),
    /// The results of a stored part cannot be fetched, or no further ones.
    Unavailable(StoredPart),
}

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
            let deadline = last.map(|last| last + lane.settings.quiet_time);
            let is_quiet = deadline.is_some_and(|deadline| deadline <= Instant::now());
            let is_due = count > 0 && (count >= lane.settings.max_requests || is_quiet);
            let batch = if is_due { state.take_pending() } else { Vec::new() };
            (needed, batch, deadline.filter(|_| !is_due))
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
            Some(Event::Answer(answer)) => lane.state().deliver(*answer),
            Some(Event::Failed(custom_ids, error)) => lane.state().fail(custom_ids, &error),
            Some(Event::Unavailable(stored)) => lane.state().put_back(stored),
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

/// Submits a batch. The stream then yields its answers.
fn submitted(lane: Arc<Lane>, requests: Vec<BatchRequest>) -> BoxStream<'static, Event> {
    let mut left: HashSet<_> = requests.iter().map(|request| request.custom_id.clone()).collect();
    let events = async move {
        // The names of later submissions are greater, because the UUID starts with the time.
        let submission = Uuid::now_v7().to_string();
        let (journal, name) = (Arc::clone(&lane.journal), lane.name.clone());
        let submission = lane.api.submit(requests).on_part(move |part| {
            let (journal, name, submission) =
                (Arc::clone(&journal), name.clone(), submission.clone());
            async move { stored_part::store(&*journal, &name, &submission, &part).await }
        });
        let error = match submission.await {
            Ok(batch) => return answers(batch.results(), left),
            Err(error) => error,
        };
        // The service may work on some parts nevertheless.
        let mut id = BatchId::new(lane.api.provider());
        let parts: Option<BatchId> = error.partial();
        for part in parts.iter().flat_map(BatchId::parts).filter(|part| part.batch.is_some()) {
            id.put(part.clone());
        }
        let created: HashSet<_> = id.custom_ids().map(str::to_owned).collect();
        left.retain(|custom_id| !created.contains(custom_id));
        let failed = stream::iter([Event::Failed(left, error)]);
        let created = match lane.api.resume(id).await {
            Ok(batch) => answers(batch.results(), created),
            Err(error) => stream::iter([Event::Failed(created, error)]).boxed(),
        };
        failed.chain(created).boxed()
    };
    events.flatten_stream().boxed()
}

/// Continues with a part that was submitted by an earlier process.
fn resumed(lane: Arc<Lane>, stored: StoredPart) -> BoxStream<'static, Event> {
    let custom_ids = stored.part.custom_ids.iter().cloned().collect();
    let mut id = BatchId::new(lane.api.provider());
    id.put(stored.part.clone());
    let again = stored.clone();
    let events = async move {
        let journal = Arc::clone(&lane.journal);
        let submission = lane.api.resume(id).on_part(move |part| {
            let (journal, stored) = (Arc::clone(&journal), stored.clone());
            async move { stored.replace(&*journal, &part).await }
        });
        match submission.await {
            Ok(batch) => answers(batch.results(), custom_ids),
            Err(error) => stream::iter([Event::Failed(custom_ids, error)]).boxed(),
        }
    };
    // A call of this part can arrive after the calls that fail.
    let events = events.flatten_stream().flat_map(move |event| {
        let again = matches!(event, Event::Failed(..)).then(|| Event::Unavailable(again.clone()));
        stream::iter([event].into_iter().chain(again))
    });
    events.boxed()
}

/// Returns the answers of a batch. If they cannot be fetched, the calls without an answer fail.
fn answers(
    results: impl futures_core::Stream<Item = Result<BatchAnswer>> + Send + 'static,
    mut custom_ids: HashSet<String>,
) -> BoxStream<'static, Event> {
    results
        .map(move |result| match result {
            Ok(answer) => {
                custom_ids.remove(&answer.custom_id);
                Event::Answer(Box::new(answer))
            }
            Err(error) => Event::Failed(std::mem::take(&mut custom_ids), error),
        })
        .boxed()
}
