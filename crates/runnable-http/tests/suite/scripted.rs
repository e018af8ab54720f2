//! A transport without a network, so that tests can pause time.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
};

use futures::future::{self, BoxFuture, FutureExt};
use runnable_core::{Error, ErrorKind, Result};
use runnable_http::{Bytes, HttpBody, HttpClient, HttpClientBuilder, Transport, http};

pub(crate) type Answer = Result<http::Response<HttpBody>>;

/// Returns its responses in order. A request after the last one never completes.
#[derive(Clone, Default)]
pub(crate) struct Scripted {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    requests: Arc<Mutex<Vec<http::Request<Bytes>>>>,
}

impl Scripted {
    pub(crate) fn new(answers: impl IntoIterator<Item = Answer>) -> Self {
        let answers = Arc::new(Mutex::new(answers.into_iter().collect()));
        Self { answers, ..Self::default() }
    }

    pub(crate) fn builder(&self) -> HttpClientBuilder {
        HttpClient::builder("https://api.example.org/v1").transport(self.clone())
    }

    pub(crate) fn client(&self) -> HttpClient {
        self.builder().build().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<http::Request<Bytes>> {
        self.requests.lock().unwrap().clone()
    }
}

impl Transport for Scripted {
    fn send(&self, request: http::Request<Bytes>) -> BoxFuture<'static, Answer> {
        self.requests.lock().unwrap().push(request);
        match self.answers.lock().unwrap().pop_front() {
            Some(answer) => future::ready(answer).boxed(),
            None => future::pending().boxed(),
        }
    }
}

pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: impl Into<HttpBody>) -> Answer {
    let mut answer = http::Response::builder().status(status);
    for (name, value) in headers {
        answer = answer.header(*name, *value);
    }
    Ok(answer.body(body.into()).unwrap())
}

pub(crate) fn refused() -> Answer {
    Err(Error::new(ErrorKind::Connection, "connection refused"))
}
