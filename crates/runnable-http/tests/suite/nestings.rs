//! The number of requests and the events of a call, for each combination of `with_retry`, fallback
//! and transport in the guide.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::StreamExt;
use runnable_chat::{AiMessage, ChatModel, prelude::*};
use runnable_core::{DynRunnable, Listener, RunEvent, RunEventData};
use runnable_http::{HttpClient, HttpReport, HttpRetryPolicy as HttpPolicy, chat::HttpChatModel};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;
use tokio::time::Instant;

use crate::{
    chat::Words,
    scripted::{Scripted, answer},
};

/// Counts the requests of models whose server always fails.
struct Counted {
    first: FakeServer,
    second: FakeServer,
}

impl Counted {
    async fn new(reply: impl Fn() -> Reply) -> Self {
        let server = async || FakeServer::script([reply()]).await.unwrap();
        Self { first: server().await, second: server().await }
    }

    fn model(&self) -> ChatModel {
        model(&self.first, None)
    }

    fn other(&self) -> ChatModel {
        model(&self.second, None)
    }

    /// Returns the error of a call, and the number of requests at each server.
    ///
    /// Also checks that the events of the call contain each request.
    async fn requests<R>(&self, chain: R, streamed: bool) -> (Error, usize, usize)
    where
        R: Runnable<Input = <ChatModel as Runnable>::Input, Output = AiMessage>,
    {
        let before = (self.first.requests().len(), self.second.requests().len());
        let seen = Attempts::default();
        let config = RunConfig::new().listener(seen.clone());
        let error = if streamed {
            chain.stream("Hello.").config(config).concat().await.unwrap_err()
        } else {
            chain.invoke("Hello.").config(config).await.unwrap_err()
        };
        let (first, second) = (self.first.requests().len(), self.second.requests().len());
        let requests = first - before.0 + second - before.1;
        let count = |attempts: &AtomicUsize| attempts.load(Ordering::Relaxed);
        assert_eq!(count(&seen.reports), requests, "each request has a report: {error}");
        // Each request after the first one follows a retry or a fallback.
        assert_eq!(count(&seen.retries) + count(&seen.fallbacks) + 1, requests, "{error}");
        (error, first - before.0, second - before.1)
    }
}

/// Counts the events of a call that belong to its requests.
#[derive(Clone, Default)]
struct Attempts {
    reports: Arc<AtomicUsize>,
    retries: Arc<AtomicUsize>,
    fallbacks: Arc<AtomicUsize>,
}

impl Listener for Attempts {
    fn on_event(&self, event: &RunEvent<'_>) {
        let counted = match &event.data {
            RunEventData::Report { name, .. } if *name == HttpReport::NAME => &self.reports,
            RunEventData::Retry { .. } => &self.retries,
            RunEventData::Fallback { .. } => &self.fallbacks,
            _ => return,
        };
        counted.fetch_add(1, Ordering::Relaxed);
    }
}

fn model(server: &FakeServer, retry: Option<HttpPolicy>) -> ChatModel {
    let client = HttpClient::builder(&server.url()).no_proxy();
    let client = match retry {
        Some(policy) => client.retry_policy(policy),
        None => client,
    };
    ChatModel::new(HttpChatModel::new(Words, client.build().unwrap(), "words", "w"))
}

/// A service that asks for a delay that is short enough for a test.
fn busy() -> Reply {
    Reply::json(503, &json!({"message": "busy"})).header("retry-after-ms", "1")
}

fn attempts(attempts: u32) -> RetryPolicy {
    RetryPolicy::new().max_attempts(attempts).without_backoff()
}

#[tokio::test]
async fn each_nesting_makes_the_documented_requests() {
    let servers = Counted::new(busy).await;
    let (model, other) = (|| servers.model(), || servers.other());
    let explicit = || self::model(&servers.first, Some(HttpPolicy::default().max_attempts(3)));
    let chains: [(&str, DynRunnable<_, AiMessage>, usize, usize); 10] = [
        ("the model", model().into_dyn(), 3, 0),
        ("a retry", model().with_retry(attempts(5)).into_dyn(), 5, 0),
        ("a retry that tries once", model().with_retry(attempts(1)).into_dyn(), 1, 0),
        (
            "a policy of the transport in a retry",
            explicit().with_retry(attempts(5)).into_dyn(),
            15,
            0,
        ),
        (
            "a retry in a retry",
            model().with_retry(attempts(3)).with_retry(attempts(2)).into_dyn(),
            6,
            0,
        ),
        ("a fallback", model().with_fallback(other()).into_dyn(), 3, 3),
        (
            "a retry around a fallback",
            model().with_fallback(other()).with_retry(attempts(5)).into_dyn(),
            5,
            5,
        ),
        (
            "retries in a fallback",
            model()
                .with_retry(attempts(5))
                .with_fallback(other().with_retry(attempts(2)))
                .into_dyn(),
            5,
            2,
        ),
        (
            "a retry in a fallback in a retry",
            model()
                .with_retry(attempts(2))
                .with_fallback(other())
                .with_retry(attempts(3))
                .into_dyn(),
            6,
            3,
        ),
        (
            "a retry for other errors",
            model()
                .with_retry(attempts(5).when(|error| error.kind() == ErrorKind::Parse))
                .into_dyn(),
            3,
            0,
        ),
    ];
    for (name, chain, first, second) in chains {
        for streamed in [false, true] {
            let (error, first_requests, fell_back) =
                servers.requests(chain.clone(), streamed).await;
            assert_eq!(
                (first_requests, fell_back),
                (first, second),
                "{name}, streamed: {streamed}"
            );
            // The error is the one of the first model.
            assert_eq!(error.attempts() as usize, first, "{name}: {error}");
            let expected = format!("; gave up after {first} attempts (in ");
            assert!(first == 1 || error.to_string().contains(&expected), "{name}: {error}");
        }
    }
}

