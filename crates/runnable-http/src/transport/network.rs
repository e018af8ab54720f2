//! [`Network`]: sends requests over the network.

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
    /// Uses connections that are shared by all clients with the same settings.
    Shared(User),
    /// Uses a client that the user provided.
    Own(reqwest::Client),
}

impl Network {
    fn client(&self) -> Result<reqwest::Client> {
        match self {
            Self::Shared(user) => user.client(),
            Self::Own(client) => Ok(client.clone()),
        }
    }

    /// Returns the connect timeout, for error messages.
    fn connect_timeout(&self) -> Option<Duration> {
        match self {
            Self::Shared(user) => user.connect_timeout(),
            Self::Own(_) => None,
        }
    }

    /// Sends a request, and returns the response.
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
            .ok_or_else(|| origin.failure(ErrorKind::InvalidInput, "the request has no valid URL"));
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
            // A server closes idle connections. Yielding gives the runtime the chance to poll its
            // sockets, so that the client notices closed connections and opens a new one. Otherwise
            // the request would fail, because a request that was sent in part is never repeated.
            yield_now().await;
            let answer = answer.await.map_err(|error| fail(&origin, error, limit))?;
            let answer = http::Response::<reqwest::Body>::from(answer);
            Ok(answer.map(|body| HttpBody::of_network(body, origin)))
        }
    }
}

/// This implementation is used if another transport, such as the recorder, passes requests on to
/// the network.
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

/// Creates the error for a request that received no response.
fn fail(origin: &RequestInfo, error: reqwest::Error, limit: Option<Duration>) -> Error {
    let (host, why) = (origin.host(), cause(&error));
    // Remove the URL, because it may contain a key.
    let source = error.without_url();
    if let Some(message) = fault::permanent(origin, &source) {
        let error = origin.failure(ErrorKind::Connection, message);
        return error.with_source(source).with_transient(false);
    }
    if source.is_timeout() {
        let connecting = source.is_connect();
        let message = match (connecting, limit) {
            (true, Some(limit)) => format!("timed out connecting to {host} after {limit:?}"),
            (true, None) => format!("timed out connecting to {host}"),
            (false, _) => format!("timed out waiting for {host} to respond to {origin}"),
        };
        let error = origin.failure(ErrorKind::Timeout, message).with_source(source);
        let phase = if connecting { TimeoutPhase::Connect } else { TimeoutPhase::FirstChunk };
        return error.with_timeout_phase(phase);
    }
    let (kind, message) = match () {
        () if source.is_connect() => {
            let message = format!(
                "cannot connect to {host} for {origin}: {why}; check the base URL and the network"
            );
            (ErrorKind::Connection, message)
        }
        () if source.is_builder() => {
            (ErrorKind::InvalidInput, format!("cannot send {origin} to {host}: {why}"))
        }
        () => {
            let message =
                format!("the connection to {host} failed before it responded to {origin}: {why}");
            (ErrorKind::Connection, message)
        }
    };
    origin.failure(kind, message).with_source(source)
}
