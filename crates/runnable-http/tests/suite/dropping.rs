//! Dropping a request, a response or a stream closes the connection.

use futures::{StreamExt, stream};
use runnable_http::HttpClient;
use runnable_testing::server::{FakeServer, Gate, Reply};

fn client(server: &FakeServer) -> HttpClient {
    HttpClient::builder(&server.url()).no_proxy().build().unwrap()
}

async fn serve(reply: Reply) -> FakeServer {
    FakeServer::script([reply]).await.unwrap()
}

#[tokio::test]
async fn dropping_a_request_closes_its_connection() {
    let server = serve(Reply::raw().stall()).await;
    let client = client(&server);
    let request = client.post("chat").body("{}").send();
    tokio::select! {
        answer = request => panic!("the server must not respond: {answer:?}"),
        () = server.wait_for_requests(1) => {}
    }
    server.wait_until_closed().await;
    assert_eq!(server.accepted_connections(), 1);
}

#[tokio::test]
async fn dropping_an_answer_closes_its_connection() {
    let server = serve(Reply::events().stall()).await;
    let answer = client(&server).post("chat").send().await.unwrap();
    assert_eq!(server.open_connections(), 1);
    drop(answer);
    server.wait_until_closed().await;
}

#[tokio::test]
async fn dropping_a_stream_closes_its_connection() {
    let server = serve(Reply::events().piece("data: a\n\nda").stall()).await;
    let mut frames = client(&server).post("chat").send().await.unwrap().sse();
    frames.next().await.unwrap().unwrap();
    assert_eq!(server.open_connections(), 1);
    drop(frames);
    server.wait_until_closed().await;
}

#[tokio::test]
async fn a_stream_that_was_read_leaves_its_connection_for_others() {
    let server = serve(Reply::events().piece("data: a\n\n")).await;
    let client = client(&server);
    for _ in 0..3 {
        let mut frames = client.post("chat").send().await.unwrap().sse();
        while let Some(frame) = frames.next().await {
            frame.unwrap();
        }
    }
    assert_eq!(server.accepted_connections(), 1);
}

/// Requests are dropped before the response, after its headers, and after some of its frames.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_dropped_streams_leave_no_task_and_no_socket() {
    const STREAMS: usize = 1_000;
    let gate = Gate::new();
    let reply = Reply::events().piece("data: a\n\n").piece("data: b\n\n").wait(&gate);
    let server = serve(reply).await;
    let client = client(&server);
    let before = tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let dropped = stream::iter(0..STREAMS).map(|number| {
        let client = client.clone();
        async move {
            let request = client.post("chat").body("{}").send();
            if number % 5 == 4 {
                // Dropped at different points of the request.
                let polls = number / 5 % 7;
                return poll_and_drop(request, polls).await;
            }
            let mut frames = request.await.unwrap().sse();
            for _ in 0..number % 3 {
                frames.next().await.unwrap().unwrap();
            }
        }
    });
    dropped.buffer_unordered(32).collect::<Vec<()>>().await;
    drop(client);
    server.wait_until_closed().await;
    assert!(server.accepted_connections() >= STREAMS * 4 / 5);

    let metrics = tokio::runtime::Handle::current().metrics();
    while metrics.num_alive_tasks() > before {
        tokio::task::yield_now().await;
    }
}

/// Polls a future so many times, and drops it.
async fn poll_and_drop<F: Future>(future: F, polls: usize) {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        if futures::poll!(&mut future).is_ready() {
            return;
        }
        tokio::task::yield_now().await;
    }
}
