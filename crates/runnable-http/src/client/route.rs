//! [`Route`]: the route from a client to the network or to another transport.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use reqwest::header::HeaderMap;
use runnable_core::{ErrorKind, Result};

use crate::{
    origin::RequestInfo,
    transport::{HttpBody, Network, Transport},
};

/// The route from a client to the network or to another transport.
pub(crate) enum Route {
    /// Sends requests directly to the network. This avoids the boxed future and the request
    /// extension that a `Transport` requires.
    Network(Network),
    Transport(Arc<dyn Transport>),
}

impl Route {
    /// Sends the request once, and returns the response.
    pub(crate) fn send(
        &self,
        origin: RequestInfo,
        headers: HeaderMap,
        body: Bytes,
    ) -> impl Future<Output = Result<http::Response<HttpBody>>> + Send + 'static {
        match self {
            Self::Network(network) => network.execute(origin, headers, body).left_future(),
            Self::Transport(transport) => match request(origin, headers, body) {
                Ok(request) => transport.send(request),
                Err(error) => Box::pin(async { Err(error) }),
            }
            .right_future(),
        }
    }

    pub(crate) fn into_transport(self) -> Arc<dyn Transport> {
        match self {
            Self::Network(network) => Arc::new(network),
            Self::Transport(transport) => transport,
        }
    }
}

/// Creates the request in the form that a `Transport` receives.
fn request(origin: RequestInfo, headers: HeaderMap, body: Bytes) -> Result<http::Request<Bytes>> {
    let Some(uri) = origin.target().uri.clone() else {
        return Err(origin.failure(ErrorKind::InvalidInput, "the request has an invalid URL"));
    };
    let mut request = http::Request::new(body);
    *request.method_mut() = origin.method().clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(origin);
    Ok(request)
}
