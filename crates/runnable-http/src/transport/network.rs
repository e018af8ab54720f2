//! Requests over the network.

use std::time::Duration;

use bytes::Bytes;
use futures_core::future::BoxFuture;
use reqwest::header::HeaderMap;
use runnable_core::{Error, ErrorKind, Result, TimeoutPhase};
use tokio::task::yield_now;

use super::{body::HttpBody, fault, pool::User, transport::Transport};
use crate::{error::cause, origin::RequestInfo};

/// The transport that uses the network.
#[derive(Debug)]
pub(crate) enum Network {
    /// By the connections of all clients with the same settings.
    Shared(User),
    /// By a client of the user.
    Own(reqwest::Client),
}

impl Network {
    fn client(&self) -> Result<reqwest::Client> {
        match self {
            Self::Shared(user) => user.client(),
            Self::Own(client) => Ok(client.clone()),
        }
    }

    /// The limit for connecting, to say it in an error.
    fn connect_timeout(&self) -> Option<Duration> {
        match self {
            Self::Shared(user) => user.connect_timeout(),
            Self::Own(_) => None,
        }
    }

    /// Sends a request of a client.
    pub(crate) fn execute(
        &self,
        origin: RequestInfo,
        headers: HeaderMap,
        body: Bytes,
    ) -> impl Future<Output = Result<http::Response<HttpBody>>> + Send + use<> {
        let request = origin.target().url.clone().map(|url| {
            let mut request = reqwest::Request::new(origin.method().clone(), url);
            *request.headers_mut() = headers;
            *request.body_mut() = Some(body.into());
            request
        });
        let request = request
            .ok_or_else(|| origin.failure(ErrorKind::InvalidInput, "the request goes to no URL"));
        self.send_request(origin, request)
    }

    fn send_request(
        &self,
        origin: RequestInfo,
        request: Result<reqwest::Request>,
    ) -> impl Future<Output = Result<http::Response<HttpBody>>> + Send + use<> {
        let limit = self.connect_timeout();
        let answer = request.and_then(|request| Ok(self.client()?.execute(request)));
        async move {
            let answer = answer?;
            // A server closes idle connections. The runtime looks at its sockets here, so that the client
            // sees what was closed by now, and takes a fresh connection for a request that it would
            // otherwise lose: one that was sent in part is never sent again.
            yield_now().await;
            let answer = answer.await.map_err(|error| fail(&origin, error, limit))?;
            let answer = http::Response::<reqwest::Body>::from(answer);
            Ok(answer.map(|body| HttpBody::of_network(body, origin)))
        }
    }
}

/// For what stands between it and the client.
impl Transport for Network {
    fn send(
        &self,
        request: http::Request<Bytes>,
    ) -> BoxFuture<'static, Result<http::Response<HttpBody>>> {
        let origin = RequestInfo::of(&request);
        let request = reqwest::Request::try_from(request).map_err(|error| {
            origin.failure(ErrorKind::InvalidInput, cause(&error)).with_source(error)
        });
        Box::pin(self.send_request(origin, request))
    }
}

/// The error of a request that was not answered.
fn fail(origin: &RequestInfo, error: reqwest::Error, limit: Option<Duration>) -> Error {
    let (host, why) = (origin.host(), cause(&error));
    // The URL may hold a key.
    let source = error.without_url();
    if let Some(what) = fault::that_stays(origin, &source) {
        let error = origin.failure(ErrorKind::Connection, what);
        return error.with_source(source).with_transient(false);
    }
    if source.is_timeout() {
        let connecting = source.is_connect();
        let what = match (connecting, limit) {
            (true, Some(limit)) => format!("no connection to {host} within {limit:?}"),
            (true, None) => format!("no connection to {host} in time"),
            (false, _) => format!("{host} did not answer {origin} in time"),
        };
        let error = origin.failure(ErrorKind::Timeout, what).with_source(source);
        let phase = if connecting { TimeoutPhase::Connect } else { TimeoutPhase::FirstChunk };
        return error.with_timeout_phase(phase);
    }
    let (kind, what) = match () {
        () if source.is_connect() => {
            let what = format!(
                "cannot connect to {host} for {origin}: {why}; check the base URL and the network"
            );
            (ErrorKind::Connection, what)
        }
        () if source.is_builder() => {
            (ErrorKind::InvalidInput, format!("cannot send {origin} to {host}: {why}"))
        }
        () => {
            let what = format!("{host} broke the connection before it answered {origin}: {why}");
            (ErrorKind::Connection, what)
        }
    };
    origin.failure(kind, what).with_source(source)
}
