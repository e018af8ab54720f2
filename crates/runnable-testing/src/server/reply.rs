//! What the server does with a request.

use serde_json::Value;

use super::Gate;

/// What the server does with a request: head, pieces of a body, and how it ends.
///
/// Each piece is written by itself. A body is framed by its length, or is [`chunked`](Self::chunked),
/// or ends with the [connection](Self::until_close). What comes after the last piece is the right
/// end, unless [`close`](Self::close), [`reset`](Self::reset) or [`stall`](Self::stall) says
/// otherwise; so with those, an answer is cut.
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
    /// An answer of this status.
    pub fn new(status: u16) -> Self {
        let head = Some(Head { status, headers: Vec::new() });
        Self { head, framing: Framing::Length, steps: Vec::new() }
    }

    /// An answer of JSON.
    pub fn json(status: u16, body: &Value) -> Self {
        Self::new(status).header("content-type", "application/json").piece(body.to_string())
    }

    /// A stream of events, whose pieces are to follow.
    pub fn events() -> Self {
        Self::new(200).header("content-type", "text/event-stream").chunked()
    }

    /// No answer, but what is written: even the head is a piece.
    pub fn raw() -> Self {
        Self { head: None, framing: Framing::UntilClose, steps: Vec::new() }
    }

    /// A header of the answer.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Some(head) = &mut self.head {
            head.headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }

    /// Sends the body in chunks: each piece is one.
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

    /// A piece of the body.
    #[must_use]
    pub fn piece(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.push(Step::Piece(bytes.as_ref().to_vec()));
        self
    }

    /// A piece for every byte.
    #[must_use]
    pub fn bytewise(mut self, bytes: impl AsRef<[u8]>) -> Self {
        self.steps.extend(bytes.as_ref().iter().map(|byte| Step::Piece(vec![*byte])));
        self
    }

    /// Waits until a test opens the gate, or the client closes the connection.
    #[must_use]
    pub fn wait(mut self, gate: &Gate) -> Self {
        self.steps.push(Step::Gate(gate.clone()));
        self
    }

    /// Closes the connection here.
    #[must_use]
    pub fn close(mut self) -> Self {
        self.steps.push(Step::Close);
        self
    }

    /// Resets the connection here: what is on its way may be lost.
    #[must_use]
    pub fn reset(mut self) -> Self {
        self.steps.push(Step::Reset);
        self
    }

    /// Sends no more, and waits until the client closes the connection.
    #[must_use]
    pub fn stall(mut self) -> Self {
        self.steps.push(Step::Stall);
        self
    }

    /// The head as it is written; nothing if the reply has none.
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

    /// Whether the connection is good for another request afterwards.
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
