//! A failure of a service, and the error that a provider must report for this failure.

use runnable_chat::{AiMessageChunk, ChatModel};
use runnable_core::{Error, ErrorKind, RunnableExt};

use super::{
    ServiceFixture,
    call::Call,
    service::{KEY, closed, serve},
};
use crate::server::{FakeServer, Reply};

/// A failure of a service, and the error that a provider must report for this failure.
///
/// ```
/// use runnable_core::ErrorKind;
/// use runnable_testing::{
///     provider_suite::{Fault, ServiceFixture},
///     server::Reply,
/// };
///
/// async fn a_truncated_answer_is_kept(wire: &impl ServiceFixture) {
///     let start = wire.stream_start() + &wire.stream_chunk("Hel");
///     let reply = Reply::events().piece(start).close();
///     let fault = Fault::new("closes the connection", reply, ErrorKind::Connection);
///     fault.expect_partial("Hel").check(wire).await;
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "a fault is tested only by `check`"]
pub struct Fault {
    description: String,
    reply: Reply,
    kind: ErrorKind,
    partial: String,
    message: String,
    transient: bool,
}

/// The number of attempts that a retrying model makes.
pub(super) const ATTEMPTS: usize = 3;

impl Fault {
    /// Creates a fault: a service that sends `reply` to each request.
    ///
    /// For this reply, the provider must report an error of the kind `kind`. `description`
    /// completes the phrase "a service that …" in the messages of failed assertions.
    pub fn new(description: impl Into<String>, reply: Reply, kind: ErrorKind) -> Self {
        let (partial, message) = (String::new(), String::new());
        Self { description: description.into(), reply, kind, partial, message, transient: false }
    }

    /// Sets the text that the model must yield before the error. The default is no text.
    pub fn expect_partial(mut self, text: impl Into<String>) -> Self {
        self.partial = text.into();
        self
    }

    /// Sets a text that the error message must contain.
    pub fn expect_message(mut self, words: impl Into<String>) -> Self {
        self.message = words.into();
        self
    }

    /// Expects that a [retrying model](ServiceFixture::retrying_model) retries the call after this
    /// fault.
    ///
    /// By default, the model must not retry.
    pub fn expect_transient(mut self) -> Self {
        self.transient = true;
        self
    }

    /// Calls a service with this fault several times, and checks the errors. Returns the error of
    /// the last call.
    ///
    /// The method calls both the [model](ServiceFixture::model) and the [retrying
    /// model](ServiceFixture::retrying_model) in three ways: with `stream`, with `stream` and
    /// `concat`, and with `invoke`.
    ///
    /// # Panics
    ///
    /// Panics if
    ///
    /// - a call does not fail, or fails with another error;
    /// - the text before the error is not the expected text;
    /// - the number of requests is wrong;
    /// - a run does not have exactly one end event;
    /// - a connection stays open.
    pub async fn check(&self, wire: &impl ServiceFixture) -> Error {
        let attempts = if self.transient { ATTEMPTS } else { 1 };
        if wire.retrying_model("http://127.0.0.1", KEY).is_some() {
            let retrying = |url: &str| wire.retrying_model(url, KEY);
            let model = |url: &str| retrying(url).unwrap_or_else(|| wire.model(url, KEY));
            self.check_model(&model, attempts).await;
        }
        self.check_model(&|url| wire.model(url, KEY), 1).await
    }

    async fn check_model(&self, model: &dyn Fn(&str) -> ChatModel, attempts: usize) -> Error {
        let server = serve([self.reply.clone()]).await;
        let model = model(&server.url());

        let mut call = Call::of(&model);
        let (text, error) = call.read_to_error().await;
        self.assert_error("`stream`", &text, &error);
        call.record().assert_ended("error");
        self.assert_done(&server, attempts).await;
        drop(call);

        let call = Call::of(&model);
        let record = call.record();
        let error = self.failure(call.chunks.concat().await);
        self.assert_error("`stream` and `concat`", &partial(&error), &error);
        record.assert_ended("error");
        self.assert_done(&server, 2 * attempts).await;

        let error = self.failure(model.invoke("Hi").await);
        self.assert_error("`invoke`", &partial(&error), &error);
        self.assert_done(&server, 3 * attempts).await;
        drop(model);
        closed(&server).await;
        error
    }

    #[track_caller]
    fn failure<T: std::fmt::Debug>(&self, result: Result<T, Error>) -> Error {
        match result {
            Err(error) => error,
            Ok(answer) => {
                panic!("a service that {}: expected an error, found {answer:?}", self.description)
            }
        }
    }

    #[track_caller]
    fn assert_error(&self, method: &str, text: &str, error: &Error) {
        let case = format!("{method} with a service that {}: {error}", self.description);
        assert_eq!((error.kind(), text), (self.kind, &*self.partial), "{case}");
        assert!(error.message().contains(&self.message), "{case}");
    }

    /// Asserts that the server received this number of requests, and that the call has released its
    /// connection, even though the model is not dropped.
    async fn assert_done(&self, server: &FakeServer, requests: usize) {
        assert_eq!(server.requests().len(), requests, "a service that {}", self.description);
        if !self.reply.keeps_alive() {
            closed(server).await;
        }
    }
}

fn partial(error: &Error) -> String {
    let partial: Option<AiMessageChunk> = error.partial();
    partial.map(|partial| partial.text().into_owned()).unwrap_or_default()
}
