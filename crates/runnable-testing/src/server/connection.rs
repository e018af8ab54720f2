//! A connection of the fake server.

use std::io::{Error, ErrorKind, Result};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    ReceivedRequest, Reply,
    reply::{Framing, Step},
};

/// A connection of the fake server.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    /// The received bytes that are not yet part of a request.
    unread: Vec<u8>,
}

/// The maximum size of a request in bytes.
const LONGEST: usize = 64 << 20;

impl Connection {
    pub(super) fn new(stream: TcpStream) -> Self {
        // Send each piece immediately, so that tests are fast. If this option cannot be set, tests
        // are only slower, so ignore the error.
        let _ = stream.set_nodelay(true);
        Self { stream, unread: Vec::new() }
    }

    /// Reads the next request. Returns `None` if the client has closed the connection.
    pub(super) async fn request(&mut self) -> Result<Option<ReceivedRequest>> {
        let head = loop {
            let end = self.unread.windows(4).position(|bytes| bytes == b"\r\n\r\n");
            if let Some(end) = end {
                let head: Vec<u8> = self.unread.drain(..end + 4).collect();
                break head;
            }
            if !self.read().await? {
                return Ok(None);
            }
        };
        let head = String::from_utf8_lossy(&head);
        let Some(request) = ReceivedRequest::parse(&head) else {
            return Err(Error::new(ErrorKind::InvalidData, "invalid HTTP request"));
        };
        let length = request.header("content-length").and_then(|length| length.parse().ok());
        let length: usize = length.unwrap_or(0);
        while self.unread.len() < length {
            if !self.read().await? {
                return Ok(None);
            }
        }
        let body = self.unread.drain(..length).collect();
        Ok(Some(request.with_body(body)))
    }

    /// Reads more bytes. Returns `false` if the client has closed the connection.
    async fn read(&mut self) -> Result<bool> {
        if self.unread.len() > LONGEST {
            return Err(Error::new(ErrorKind::InvalidData, "the request exceeds 64 MiB"));
        }
        Ok(self.stream.read_buf(&mut self.unread).await? > 0)
    }

    /// Sends a reply. Returns `false` if the connection cannot be used for another request
    /// afterwards.
    pub(super) async fn reply(&mut self, reply: &Reply) -> Result<bool> {
        self.stream.write_all(reply.head().as_bytes()).await?;
        for step in &reply.steps {
            match step {
                Step::Piece(piece) => self.piece(piece, reply.framing).await?,
                Step::Gate(gate) => {
                    tokio::select! {
                        () = gate.pass() => {}
                        () = Self::gone(&mut self.stream, &mut self.unread) => return Ok(false),
                    }
                }
                Step::Close => return Ok(false),
                Step::Reset => {
                    self.stream.set_zero_linger()?;
                    return Ok(false);
                }
                Step::Stall => {
                    Self::gone(&mut self.stream, &mut self.unread).await;
                    return Ok(false);
                }
            }
        }
        if reply.framing == Framing::Chunked {
            self.stream.write_all(b"0\r\n\r\n").await?;
        }
        Ok(reply.keeps_alive())
    }

    async fn piece(&mut self, piece: &[u8], framing: Framing) -> Result<()> {
        match framing {
            // An empty chunk would end the body.
            Framing::Chunked if piece.is_empty() => Ok(()),
            Framing::Chunked => {
                let mut chunk = format!("{:x}\r\n", piece.len()).into_bytes();
                chunk.extend_from_slice(piece);
                chunk.extend_from_slice(b"\r\n");
                self.stream.write_all(&chunk).await
            }
            _ => self.stream.write_all(piece).await,
        }
    }

    /// Waits until the client has closed the connection.
    async fn gone(stream: &mut TcpStream, unread: &mut Vec<u8>) {
        while matches!(stream.read_buf(unread).await, Ok(1..)) {}
    }
}
