//! A way in which a service fails.

use runnable_chat::{AiMessageChunk, ChatModel};
use runnable_core::{Error, ErrorKind, RunnableExt};

use super::{
    ServiceFixture,
    call::Call,
    service::{KEY, closed, serve},
};
use crate::server::{FakeServer, Reply};

/// A way in which a service fails, and how a call of its model has to fail then.
///
/// ```
/// use runnable_core::ErrorKind;
/// use runnable_testing::{
///     provider_suite::{Fault, Wire},
///     server::Reply,
/// };
///
/// async fn what_came_is_kept(wire: &impl Wire) {
///     let cut = Reply::events().piece(wire.begin()).piece(wire.piece("Hel")).close();
///     Fault::new("hangs up", cut, ErrorKind::Connection).keeps("Hel").check(wire).await;
/// }
/// ```
#[derive(Clone, Debug)]
#[must_use = "nothing is asked before `check`"]
pub struct Fault {
    what: String,
    reply: Reply,
    kind: ErrorKind,
    kept: String,
    told: String,
    may_pass: bool,
}

/// How often a model asks that tries again.
pub(super) const ATTEMPTS: usize = 3;

impl Fault {
    /// A service that does this, in words such as `hangs up`; it replies so each time, and the error
    /// is of this class.
    pub fn new(what: impl Into<String>, reply: Reply, kind: ErrorKind) -> Self {
        let (kept, told) = (String::new(), String::new());
        Self { what: what.into(), reply, kind, kept, told, may_pass: false }
    }

    /// The text that came before, and is kept.
    pub fn expect_partial(mut self, text: impl Into<String>) -> Self {
        self.kept = text.into();
        self
    }

    /// Words of the error's message.
    pub fn expect_message(mut self, words: impl Into<String>) -> Self {
        self.told = words.into();
        self
    }

    /// It may pass: a [model that tries again](Wire::retrying_model) does. Else, nothing does.
    pub fn expect_transient(mut self) -> Self {
        self.may_pass = true;
        self
    }

    /// Asks a service that fails so: streamed, gathered and invoked, with the model, and with the
    /// one that tries again. Gives the error of the last call, for what else is to be seen of it.
    ///
    /// # Panics
    ///
    /// If a call fails in another way, or not at all; if it asks too often; if its run does not end
    /// once; if it gives more or less than what came; if a connection stays open.
    pub async fn check(&self, wire: &impl ServiceFixture) -> Error {
        let attempts = if self.may_pass { ATTEMPTS } else { 1 };
        if wire.retrying_model("http://127.0.0.1", KEY).is_some() {
            let again = |url: &str| wire.retrying_model(url, KEY);
            self.ask(&|url| again(url).unwrap_or_else(|| wire.model(url, KEY)), attempts).await;
        }
        self.ask(&|url| wire.model(url, KEY), 1).await
    }

    async fn ask(&self, model: &dyn Fn(&str) -> ChatModel, attempts: usize) -> Error {
        let server = serve([self.reply.clone()]).await;
        let model = model(&server.url());

        let mut call = Call::of(&model);
        let (text, error) = call.fails().await;
        self.assert_error("streamed", &text, &error);
        call.record().assert_ended("error");
        self.assert_done(&server, attempts).await;
        drop(call);

        let call = Call::of(&model);
        let record = call.record();
        let error = self.failure(call.chunks.concat().await);
        self.assert_error("gathered", &partial(&error), &error);
        record.assert_ended("error");
        self.assert_done(&server, 2 * attempts).await;

        let error = self.failure(model.invoke("Hi").await);
        self.assert_error("invoked", &partial(&error), &error);
        self.assert_done(&server, 3 * attempts).await;
        drop(model);
        closed(&server).await;
        error
    }

    #[track_caller]
    fn failure<T: std::fmt::Debug>(&self, result: Result<T, Error>) -> Error {
        match result {
            Err(error) => error,
            Ok(answer) => panic!("a service that {} has answered: {answer:?}", self.what),
        }
    }

    #[track_caller]
    fn assert_error(&self, how: &str, text: &str, error: &Error) {
        let what = format!("{how}, a service that {}: {error}", self.what);
        assert_eq!((error.kind(), text), (self.kind, &*self.kept), "{what}");
        assert!(error.message().contains(&self.told), "{what}");
    }

    /// So often was the service asked, and the call holds no connection, though its model is held.
    async fn assert_done(&self, server: &FakeServer, requests: usize) {
        assert_eq!(server.requests().len(), requests, "a service that {}", self.what);
        if !self.reply.keeps_alive() {
            closed(server).await;
        }
    }
}

fn partial(error: &Error) -> String {
    let partial: Option<AiMessageChunk> = error.partial();
    partial.map(|partial| partial.text().into_owned()).unwrap_or_default()
}
