//! The connections that all clients of the program share.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::{Client, redirect::Policy, retry};
use runnable_core::{Error, ErrorKind, Result};
use rustls::ClientConfig;
use tokio::runtime::{self, Handle};

use crate::{
    proxy::Way,
    tls::{self, Trust},
};

/// The pools of the program, the one that was asked for last first.
///
/// A server that has a key for each of its users builds a model for each request: with a pool of its
/// own, each model would read the certificates of the system, and open a connection. A key is never
/// part of a pool, because it is a header of its request.
///
/// They are kept although no client may use them any more, because such a model is dropped before the
/// next is built. An idle connection is closed after a minute and a half.
static POOLS: Mutex<Vec<Arc<Pool>>> = Mutex::new(Vec::new());

/// The most pools that are kept. A client whose pool is not kept any more goes on with it.
const MOST_POOLS: usize = 32;

/// The most runtimes that a pool keeps connections of: more than a machine has threads with a runtime
/// each, and not without an end, because nothing tells that a runtime has ended.
const MOST_RUNTIMES: usize = 128;

/// What clients have in common that share connections.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) trust: Trust,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) proxy: Option<Way>,
}

/// The connections of all clients with the same settings.
pub(crate) struct Pool {
    settings: Settings,
    tls: ClientConfig,
    /// A client for each runtime: its connections are driven by tasks, which stop with their runtime,
    /// and rest while that is not polled. The one that was asked for last is first.
    clients: Mutex<Vec<Member>>,
}

struct Member {
    /// `None` for a client that was made outside of a runtime, and has no connections yet.
    runtime: Option<runtime::Id>,
    client: Client,
}

impl Pool {
    /// The pool of the program for these settings.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up, or the proxy is unusable.
    pub(crate) fn with(settings: Settings) -> Result<Arc<Self>> {
        if let Some(pool) = Self::known(&settings) {
            return Ok(pool);
        }
        // Not under the lock, because it reads files. Two that do so at once make one pool too many.
        let tls = tls::config(&settings.trust)?;
        let pool = Arc::new(Self { settings, tls, clients: Mutex::default() });
        pool.client()?;
        let mut pools = locked(&POOLS);
        pools.insert(0, Arc::clone(&pool));
        let kept = MOST_POOLS.min(pools.len());
        let spare = pools.split_off(kept);
        drop(pools);
        // Their connections are closed when the lock is free.
        drop(spare);
        Ok(pool)
    }

    fn known(settings: &Settings) -> Option<Arc<Self>> {
        let mut pools = locked(&POOLS);
        let place = pools.iter().position(|pool| pool.settings == *settings)?;
        pools[..=place].rotate_right(1);
        pools.first().cloned()
    }

    /// The client for the present runtime.
    ///
    /// # Errors
    ///
    /// If there is none yet, and none can be made.
    pub(crate) fn client(&self) -> Result<Client> {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut clients = locked(&self.clients);
        let own = clients.iter().position(|member| member.runtime == runtime);
        let place = own.or_else(|| clients.iter().position(|member| member.runtime.is_none()));
        if let Some(place) = place {
            clients[place].runtime = runtime;
            if place > 0 {
                clients[..=place].rotate_right(1);
            }
            return Ok(clients[0].client.clone());
        }
        let client = self.new_client()?;
        clients.insert(0, Member { runtime, client: client.clone() });
        let kept = MOST_RUNTIMES.min(clients.len());
        let spare = clients.split_off(kept);
        drop(clients);
        drop(spare);
        Ok(client)
    }

    fn new_client(&self) -> Result<Client> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            // A redirect would carry the key to wherever it points.
            .redirect(Policy::none())
            // What is tried again is up to the `RetryPolicy`; for its own, it would keep a copy of each
            // request.
            .retry(retry::never().max_retries_per_request(0))
            // Otherwise it looks for proxies with each request.
            .no_proxy();
        if let Some(limit) = self.settings.connect_timeout {
            builder = builder.connect_timeout(limit);
        }
        if let Some(way) = &self.settings.proxy {
            builder = builder.proxy(way.proxy()?);
        }
        builder.build().map_err(|error| Error::wrap(ErrorKind::Other, error))
    }

    pub(crate) fn connect_timeout(&self) -> Option<Duration> {
        self.settings.connect_timeout
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing of the proxy, whose URL may hold a password.
impl fmt::Debug for Pool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").finish_non_exhaustive()
    }
}
