//! Many clients in one program share their connections, and nothing more.

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::mpsc::{self, Receiver},
    thread,
    time::{Duration, Instant},
};

use runnable_http::{HttpClient, HttpClientBuilder, HttpRetryPolicy, HttpTimeouts, Secret};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::{Value, json};
use tokio::runtime::{Builder, Runtime};

fn builder(url: &str) -> HttpClientBuilder {
    HttpClient::builder(url).no_proxy().retry_policy(HttpRetryPolicy::none())
}

async fn ask(client: &HttpClient) {
    let answer = client.post("chat").body("{}").send().await.unwrap();
    assert_eq!(answer.json::<Value>().await.unwrap(), json!(1));
}

async fn server() -> FakeServer {
    FakeServer::script([Reply::json(200, &json!(1))]).await.unwrap()
}

#[tokio::test]
async fn a_thousand_clients_share_one_connection_and_no_key() {
    let server = server().await;
    for user in 0..1_000 {
        let key = Secret::new(format!("sk-user-{user}"));
        ask(&builder(&server.url()).bearer_auth(key).build().unwrap()).await;
    }
    assert_eq!(server.accepted_connections(), 1);
    for (user, request) in server.requests().iter().enumerate() {
        assert_eq!(request.header("authorization"), Some(&*format!("Bearer sk-user-{user}")));
    }
    ask(&builder(&server.url()).build().unwrap()).await;
    assert_eq!(server.requests().last().unwrap().header("authorization"), None);
    assert_eq!(server.accepted_connections(), 1);
}

/// Starts a server that closes each connection after one response without announcing it, and reports
/// each closed connection.
fn closing() -> (String, Receiver<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (closed, is_closed) = mpsc::channel();
    thread::spawn(move || {
        for connection in listener.incoming() {
            let (mut connection, mut request) = (connection.unwrap(), Vec::new());
            while !request.ends_with(b"{}") {
                let mut piece = [0; 1_024];
                match connection.read(&mut piece).unwrap() {
                    0 => break,
                    length => request.extend_from_slice(&piece[..length]),
                }
            }
            let answer = "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n1";
            connection.write_all(answer.as_bytes()).unwrap();
            drop(connection);
            if closed.send(()).is_err() {
                break;
            }
        }
    });
    (url, is_closed)
}

#[tokio::test]
async fn a_closed_idle_connection_costs_no_request() {
    let (url, closed) = closing();
    let client = builder(&url).build().unwrap();
    for _ in 0..20 {
        ask(&client).await;
        // Nothing else runs meanwhile, so that the runtime has not seen it.
        closed.recv().unwrap();
    }
    for _ in 0..20 {
        ask(&builder(&url).build().unwrap()).await;
        closed.recv().unwrap();
    }
}

#[tokio::test]
async fn nothing_is_open_after_the_last_client_is_dropped() {
    let server = server().await;
    let (first, second) = (builder(&server.url()).build(), builder(&server.url()).build());
    let (first, second) = (first.unwrap(), second.unwrap());
    ask(&first).await;
    ask(&second).await;
    assert_eq!(server.accepted_connections(), 1);
    drop(first);
    tokio::task::yield_now().await;
    assert_eq!(server.open_connections(), 1);
    drop(second);
    // The time for which they are held passes at once.
    tokio::time::pause();
    server.wait_until_closed().await;
    tokio::time::resume();
    ask(&builder(&server.url()).build().unwrap()).await;
    assert_eq!(server.accepted_connections(), 2);
}

#[tokio::test]
async fn clients_with_other_settings_share_no_connections() {
    let server = server().await;
    ask(&builder(&server.url()).build().unwrap()).await;
    // A limit that does not affect connections.
    let patient = HttpTimeouts::default().first_byte(Duration::from_secs(1_000));
    ask(&builder(&server.url()).timeouts(patient).build().unwrap()).await;
    assert_eq!(server.accepted_connections(), 1);
    let hasty = HttpTimeouts::default().connect(Duration::from_secs(7));
    ask(&builder(&server.url()).timeouts(hasty).build().unwrap()).await;
    assert_eq!(server.accepted_connections(), 2);
}

#[test]
fn a_second_client_costs_next_to_nothing() {
    let build = || builder("https://api.example.org/v1").bearer_auth("sk-123").build().unwrap();
    build();
    let counted = allocation_counter::measure(|| drop(build()));
    assert!(counted.count_total <= 40, "{counted:?}");
}

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().build().unwrap()
}

/// Starts a server in a runtime of its own.
fn serving() -> (Runtime, FakeServer) {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let server = runtime.block_on(server());
    (runtime, server)
}

#[test]
fn connections_of_an_ended_runtime_are_not_reused() {
    let (_serving, server) = serving();
    let client = builder(&server.url()).build().unwrap();
    for _ in 0..3 {
        runtime().block_on(ask(&client));
        runtime().block_on(ask(&builder(&server.url()).build().unwrap()));
    }
    assert_eq!(server.requests().len(), 6);
}

#[test]
fn a_paused_runtime_does_not_block_other_runtimes() {
    let (_serving, server) = serving();
    let client = builder(&server.url()).build().unwrap();
    let (resting, other) = (runtime(), runtime());
    resting.block_on(ask(&client));
    // The connection is idle, and its runtime is not polled now.
    other.block_on(ask(&client));
    resting.block_on(ask(&client));
    assert_eq!(server.accepted_connections(), 2, "each runtime has its own");
}

#[test]
fn clients_of_many_runtimes_work_at_the_same_time() {
    let (_serving, server) = serving();
    let url = server.url();
    thread::scope(|scope| {
        for _ in 0..12 {
            scope.spawn(|| {
                for _ in 0..5 {
                    runtime().block_on(ask(&builder(&url).build().unwrap()));
                }
            });
        }
    });
    assert_eq!(server.requests().len(), 60);
}

/// `cargo test -p runnable-http --release --test suite -- --ignored second_client`
#[test]
#[ignore = "measures time"]
fn a_second_client_takes_less_than_20_microseconds() {
    let build = || builder("https://api.example.org/v1").bearer_auth("sk-123").build().unwrap();
    build();
    let start = Instant::now();
    (0..1_000).for_each(|_| drop(build()));
    let each = start.elapsed() / 1_000;
    println!("{each:?}");
    assert!(each < Duration::from_micros(20), "{each:?}");
}
