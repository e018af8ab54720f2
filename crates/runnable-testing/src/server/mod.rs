//! A web server on this machine's loopback that answers from a script, and fails in every way that
//! servers fail.
//!
//! ```
//! use runnable_testing::server::{FakeServer, Reply};
//! use tokio::io::{AsyncReadExt, AsyncWriteExt};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let server = FakeServer::script([Reply::new(200).header("connection", "close").piece("hello")]).await?;
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
//! Nothing in it waits for time to pass: what is to happen after something else waits for a
//! [`Gate`], and a test waits for what the server sees, such as
//! [`all_closed`](FakeServer::all_closed). It is for clocks that run: a paused clock of tokio jumps
//! to the next time limit whenever all tasks wait for a socket.

mod connection;
mod fake_server;
mod gate;
mod received;
mod reply;

pub use fake_server::FakeServer;
pub use gate::Gate;
pub use received::ReceivedRequest;
pub use reply::Reply;
