//! What carries the requests of a client.

use std::{env, ffi::OsString, path::PathBuf, sync::Arc};

use reqwest::{Client, Url};
use runnable_core::Result;

use super::{route::Route, timeouts::HttpTimeouts};
use crate::{
    record::{Recorder, Replay},
    transport::{Network, Proxy, Settings, Transport, Trust, User},
};

/// The folder to which all clients record, unless told otherwise.
const RECORD: &str = "RUNNABLE_RECORD";
/// The folder from which all clients replay, unless told otherwise.
const REPLAY: &str = "RUNNABLE_REPLAY";

/// What carries the requests of a client.
pub(crate) enum Carrier {
    Default,
    Reqwest(Client),
    Transport(Arc<dyn Transport>),
    Replay(PathBuf),
}

impl Carrier {
    /// The way to it, recorded if anybody asks for that.
    pub(crate) fn route(
        self,
        base: &Url,
        timeouts: &HttpTimeouts,
        proxy: Proxy,
        record: Option<PathBuf>,
    ) -> Result<Route> {
        let carrier = match (self, variable(REPLAY)) {
            (Self::Default, Some(folder)) => Self::Replay(folder.into()),
            (carrier, _) => carrier,
        };
        let route = match carrier {
            Self::Default => {
                let trust = Trust::of_system(base.scheme());
                let (connect_timeout, proxy) = (timeouts.connect, proxy.way(base)?);
                let settings = Settings { trust, connect_timeout, proxy };
                Route::Network(Network::Shared(User::new(settings)?))
            }
            Self::Reqwest(client) => Route::Network(Network::Own(client)),
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
