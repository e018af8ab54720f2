//! The connections that all clients of the program share.

use std::{
    fmt, mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use reqwest::{Client, redirect::Policy};
use runnable_core::{Error, ErrorKind, Result};
use rustls::ClientConfig;
use tokio::{
    runtime::{self, Handle},
    time::sleep,
};

use super::{
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
/// next is built. They hold no connections.
static POOLS: Mutex<Vec<Arc<Pool>>> = Mutex::new(Vec::new());

/// The most pools that are kept. A client whose pool is not kept any more goes on with it.
const MOST_POOLS: usize = 32;

/// The most runtimes whose connections a client holds: more than a machine has threads with a runtime
/// each, and not without an end, because nothing tells that a runtime has ended.
const MOST_RUNTIMES: usize = 128;

/// How long connections stay open after the last client that used them was dropped. A program that
/// builds a client for each request builds the next by then, if it has much to do; if it has little, it
/// can open a connection.
const GRACE: Duration = Duration::from_millis(100);

/// What clients have in common that share connections.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) trust: Trust,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) proxy: Option<Way>,
}

/// What all clients with the same settings share.
struct Pool {
    settings: Settings,
    tls: ClientConfig,
    /// Those that a client holds, or has held a moment ago: of each runtime once.
    connections: Mutex<Vec<Weak<Connections>>>,
}

/// Connections in one runtime: they are driven by tasks, which stop with their runtime, and rest while
/// that is not polled. They are closed when the last client that holds them is dropped.
struct Connections {
    /// `None` for requests that are made outside of a runtime.
    runtime: Option<runtime::Id>,
    client: Client,
}

/// A client of a pool.
pub(crate) struct User {
    pool: Arc<Pool>,
    /// The connections that it has used, those of the last runtime first.
    used: Mutex<Vec<Arc<Connections>>>,
}

impl Pool {
    /// The pool of the program for these settings.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up, or the proxy is unusable.
    fn with(settings: Settings) -> Result<Arc<Self>> {
        if let Some(pool) = Self::known(&mut locked(&POOLS), &settings) {
            return Ok(pool);
        }
        // Not under the lock, because it reads files.
        let tls = tls::config(&settings.trust)?;
        let pool = Self { settings, tls, connections: Mutex::default() };
        // A client that cannot be made shall fail when it is built, not with its first request.
        drop(pool.new_client()?);
        let mut pools = locked(&POOLS);
        // Another thread may have made it meanwhile.
        if let Some(pool) = Self::known(&mut pools, &pool.settings) {
            return Ok(pool);
        }
        let pool = Arc::new(pool);
        pools.insert(0, Arc::clone(&pool));
        pools.truncate(MOST_POOLS);
        Ok(pool)
    }

    /// The pool of the list for these settings, which is first in the list then.
    fn known(pools: &mut [Arc<Self>], settings: &Settings) -> Option<Arc<Self>> {
        let place = pools.iter().position(|pool| pool.settings == *settings)?;
        pools[..=place].rotate_right(1);
        pools.first().cloned()
    }

    /// The connections in a runtime.
    fn connections(&self, runtime: Option<runtime::Id>) -> Result<Arc<Connections>> {
        let mut all = locked(&self.connections);
        let open = all.iter().filter_map(Weak::upgrade).find(|open| open.runtime == runtime);
        if let Some(open) = open {
            return Ok(open);
        }
        let made = Arc::new(Connections { runtime, client: self.new_client()? });
        all.retain(|open| open.strong_count() > 0);
        all.push(Arc::downgrade(&made));
        Ok(made)
    }

    fn new_client(&self) -> Result<Client> {
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            // A redirect would carry the key to wherever it points.
            .redirect(Policy::none())
            // Otherwise it looks for proxies with each request.
            .no_proxy();
        // What is tried again is up to the `RetryPolicy`. HTTP/1 resends by itself what was not sent,
        // and needs no copy of the request for it; HTTP/2 does.
        if cfg!(not(feature = "http2")) {
            builder = builder.retry(reqwest::retry::never().max_retries_per_request(0));
        }
        if let Some(limit) = self.settings.connect_timeout {
            builder = builder.connect_timeout(limit);
        }
        if let Some(way) = &self.settings.proxy {
            builder = builder.proxy(way.proxy()?);
        }
        builder.build().map_err(|error| Error::wrap(ErrorKind::Other, error))
    }
}

impl User {
    /// A client that shares its connections with all clients of the same settings.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up, or the proxy is unusable.
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        Ok(Self { pool: Pool::with(settings)?, used: Mutex::default() })
    }

    /// The HTTP client for the present runtime.
    ///
    /// # Errors
    ///
    /// If there is none yet, and none can be made.
    pub(crate) fn client(&self) -> Result<Client> {
        let runtime = Handle::try_current().ok().map(|handle| handle.id());
        let mut used = locked(&self.used);
        if let Some(known) = used.iter().find(|known| known.runtime == runtime) {
            return Ok(known.client.clone());
        }
        let connections = self.pool.connections(runtime)?;
        let client = connections.client.clone();
        used.insert(0, connections);
        used.truncate(MOST_RUNTIMES);
        Ok(client)
    }

    pub(crate) fn connect_timeout(&self) -> Option<Duration> {
        self.pool.settings.connect_timeout
    }
}

/// Holds the connections for the next client. Where no runtime can wait for one, they are closed.
impl Drop for User {
    fn drop(&mut self) {
        let used = mem::take(&mut *locked(&self.used));
        if let (Ok(handle), false) = (Handle::try_current(), used.is_empty()) {
            handle.spawn(async move {
                sleep(GRACE).await;
                drop(used);
            });
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Nothing of the proxy, whose URL may hold a password.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}
