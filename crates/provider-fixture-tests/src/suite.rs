//! Replays all cases of a collection in parallel.

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use crate::{Case, Collection, Difference, Report, catalog::Catalog, replay::replay};

/// A test suite for provider crates: it replays the cases of a [`Collection`], and compares the
/// results with the expected results.
#[derive(Clone)]
#[must_use = "a suite does nothing until it is run"]
pub struct Suite {
    catalog: Arc<dyn Catalog>,
    seed: u64,
    limit: Duration,
}

/// The number of cases that are replayed in parallel. It can be high, because most cases only wait
/// for I/O.
const WIDTH: usize = 16;

impl Suite {
    /// Creates a suite that replays recorded responses to the models in `catalog`.
    pub fn new(catalog: impl Catalog + 'static) -> Self {
        Self { catalog: Arc::new(catalog), seed: 0, limit: Duration::from_secs(180) }
    }

    /// Sets the seed for splitting responses at random positions. The default is 0.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Sets the time limit of all cases together. The default is 3 minutes.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Replays all cases, and returns their results. A case whose files cannot be read counts as
    /// failed.
    pub async fn run(&self, collection: &Collection) -> Report {
        let end = Instant::now() + self.limit;
        let mut waiting = collection.cases.iter();
        // Run each case in its own task, so that a panic fails only this case.
        let (mut running, mut names) = (JoinSet::new(), HashMap::new());
        let mut report = Report::default();
        loop {
            while running.len() < WIDTH
                && let Some((name, folder)) = waiting.next()
            {
                let case = self.clone().replay(name.clone(), folder.clone(), end);
                names.insert(running.spawn(case).id(), name);
            }
            let (id, differences) = match running.join_next_with_id().await {
                None => return report,
                Some(Ok(done)) => done,
                Some(Err(panic)) => {
                    let difference = Difference::text("replay", "an end", panic.to_string());
                    (panic.id(), Some(vec![difference]))
                }
            };
            let name = names.remove(&id).map_or("", String::as_str);
            report.add(name, differences);
        }
    }

    async fn replay(self, name: String, folder: PathBuf, end: Instant) -> Option<Vec<Difference>> {
        let case = match Case::read(&name, &folder) {
            Ok(case) => case,
            Err(why) => return Some(vec![Difference::text("case", "its files", why)]),
        };
        let seed = self.seed ^ fingerprint(&name);
        timeout_at(end, replay(&case, &*self.catalog, seed)).await.unwrap_or_else(|_| {
            let limit = format!("completion of all cases within {:?}", self.limit);
            Some(vec![Difference::text("time", &limit, "none")])
        })
    }
}

/// Returns a hash of the name of a case. It is part of the seed, so that each case is split at
/// different positions, which are the same in every run.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl fmt::Debug for Suite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Suite").field("seed", &self.seed).finish_non_exhaustive()
    }
}
