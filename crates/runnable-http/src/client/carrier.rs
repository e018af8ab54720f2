//! [`Carrier`]: the way in which a client sends its requests: over the network, through a custom
//! transport, or by replaying recordings.

use std::{env, ffi::OsString, path::PathBuf, sync::Arc};

use reqwest::{Client, Url};
use runnable_core::Result;

use super::{route::Route, timeouts::HttpTimeouts};
use crate::{
    record::{Recorder, Replay},
    transport::{Network, Proxy, Settings, Transport, Trust, User},
};

/// The environment variable that names the folder in which clients record, if `record` is not
/// called.
const RECORD: &str = "RUNNABLE_RECORD";
/// The environment variable that names the folder from which clients replay, if no transport is
/// set.
const REPLAY: &str = "RUNNABLE_REPLAY";

/// The way in which a client sends its requests.
pub(crate) enum Carrier {
    Default,
    Reqwest(Client),
    Transport(Arc<dyn Transport>),
    Replay(PathBuf),
}

impl Carrier {
    /// Returns the route to this carrier. If recording is on, the route goes through a recorder.
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

/// Returns the value of an environment variable. An empty value counts as unset.
fn variable(name: &str) -> Option<OsString> {
    env::var_os(name).filter(|value| !value.is_empty())
}
