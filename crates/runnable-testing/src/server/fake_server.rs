//! The fake web server.

use std::{
    fmt, io,
    net::{Ipv4Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{AbortHandle, JoinSet},
};

use super::{ReceivedRequest, Reply, connection::Connection};

/// A fake web server on the loopback interface. When the server is dropped, it closes all its
/// connections.
///
/// The server needs a Tokio runtime. It listens on a free port.
pub struct FakeServer {
    address: SocketAddr,
    state: Arc<State>,
    task: AbortHandle,
}

struct State {
    reply: Box<ReplyTo>,
    requests: Mutex<Vec<ReceivedRequest>>,
    counts: watch::Sender<Counts>,
}

type ReplyTo = dyn Fn(usize, &ReceivedRequest) -> Reply + Send + Sync;

/// Counters that a test can wait for.
#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    requests: usize,
    accepted: usize,
    open: usize,
}

impl FakeServer {
    /// Starts a server that calls `reply` for each request.
    ///
    /// `reply` receives the number of the request, counted from 0, and the request, and returns the
    /// reply to send.
    ///
    /// # Errors
    ///
    /// Returns an error if no port can be opened.
    pub async fn start(
        reply: impl Fn(usize, &ReceivedRequest) -> Reply + Send + Sync + 'static,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let state = State {
            reply: Box::new(reply),
            requests: Mutex::default(),
            counts: watch::Sender::new(Counts::default()),
        };
        let state = Arc::new(state);
        let task = tokio::spawn(accept(listener, state.clone())).abort_handle();
        Ok(Self { address, state, task })
    }

    /// Starts a server that sends these replies in order, and repeats the last one.
    ///
    /// If `replies` is empty, the server closes each connection without a reply.
    ///
    /// # Errors
    ///
    /// Returns an error if no port can be opened.
    pub async fn script(replies: impl IntoIterator<Item = Reply>) -> io::Result<Self> {
        let replies: Vec<Reply> = replies.into_iter().collect();
        Self::start(move |number, _| {
            let reply = replies.get(number).or(replies.last());
            reply.cloned().unwrap_or_else(|| Reply::raw().close())
        })
        .await
    }

    /// Returns a URL at which no server listens, so that connections are refused.
    ///
    /// # Errors
    ///
    /// Returns an error if no port can be opened.
    pub async fn refusing() -> io::Result<String> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        Ok(format!("http://{}", listener.local_addr()?))
    }

    /// Returns the address at which the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the base URL of the server, such as `http://127.0.0.1:1234`.
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns all requests that have been received completely, in order.
    pub fn requests(&self) -> Vec<ReceivedRequest> {
        self.state.requests().clone()
    }

    /// Returns the number of connections that clients have opened so far.
    pub fn accepted_connections(&self) -> usize {
        self.state.counts.borrow().accepted
    }

    /// Returns the number of connections that are currently open.
    pub fn open_connections(&self) -> usize {
        self.state.counts.borrow().open
    }

    /// Waits until this many requests have been received.
    pub async fn wait_for_requests(&self, requests: usize) {
        self.wait(|counts| counts.requests >= requests).await;
    }

    /// Waits until no connection is open.
    pub async fn wait_until_closed(&self) {
        self.wait(|counts| counts.open == 0).await;
    }

    async fn wait(&self, enough: impl Fn(&Counts) -> bool) {
        // This cannot fail, because `self` holds the sender.
        let _ = self.state.counts.subscribe().wait_for(|counts| enough(counts)).await;
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for FakeServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FakeServer").field("address", &self.address).finish_non_exhaustive()
    }
}

impl State {
    fn requests(&self) -> MutexGuard<'_, Vec<ReceivedRequest>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reply(&self, request: ReceivedRequest) -> Reply {
        let number = {
            let mut requests = self.requests();
            requests.push(request.clone());
            requests.len() - 1
        };
        self.counts.send_modify(|counts| counts.requests += 1);
        (self.reply)(number, &request)
    }
}

/// Accepts connections. The future owns the tasks of the connections, so dropping the future closes
/// the connections.
async fn accept(listener: TcpListener, state: Arc<State>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                // An error means that the client has already closed the connection.
                let Ok((stream, _)) = accepted else { continue };
                state.counts.send_modify(|counts| {
                    counts.accepted += 1;
                    counts.open += 1;
                });
                connections.spawn(serve(stream, Open(state.clone())));
            }
            Some(_) = connections.join_next() => {}
        }
    }
}

async fn serve(stream: TcpStream, open: Open) {
    let mut connection = Connection::new(stream);
    // Ignore errors. They mean that the client has closed the connection, and many tests check that
    // it does so.
    while let Ok(Some(request)) = connection.request().await {
        let reply = open.0.reply(request);
        if !matches!(connection.reply(&reply).await, Ok(true)) {
            break;
        }
    }
    drop(connection);
}

/// Represents an open connection. The connection counts as open until this value is dropped.
struct Open(Arc<State>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.counts.send_modify(|counts| counts.open -= 1);
    }
}
