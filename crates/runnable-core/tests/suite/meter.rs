//! Models that count how many of them work at once.

use std::{
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::Duration,
};

use futures::{StreamExt, stream};
use runnable_core::{StepInfo, prelude::*};
use tokio::time::{Instant, sleep};

/// The times at which models worked. A model that is no longer polled counts until its work is
/// done.
#[derive(Clone, Default)]
pub(crate) struct Meter {
    pieces: Arc<Mutex<Vec<(Instant, Instant)>>>,
    /// The number of inner limits that were exceeded.
    pub(crate) exceeded: Arc<AtomicUsize>,
    /// The meters of the outer limits.
    outer: Option<Box<Self>>,
}

impl Meter {
    /// Returns a meter for a limit inside this one.
    pub(crate) fn inner(&self) -> Self {
        let exceeded = Arc::clone(&self.exceeded);
        Self { pieces: Arc::default(), exceeded, outer: Some(Box::new(self.clone())) }
    }

    pub(crate) async fn work(&self, seconds: u64) {
        // Sleep twice, so that the model is woken in the middle of its work.
        for wait in [Duration::from_secs(seconds), Duration::from_secs(1)] {
            let begun = Instant::now();
            let _piece = Piece { meter: self, begun, due: begun + wait };
            sleep(wait).await;
        }
    }

    /// Returns a model that streams this many chunks, and works this long for each.
    pub(crate) fn model(&self, seconds: u64, chunks: u64) -> Model {
        Model { meter: self.clone(), seconds, chunks, pauses: false }
    }

    fn add(&self, piece: (Instant, Instant)) {
        self.pieces.lock().unwrap().push(piece);
        self.outer.iter().for_each(|outer| outer.add(piece));
    }

    /// Returns the maximum number of models that worked at once.
    pub(crate) fn peak(&self) -> usize {
        let pieces = self.pieces.lock().unwrap();
        let at = |when| pieces.iter().filter(|(begun, end)| *begun <= when && when < *end).count();
        pieces.iter().map(|(begun, _)| at(*begun)).max().unwrap_or(0)
    }
}

struct Piece<'a> {
    meter: &'a Meter,
    begun: Instant,
    due: Instant,
}

impl Drop for Piece<'_> {
    fn drop(&mut self) {
        self.meter.add((self.begun, self.due.min(Instant::now())));
    }
}

/// Streams this many chunks, and counts as working while it produces each.
#[derive(Clone)]
pub(crate) struct Model {
    meter: Meter,
    seconds: u64,
    chunks: u64,
    pauses: bool,
}

impl Model {
    /// The same, but pauses before it works on a chunk.
    pub(crate) fn pausing(self) -> Self {
        Self { pauses: true, ..self }
    }
}

impl Runnable for Model {
    type Input = u64;
    type Output = u64;

    async fn run(&self, n: u64, cx: RunContext) -> Result<u64> {
        self.run_stream(n, cx).concat().await
    }

    fn run_stream(&self, _: u64, cx: RunContext) -> ChunkStream<u64> {
        let Self { meter, seconds, chunks, pauses } = self.clone();
        ChunkStream::new(stream::iter(0..chunks).then(move |n| {
            let (meter, cx) = (meter.clone(), cx.clone());
            async move {
                if pauses {
                    cx.pause(sleep(Duration::from_secs(2))).await;
                }
                meter.work(seconds).await;
                Ok(n)
            }
        }))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("Model").streams_when_watched()
    }
}
