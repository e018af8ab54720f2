//! A model whose streams are dropped, in masses.

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

/// Dropped before the answer, within its head, and after some of its pieces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_dropped_streams_leave_no_task_no_socket_and_no_open_run() {
    const STREAMS: usize = 1_000;
    let begun = Reply::events().piece(PLAIN.stream_chunk("Hel")).piece(PLAIN.stream_chunk("lo"));
    let server = FakeServer::script([begun.stall()]).await.expect("there is a free port");
    let model = PLAIN.model(&server.url(), "sk-123");
    let recorder = EventRecorder::new();
    let metrics = tokio::runtime::Handle::current().metrics();
    let before = metrics.num_alive_tasks();

    let dropped = stream::iter(0..STREAMS).map(|number| {
        let config = RunConfig::new().listener(recorder.clone());
        let mut chunks = model.stream("Hi").config(config);
        async move {
            match number % 5 {
                // After one or two of its pieces.
                pieces @ (1 | 2) => {
                    for _ in 0..pieces {
                        chunks.next().await.expect("it goes on").expect("it is sound");
                    }
                }
                // At any moment before.
                _ => give_up(&mut chunks, number / 5 % 23).await,
            }
        }
    });
    dropped.buffer_unordered(32).collect::<Vec<()>>().await;
    let recorded = |what: &str| {
        let script = recorder.lines();
        script.iter().filter(|event| event.starts_with(what)).count()
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

/// Polls a stream so often.
async fn give_up(chunks: &mut OutputStream<AiMessage>, polls: usize) {
    for _ in 0..polls {
        if futures::poll!(chunks.next()).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}
