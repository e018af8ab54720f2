//! Pools of connections that all clients of the program share.

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

/// The pools of the program, the most recently used pool first.
///
/// Clients with the same settings share a pool. A server that has a key for each of its users may
/// create a model for each request. With a separate pool, each model would read the certificates of
/// the system and open a connection. A key is never part of a pool, because it is a header of a
/// request.
///
/// A pool stays in the list if it has no client, because such a model is dropped before the next
/// model is created. A pool without a client holds no connections.
static POOLS: Mutex<Vec<Arc<Pool>>> = Mutex::new(Vec::new());

/// The maximum number of pools in the list. A pool that is removed from the list stays in use by
/// the clients that already have it.
const MOST_POOLS: usize = 32;

/// The maximum number of runtimes whose connections a client keeps. It is larger than the number of
/// threads in a program in which each thread has its own runtime. It is limited because a client
/// does not notice that a runtime has ended.
const MOST_RUNTIMES: usize = 128;

/// How long connections stay open after the last client that used them was dropped. A busy program
/// that creates a client for each request creates the next client within this time. For other
/// programs, a new connection costs little in comparison.
const GRACE: Duration = Duration::from_millis(100);

/// The settings that clients must have in common to share connections.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) trust: Trust,
    pub(crate) connect_timeout: Option<Duration>,
    pub(crate) proxy: Option<Way>,
}

/// The state that all clients with the same settings share.
struct Pool {
    settings: Settings,
    tls: ClientConfig,
    /// The connections of each runtime. An entry is valid while a client keeps these connections,
    /// and for a moment afterwards.
    connections: Mutex<Vec<Weak<Connections>>>,
}

/// The connections of one runtime. Tasks of the runtime drive them. These tasks stop with the
/// runtime, and pause while the runtime is not polled. The connections are closed after the last
/// client that keeps them is dropped.
struct Connections {
    /// The id of the runtime. `None` for requests outside a runtime.
    runtime: Option<runtime::Id>,
    client: Client,
}

/// The use of a pool by one client.
pub(crate) struct User {
    pool: Arc<Pool>,
    /// The connections that the client has used. The connections of the last runtime are first.
    used: Mutex<Vec<Arc<Connections>>>,
}

impl Pool {
    /// Returns the pool for these settings. Creates the pool if it does not exist.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up, or if the proxy is invalid.
    fn with(settings: Settings) -> Result<Arc<Self>> {
        if let Some(pool) = Self::known(&mut locked(&POOLS), &settings) {
            return Ok(pool);
        }
        // The lock is not held here, because `tls::config` reads files.
        let tls = tls::config(&settings.trust)?;
        let pool = Self { settings, tls, connections: Mutex::default() };
        // Create a client now: invalid settings must fail when the client is built, and not at its
        // first request.
        drop(pool.new_client()?);
        let mut pools = locked(&POOLS);
        // Another thread may have created the pool in the meantime.
        if let Some(pool) = Self::known(&mut pools, &pool.settings) {
            return Ok(pool);
        }
        let pool = Arc::new(pool);
        pools.insert(0, Arc::clone(&pool));
        pools.truncate(MOST_POOLS);
        Ok(pool)
    }

    /// Moves the pool for these settings to the front of the list, and returns it. Returns `None`
    /// if there is none.
    fn known(pools: &mut [Arc<Self>], settings: &Settings) -> Option<Arc<Self>> {
        let place = pools.iter().position(|pool| pool.settings == *settings)?;
        pools[..=place].rotate_right(1);
        pools.first().cloned()
    }

    /// Returns the connections of a runtime.
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
            // A redirect could send the key to another host.
            .redirect(Policy::none())
            // Without this, reqwest would look for proxies at each request.
            .no_proxy();
        // `HttpRetryPolicy` decides about retries, so turn off the retries of reqwest. Over HTTP/1,
        // a request that was not sent is repeated even so, without a copy of it. Over HTTP/2, this
        // needs a copy, so leave the retries of reqwest on.
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
    /// Creates a client that shares its connections with all clients with the same settings.
    ///
    /// # Errors
    ///
    /// Fails if TLS cannot be set up, or if the proxy is invalid.
    pub(crate) fn new(settings: Settings) -> Result<Self> {
        Ok(Self { pool: Pool::with(settings)?, used: Mutex::default() })
    }

    /// Returns the HTTP client for the current runtime.
    ///
    /// # Errors
    ///
    /// Fails if there is no client yet, and none can be created.
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

/// Keeps the connections for a moment, so that the next client can use them. If no runtime can wait
/// for this time, the connections are closed immediately.
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

/// The output does not contain the proxy, because its URL may contain a password.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").finish_non_exhaustive()
    }
}
