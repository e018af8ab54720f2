//! Many streams of a model are dropped.

use std::time::Duration;

use futures::{StreamExt, stream};
use runnable_chat::prelude::*;
use runnable_core::calls::OutputStream;
use runnable_testing::{
    EventRecorder,
    provider_suite::ServiceFixture,
    server::{FakeServer, Reply},
};

use crate::services::PLAIN;

/// The streams are dropped before the response, within its headers, and after some of its chunks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dropped_streams_leave_no_tasks_sockets_or_open_runs() {
    const STREAMS: usize = 1_000;
    let started = Reply::events().piece(PLAIN.stream_chunk("Hel")).piece(PLAIN.stream_chunk("lo"));
    let server = FakeServer::script([started.stall()]).await.expect("a free port");
    let model = PLAIN.model(&server.url(), "sk-123");
    let recorder = EventRecorder::new();
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();

    let dropped = stream::iter(0..STREAMS).map(|number| {
        let config = RunConfig::new().listener(recorder.clone());
        let mut chunks = model.stream("Hi").config(config);
        async move {
            match number % 5 {
                // Drop the stream after one or two chunks.
                pieces @ (1 | 2) => {
                    for _ in 0..pieces {
                        chunks.next().await.expect("a chunk").expect("a valid chunk");
                    }
                }
                // Drop the stream before its first chunk.
                _ => poll_times(&mut chunks, number / 5 % 23).await,
            }
        }
    });
    dropped.buffer_unordered(32).collect::<Vec<()>>().await;
    let recorded = |prefix: &str| {
        let script = recorder.lines();
        script.iter().filter(|event| event.starts_with(prefix)).count()
    };
    let (starts, cancelled) =
        (recorded("on_chat_model_start"), recorded("on_chat_model_cancelled"));
    assert_eq!(starts, cancelled, "every run that started was cancelled");
    assert!(starts > STREAMS / 2, "most have started: {starts}");

    server.wait_until_closed().await;
    assert!(server.accepted_connections() > STREAMS * 2 / 5, "many have reached the server");
    drop(model);
    let gone = async {
        while metrics.num_alive_tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.expect("tasks are left");
}

/// Polls a stream up to `polls` times.
async fn poll_times(chunks: &mut OutputStream<AiMessage>, polls: usize) {
    for _ in 0..polls {
        if futures::poll!(chunks.next()).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}
