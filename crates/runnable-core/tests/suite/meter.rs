//! Models that know how many of them are at work at once.

use std::{
    sync::{Arc, Mutex, atomic::AtomicUsize},
    time::Duration,
};

use futures::{StreamExt, stream};
use runnable_core::{StepInfo, prelude::*};
use tokio::time::{Instant, sleep};

/// When models had work in flight: also a model that is not polled any more has, until that is done.
#[derive(Clone, Default)]
pub(crate) struct Meter {
    pieces: Arc<Mutex<Vec<(Instant, Instant)>>>,
    /// How many of the limits inside the call were exceeded.
    pub(crate) exceeded: Arc<AtomicUsize>,
    /// The meters of the limits around.
    outer: Option<Box<Self>>,
}

impl Meter {
    /// A meter for a limit inside this one.
    pub(crate) fn inner(&self) -> Self {
        let exceeded = Arc::clone(&self.exceeded);
        Self { pieces: Arc::default(), exceeded, outer: Some(Box::new(self.clone())) }
    }

    pub(crate) async fn work(&self, seconds: u64) {
        // Two pieces, so that it is woken in the middle of its work.
        for wait in [Duration::from_secs(seconds), Duration::from_secs(1)] {
            let begun = Instant::now();
            let _piece = Piece { meter: self, begun, due: begun + wait };
            sleep(wait).await;
        }
    }

    /// A model that streams so many chunks, and works so long for each of them, and a second.
    pub(crate) fn model(&self, seconds: u64, chunks: u64) -> Model {
        Model { meter: self.clone(), seconds, chunks, pauses: false }
    }

    fn add(&self, piece: (Instant, Instant)) {
        self.pieces.lock().unwrap().push(piece);
        self.outer.iter().for_each(|outer| outer.add(piece));
    }

    /// How many were at work at once at most.
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

/// Streams so many chunks, and is at work while it makes each of them.
#[derive(Clone)]
pub(crate) struct Model {
    meter: Meter,
    seconds: u64,
    chunks: u64,
    pauses: bool,
}

impl Model {
    /// The same, which pauses before it works for a chunk.
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
