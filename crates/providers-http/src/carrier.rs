//! What carries the requests of a client.

use std::{env, ffi::OsString, path::PathBuf, sync::Arc};

use reqwest::{Client, Url, redirect::Policy, retry};
use runnable_core::{Error, ErrorKind, Result};

use crate::{
    network::Network,
    record::{Recorder, Replay},
    route::Route,
    timeouts::Timeouts,
    tls,
    transport::Transport,
};

/// The folder to which all clients record, unless told otherwise.
const RECORD: &str = "RUNNABLE_RECORD";
/// The folder from which all clients replay, unless told otherwise.
const REPLAY: &str = "RUNNABLE_REPLAY";

/// The variables that name proxies.
const PROXIES: [&str; 6] =
    ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// What carries the requests of a client.
pub(crate) enum Carrier {
    Default,
    Reqwest(Client),
    Transport(Arc<dyn Transport>),
    Replay(PathBuf),
}

/// What requests go through, of a client of our own.
pub(crate) enum Proxy {
    System,
    None,
    Url(String),
}

impl Carrier {
    /// The way to it, recorded if anybody asks for that.
    pub(crate) fn route(
        self,
        base: &Url,
        timeouts: &Timeouts,
        proxy: Proxy,
        record: Option<PathBuf>,
    ) -> Result<Route> {
        let carrier = match (self, variable(REPLAY)) {
            (Self::Default, Some(folder)) => Self::Replay(folder.into()),
            (carrier, _) => carrier,
        };
        let route = match carrier {
            Self::Default => {
                let client = client(base, timeouts, proxy)?;
                Route::Network(Network::new(client, timeouts.connect))
            }
            Self::Reqwest(client) => Route::Network(Network::new(client, None)),
            Self::Transport(transport) => Route::Transport(transport),
            Self::Replay(folder) => Route::Transport(Arc::new(Replay::load(&folder)?)),
        };
        Ok(match record.or_else(|| variable(RECORD).map(PathBuf::from)) {
            Some(folder) => {
                let recorder = Recorder::new(route.into_transport(), folder);
                Route::Transport(Arc::new(recorder))
            }
            None => route,
        })
    }
}

/// The value of a variable; one that is empty says nothing.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}

fn client(base: &Url, timeouts: &Timeouts, proxy: Proxy) -> Result<Client> {
    let mut builder = Client::builder()
        .tls_backend_preconfigured(tls::config(base.scheme())?)
        // A redirect would carry the key to wherever it points.
        .redirect(Policy::none())
        // What is tried again is up to the `RetryPolicy`; for its own, it would keep a copy of each
        // request.
        .retry(retry::never().max_retries_per_request(0));
    if let Some(limit) = timeouts.connect {
        builder = builder.connect_timeout(limit);
    }
    builder = match proxy {
        Proxy::System if PROXIES.into_iter().any(|name| variable(name).is_some()) => builder,
        // Else it looks for them with each request.
        Proxy::System | Proxy::None => builder.no_proxy(),
        // The error would show the URL, which may hold a password.
        Proxy::Url(url) => builder.proxy(reqwest::Proxy::all(url).map_err(|_| {
            Error::new(ErrorKind::InvalidInput, "the URL of the proxy is unusable")
        })?),
    };
    builder.build().map_err(|error| Error::wrap(ErrorKind::Other, error))
}
