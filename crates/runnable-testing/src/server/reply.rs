//! The replies of the fake server.

use serde_json::Value;

use super::Gate;

/// A reply of the fake server: a head, a body in pieces, and how the body ends.
///
/// The server writes each piece of the body separately. By default, the reply has a
/// `content-length`. The body can also be [`chunked`](Self::chunked), or [end when the connection
/// is closed](Self::until_close).
///
/// After the last piece, the server ends the body correctly. With [`close`](Self::close),
/// [`reset`](Self::reset) or [`stall`](Self::stall), the body is truncated instead.
///
/// ```
/// use runnable_testing::server::Reply;
///
/// // A stream of events that breaks off after the first event.
/// let reply = Reply::events().piece("data: 1\n\n").close();
/// # let _ = reply;
/// ```
#[derive(Clone, Debug)]
pub struct Reply {
    head: Option<Head>,
    pub(super) framing: Framing,
    pub(super) steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Framing {
    Length,
    Chunked,
    UntilClose,
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Piece(Vec<u8>),
    Gate(Gate),
    Close,
    Reset,
    Stall,
}

impl Reply {
    /// Creates a reply with this status and an empty body.
    pub fn new(status: u16) -> Self {
        let head = Some(Head { status, headers: Vec::new() });
        Self { head, framing: Framing::Length, steps: Vec::new() }
    }

    /// Creates a reply with this status and a JSON body.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status).header("content-type", "application/json").piece(body.to_string())
    }

    /// Creates a reply with a chunked stream of server-sent events. Add its events with
    /// [`piece`](Self::piece).
    pub fn events() -> Self {
        Self::new(200).header("content-type", "text/event-stream").chunked()
    }

    /// Creates a reply without a head, for replies that violate HTTP. The server writes the pieces
    /// unchanged.
    pub fn raw() -> Self {
        Self { head: None, framing: Framing::UntilClose, steps: Vec::new() }
    }

    /// Adds a header to the reply.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Some(head) = &mut self.head {
            head.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sends the body with chunked transfer encoding. Each piece is one chunk.
    #[must_use]
    pub fn chunked(mut self) -> Self {
        self.framing = Framing::Chunked;
        self
    }

    /// Ends the body by closing the connection.
    #[must_use]
    pub fn until_close(mut self) -> Self {
        self.framing = Framing::UntilClose;
        self
    }

    /// Adds a piece to the body. The server writes each piece separately.
    #[must_use]
    pub fn piece(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Piece(bytes.as_ref().to_vec()));
        self
    }

    /// Adds each byte of `bytes` as a separate piece of the body.
    #[must_use]
    pub fn bytewise(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.extend(bytes.as_ref().iter().map(|byte| Step::Piece(vec![*byte])));
        self
    }

    /// Makes the server wait at this point of the body until the test opens the gate, or the client
    /// closes the connection.
    #[must_use]
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Gate(gate.clone()));
        self
    }

    /// Makes the server close the connection at this point of the body.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.steps.push(Step::Close);
        self
    }

    /// Makes the server reset the connection at this point of the body. The client may lose data
    /// that was sent before the reset.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Makes the server stop sending at this point of the body, and wait until the client closes
    /// the connection.
    #[must_use]
    pub fn stall(mut self) -> Self {
        self.steps.push(Step::Stall);
        self
    }

    /// Returns the text of the head, or an empty string if the reply has no head.
    pub(super) fn head(&self) -> String {
        let Some(Head { status, headers }) = &self.head else { return String::new() };
        let mut text = format!("HTTP/1.1 {status} -\r\n");
        let named = |name: &str| headers.iter().any(|(key, _)| key.eq_ignore_ascii_case(name));
        for (name, value) in headers {
            text.push_str(&format!("{name}: {value}\r\n"));
        }
        match self.framing {
            Framing::Length if !named("content-length") => {
                text.push_str(&format!("content-length: {}\r\n", self.length()));
            }
            Framing::Chunked => text.push_str("transfer-encoding: chunked\r\n"),
            Framing::UntilClose => text.push_str("connection: close\r\n"),
            Framing::Length => {}
        }
        text.push_str("\r\n");
        text
    }

    fn length(&self) -> usize {
        let length = |step: &Step| if let Step::Piece(piece) = step { piece.len() } else { 0 };
        self.steps.iter().map(length).sum()
    }

    /// Returns `true` if the connection can be used for another request after this reply.
    pub(crate) fn keeps_alive(&self) -> bool {
        let cuts = |step: &Step| matches!(step, Step::Close | Step::Reset | Step::Stall);
        let closes = |(name, value): &(String, String)| {
            name.eq_ignore_ascii_case("connection") && value.eq_ignore_ascii_case("close")
        };
        self.framing != Framing::UntilClose
            && !self.steps.iter().any(cuts)
            && self.head.as_ref().is_some_and(|head| !head.headers.iter().any(closes))
    }
}
