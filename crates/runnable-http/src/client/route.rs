//! The way that requests take.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::FutureExt;
use reqwest::header::HeaderMap;
use runnable_core::{ErrorKind, Result};

use crate::{
    origin::RequestInfo,
    transport::{HttpBody, Network, Transport},
};

/// The way that the requests of a client take.
pub(crate) enum Route {
    /// Without the detour that the others need: a box, and all that is known of the request put
    /// where it gets through one.
    Network(Network),
    Transport(Arc<dyn Transport>),
}

impl Route {
    /// One attempt.
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

/// The request, as transports take it.
fn request(origin: RequestInfo, headers: HeaderMap, body: Bytes) -> Result<http::Request<Bytes>> {
    let Some(uri) = origin.target().uri.clone() else {
        return Err(origin.failure(ErrorKind::InvalidInput, "the URL is unusable"));
    };
    let mut request = http::Request::new(body);
    *request.method_mut() = origin.method().clone();
    *request.uri_mut() = uri;
    *request.headers_mut() = headers;
    request.extensions_mut().insert(origin);
    Ok(request)
}
