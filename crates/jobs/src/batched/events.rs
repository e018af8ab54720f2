//! What happens to the batches of a lane.

use std::{collections::HashSet, sync::Arc};

use futures_core::{Stream, stream::BoxStream};
use futures_util::{FutureExt, StreamExt, stream};
use runnable_chat::batch_api::{BatchAnswer, BatchId, BatchRequest};
use runnable_core::Result;
use uuid::Uuid;

use super::{failure::Failure, lane::Lane, pace::is_queue_full, stored_part::StoredPart};

/// Something that has happened to a batch.
pub(super) enum Event {
    Answer(Box<BatchAnswer>),
    /// The service has rejected a batch with so many requests, because its queue is full.
    Rejected(usize, Box<BatchAnswer>),
    Failed(Failure),
}

/// Submits a batch. The stream then yields its answers.
pub(super) fn submitted(lane: Arc<Lane>, requests: Vec<BatchRequest>) -> BoxStream<'static, Event> {
    let mut left: HashSet<_> = requests.iter().map(|request| request.custom_id.clone()).collect();
    let events = async move {
        // The names of later submissions are greater, because the UUID starts with the time.
        let submission = Uuid::now_v7().to_string();
        let (journal, name) = (Arc::clone(&lane.journal), lane.name.clone());
        let stored = move |part| StoredPart::new(&name, &submission, part);
        let names = stored.clone();
        let submission = lane.api.submit(requests).on_part(move |part| {
            let (journal, stored) = (Arc::clone(&journal), stored(part));
            async move { stored.write(&*journal).await }
        });
        let error = match submission.await {
            Ok(batch) => {
                let parts = batch.id().parts().iter().cloned().map(names).collect();
                return answers(batch.results(), left, parts);
            }
            Err(error) => error,
        };
        // The service may work on some parts nevertheless.
        let id: Option<BatchId> = error.partial();
        let parts = id.iter().flat_map(BatchId::parts).cloned().map(names);
        let (created, parts): (Vec<_>, Vec<_>) = parts.partition(|it| it.part.batch.is_some());
        for custom_id in created.iter().flat_map(|stored| &*stored.part.custom_ids) {
            left.remove(custom_id);
        }
        let failed = stream::iter([Event::Failed(Failure { custom_ids: left, error, parts })]);
        let created = created.into_iter().map(|stored| resumed(Arc::clone(&lane), stored));
        failed.chain(stream::select_all(created)).boxed()
    };
    events.into_stream().flatten().boxed()
}

/// Continues with a part that was submitted before.
pub(super) fn resumed(lane: Arc<Lane>, stored: StoredPart) -> BoxStream<'static, Event> {
    let custom_ids = stored.part.custom_ids.iter().cloned().collect();
    let mut id = BatchId::new(lane.api.provider());
    id.put(stored.part.clone());
    let events = async move {
        let (journal, again) = (Arc::clone(&lane.journal), stored.clone());
        let submission = lane.api.resume(id).on_part(move |part| {
            let (journal, stored) = (Arc::clone(&journal), again.with(part));
            async move { stored.write(&*journal).await }
        });
        match submission.await {
            Ok(batch) => {
                let parts = batch.id().parts().iter().map(|part| stored.with(part.clone()));
                answers(batch.results(), custom_ids, parts.collect())
            }
            Err(error) => {
                let failure = Failure { custom_ids, error, parts: vec![stored] };
                stream::iter([Event::Failed(failure)]).boxed()
            }
        }
    };
    events.into_stream().flatten().boxed()
}

/// Returns the answers of a batch. If they cannot be fetched, the calls without an answer fail.
fn answers(
    results: impl Stream<Item = Result<BatchAnswer>> + Send + 'static,
    mut custom_ids: HashSet<String>,
    mut parts: Vec<StoredPart>,
) -> BoxStream<'static, Event> {
    let requests = custom_ids.len();
    let events = results.map(move |result| match result {
        Ok(answer) => {
            custom_ids.remove(&answer.custom_id);
            match &answer.result {
                Err(error) if is_queue_full(error) => Event::Rejected(requests, Box::new(answer)),
                _ => Event::Answer(Box::new(answer)),
            }
        }
        Err(error) => {
            let custom_ids = std::mem::take(&mut custom_ids);
            // A part whose results have all arrived is not needed any more.
            let is_left =
                |it: &StoredPart| it.part.custom_ids.iter().any(|id| custom_ids.contains(id));
            parts.retain(is_left);
            Event::Failed(Failure { custom_ids, error, parts: std::mem::take(&mut parts) })
        }
    });
    events.boxed()
}
