//! The connections that all clients of the program share.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use reqwest::{Client, redirect::Policy, retry};
use runnable_core::{Error, ErrorKind, Result};
use rustls::ClientConfig;
use tokio::{
    runtime::{self, Handle},
    time::sleep,
};

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
/// next is built.
static POOLS: Mutex<Vec<Arc<Pool>>> = Mutex::new(Vec::new());

/// The most pools that are kept. A client whose pool is not kept any more goes on with it.
const MOST_POOLS: usize = 32;

/// The most runtimes that a pool keeps connections of: more than a machine has threads with a runtime
/// each, and not without an end, because nothing tells that a runtime has ended.
const MOST_RUNTIMES: usize = 128;

/// How long idle connections are kept after the last client was dropped, unless another client of the
/// same host was built before: then the program builds a client for each request, and they are kept as
/// long as those of a client that lives, which is a minute and a half.
const GRACE: Duration = Duration::from_millis(100);

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
    members: Mutex<Members>,
}

#[derive(Default)]
struct Members {
    /// The one that was asked for last first.
    list: Vec<Member>,
    /// A client that was made to see whether one can be made.
    spare: Option<Client>,
}

/// The connections in one runtime: they are driven by tasks, which stop with their runtime, and rest
/// while that is not polled.
struct Member {
    /// `None` for clients that were built outside of a runtime.
    runtime: Option<runtime::Id>,
    /// `None` while there are no connections.
    client: Option<Client>,
    /// How many clients of the runtime there are.
    users: usize,
    /// The host of the last of them.
    host: String,
    /// Whether a request was sent since a client of that host was built.
    was_used: bool,
    /// Whether connections are kept without a client.
    is_kept: bool,
}

/// A client of a pool.
pub(crate) struct User {
    pool: Arc<Pool>,
    /// The runtime in which it was built.
    runtime: Option<runtime::Id>,
}

fn present_runtime() -> Option<runtime::Id> {
    Handle::try_current().ok().map(|handle| handle.id())
}

impl Members {
    /// The member of a runtime, which is first in the list then.
    fn of(&mut self, runtime: Option<runtime::Id>) -> &mut Member {
        let known = self.list.iter().position(|member| member.runtime == runtime);
        match known {
            Some(0) => {}
            Some(place) => self.list[..=place].rotate_right(1),
            None => {
                let (client, host) = (None, String::new());
                let (was_used, is_kept) = (false, false);
                let member = Member { runtime, client, users: 0, host, was_used, is_kept };
                self.list.insert(0, member);
                self.list.truncate(MOST_RUNTIMES);
            }
        }
        &mut self.list[0]
    }
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
        let mut pool = Self { settings, tls, members: Mutex::default() };
        let spare = Some(pool.new_client()?);
        pool.members = Mutex::new(Members { spare, ..Members::default() });
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

    /// Closes the connections of a runtime, unless a client uses them.
    fn close(&self, runtime: Option<runtime::Id>) {
        let mut members = locked(&self.members);
        let mut known = members.list.iter_mut();
        let member = known.find(|member| member.runtime == runtime);
        let unused = member.filter(|member| member.users == 0 && !member.is_kept);
        let client = unused.and_then(|member| member.client.take());
        drop(members);
        drop(client);
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
}

impl User {
    /// A client for a host, by the connections that all clients with these settings share.
    ///
    /// # Errors
    ///
    /// If TLS cannot be set up, or the proxy is unusable.
    pub(crate) fn new(settings: Settings, host: &str) -> Result<Self> {
        let (pool, runtime) = (Pool::with(settings)?, present_runtime());
        let mut members = locked(&pool.members);
        let member = members.of(runtime);
        if member.host == host {
            member.is_kept |= member.users == 0 && member.was_used;
        } else {
            host.clone_into(&mut member.host);
            member.was_used = false;
        }
        member.users += 1;
        drop(members);
        Ok(Self { pool, runtime })
    }

    /// The HTTP client for the present runtime.
    ///
    /// # Errors
    ///
    /// If there is none yet, and none can be made.
    pub(crate) fn client(&self) -> Result<Client> {
        let mut members = locked(&self.pool.members);
        let spare = members.spare.take();
        let member = members.of(present_runtime());
        member.was_used = true;
        if let Some(client) = &member.client {
            let client = client.clone();
            members.spare = spare;
            return Ok(client);
        }
        let client = spare.map_or_else(|| self.pool.new_client(), Ok)?;
        member.client = Some(client.clone());
        Ok(client)
    }

    pub(crate) fn connect_timeout(&self) -> Option<Duration> {
        self.pool.settings.connect_timeout
    }
}

impl Drop for User {
    fn drop(&mut self) {
        let mut members = locked(&self.pool.members);
        let mut known = members.list.iter_mut();
        let Some(member) = known.find(|member| member.runtime == self.runtime) else { return };
        member.users = member.users.saturating_sub(1);
        let is_left = member.users == 0 && member.client.is_some() && !member.is_kept;
        drop(members);
        if !is_left {
            return;
        }
        let closing = Closing { pool: Arc::clone(&self.pool), runtime: self.runtime };
        if let Ok(handle) = Handle::try_current() {
            handle.spawn(async move {
                let _closing = closing;
                sleep(GRACE).await;
            });
        }
    }
}

/// Closes the connections of a runtime when it is dropped, with its task if the runtime ends.
struct Closing {
    pool: Arc<Pool>,
    runtime: Option<runtime::Id>,
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.pool.close(self.runtime);
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