#[tokio::test]
async fn an_exhausted_quota_is_not_retried_by_either_layer() {
    for name in ["insufficient_quota", "billing_hard_limit_reached"] {
        for key in ["code", "type"] {
            let body = json!({"error": {key: name, "message": "No credit."}});
            let servers = Counted::new(|| Reply::json(429, &body)).await;
            let (error, first_requests, _) = servers.requests(servers.model(), false).await;
            assert_eq!((error.kind(), first_requests), (ErrorKind::RateLimit, 1));
            let retried = servers.model().with_retry(attempts(5));
            let (error, first_requests, _) = servers.requests(retried, true).await;
            assert_eq!((error.is_transient(), first_requests), (false, 1));
        }
    }
}

#[tokio::test]
async fn both_layers_obey_x_should_retry() {
    for (status, should, expected) in [(503, "false", [1, 1]), (413, "true", [3, 5])] {
        let reply =
            || Reply::new(status).header("x-should-retry", should).header("retry-after-ms", "1");
        let servers = Counted::new(reply).await;
        let (_, alone, _) = servers.requests(servers.model(), false).await;
        let (_, retried, _) =
            servers.requests(servers.model().with_retry(attempts(5)), false).await;
        assert_eq!([alone, retried], expected, "{status}");
    }
}

#[tokio::test]
async fn both_layers_fail_if_a_delay_is_longer_than_a_minute() {
    let servers = Counted::new(|| Reply::new(429).header("retry-after", "61")).await;
    for (chain, streamed) in [
        (servers.model().into_dyn(), false),
        (servers.model().into_dyn(), true),
        (servers.model().with_retry(attempts(5)).into_dyn(), false),
        (servers.model().with_retry(attempts(5)).into_dyn(), true),
    ] {
        let (error, first_requests, _) = servers.requests(chain, streamed).await;
        assert_eq!((error.kind(), first_requests), (ErrorKind::RateLimit, 1));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
        let text = error.message();
        assert!(text.contains("requested wait of 61s is longer than the 60s"), "{text}");
    }
}

/// A retry: the name of the run, the number of the failed attempt, the delay after it, and its
/// error.
type Seen = (String, u32, Duration, String);

/// Collects the retries of a call.
#[derive(Clone, Default)]
struct Retries(Arc<Mutex<Vec<Seen>>>);

impl Listener for Retries {
    fn on_event(&self, event: &RunEvent<'_>) {
        if let RunEventData::Retry { attempt, wait, error, .. } = &event.data {
            let name = event.run.name.to_string();
            self.0.lock().unwrap().push((name, *attempt, *wait, error.message()));
        }
    }
}

fn scripted(transport: &Scripted) -> ChatModel {
    ChatModel::new(HttpChatModel::new(Words, transport.client(), "words", "w"))
}

fn unavailable(headers: &[(&str, &str)]) -> crate::scripted::Answer {
    answer(503, headers, r#"{"message": "busy"}"#)
}

fn good() -> crate::scripted::Answer {
    answer(200, &[("content-type", "application/json")], r#"{"text": "Good day."}"#)
}

#[tokio::test(start_paused = true)]
async fn transport_attempts_are_events_of_the_model_run() {
    for streamed in [false, true] {
        let transport = Scripted::new([unavailable(&[]), unavailable(&[]), good()]);
        let (retries, model) = (Retries::default(), scripted(&transport));
        let config = RunConfig::new().listener(retries.clone());
        if streamed {
            model.stream("Hello.").config(config).for_each(async |it| drop(it.unwrap())).await
        } else {
            model.invoke("Hello.").config(config).await.map(drop).unwrap()
        }
        let seen = retries.0.lock().unwrap().clone();
        let numbers: Vec<_> = seen.iter().map(|(name, attempt, ..)| (&**name, *attempt)).collect();
        assert_eq!(numbers, [("ChatModel", 1), ("ChatModel", 2)]);
        assert!(
            seen.iter().all(|(.., why)| why.contains("503") && why.contains("busy")),
            "{seen:?}"
        );
        assert!(seen[0].2 < seen[1].2, "the waits get longer: {seen:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_to_retry_frees_its_permit() {
    let transport = Scripted::new([unavailable(&[("retry-after", "30")]), good(), good(), good()]);
    let start = Instant::now();
    let questions = ["one", "two", "three"];
    let mut answers = scripted(&transport).batch_as_completed(questions).max_concurrency(1);
    let mut order = Vec::new();
    while let Some((index, answer)) = answers.next().await {
        answer.unwrap();
        order.push((index, start.elapsed() >= Duration::from_secs(30)));
    }
    assert_eq!(order, [(1, false), (2, false), (0, true)]);
}
