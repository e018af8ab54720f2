//! A fake web server on the loopback interface, which sends scripted replies and simulates
//! failures.
//!
//! ```
//! use runnable_testing::server::{FakeServer, Reply};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let reply = Reply::new(200).header("connection", "close").piece("hello");
//! let server = FakeServer::script([reply]).await?;
//!
//! let mut client = tokio::net::TcpStream::connect(server.address()).await?;
//! client.write_all(b"GET /greeting HTTP/1.1\r\n\r\n").await?;
//! let mut answer = String::new();
//! client.read_to_string(&mut answer).await?;
//!
//! assert!(answer.ends_with("hello"));
//! assert_eq!(server.requests()[0].path(), "/greeting");
//! # Ok(())
//! # }
//! ```
//!
//! The server has no delays. To control the order of events in a test, add a [`Gate`] to a reply,
//! or wait until the server reaches a state, for example with
//! [`wait_until_closed`](FakeServer::wait_until_closed).
//!
//! Do not use the server while Tokio's clock is paused. Whenever all tasks wait for a socket, a
//! paused clock jumps to the next time limit, and the call times out.

mod connection;
mod fake_server;
mod gate;
mod received;
mod reply;

pub use fake_server::FakeServer;
pub use gate::Gate;
pub use received::ReceivedRequest;
pub use reply::Reply;
