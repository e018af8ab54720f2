//! A chat model that records when it receives its requests.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use runnable_chat::prelude::*;
use runnable_testing::{ScriptedChatModel, ScriptedReply};
use tokio::time::Instant;

/// A chat model that records when it receives its requests, and their texts.
#[derive(Clone)]
pub(crate) struct ClockedModel {
    start: Instant,
    requests: Arc<Mutex<Vec<(Duration, String)>>>,
}

impl ClockedModel {
    /// Creates a model. Times count from this moment.
    pub(crate) fn new() -> Self {
        Self { start: Instant::now(), requests: Arc::default() }
    }

    /// Returns a model that answers each prompt with `answer`.
    pub(crate) fn answering(
        &self,
        answer: impl Fn(&str) -> ScriptedReply + Send + Sync + 'static,
    ) -> ChatModel {
        let (start, requests) = (self.start, Arc::clone(&self.requests));
        ScriptedChatModel::from_fn(move |request| {
            let text = request.prompt.text().into_owned();
            let answer = answer(&text);
            requests.lock().unwrap().push((start.elapsed(), text));
            answer
        })
        .to_model()
    }

    /// Returns a model that answers each prompt with `ok`.
    pub(crate) fn to_model(&self) -> ChatModel {
        self.answering(|_| ScriptedReply::complete("ok"))
    }

    /// Returns the times of all requests, in order.
    pub(crate) fn times(&self) -> Vec<Duration> {
        self.requests.lock().unwrap().iter().map(|(time, _)| *time).collect()
    }

    /// Returns the times of all requests in whole seconds.
    pub(crate) fn seconds(&self) -> Vec<u64> {
        self.times().iter().map(Duration::as_secs).collect()
    }

    /// Returns the texts of all requests, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.requests.lock().unwrap().iter().map(|(_, text)| text.clone()).collect()
    }
}

/// Returns the largest sum of amounts in any period of this length.
pub(crate) fn most_in_any_period(amounts: &[(Duration, u64)], period: Duration) -> u64 {
    let sum_from = |first: usize| {
        let end = amounts[first].0 + period;
        let inside = amounts[first..].iter().take_while(|(time, _)| *time < end);
        inside.map(|(_, amount)| amount).sum()
    };
    (0..amounts.len()).map(sum_from).max().unwrap_or_default()
}
