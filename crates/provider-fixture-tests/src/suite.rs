//! All cases of a collection, side by side.

use std::{collections::HashMap, fmt, path::PathBuf, sync::Arc, time::Duration};

use tokio::{
    task::JoinSet,
    time::{Instant, timeout_at},
};

use crate::{Case, Collection, Difference, Report, catalog::Catalog, replay::replay};

/// Replays collections of cases.
#[derive(Clone)]
#[must_use = "a suite does nothing until it is run"]
pub struct Suite {
    catalog: Arc<dyn Catalog>,
    seed: u64,
    limit: Duration,
}

/// How many cases are replayed side by side: most of the time they wait for each other's bytes.
const WIDTH: usize = 16;

impl Suite {
    /// Replays cases to the models of this catalog.
    pub fn new(catalog: impl Catalog + 'static) -> Self {
        Self { catalog: Arc::new(catalog), seed: 0, limit: Duration::from_secs(180) }
    }

    /// Where bodies are cut at random.
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How long all of it may take: 3 minutes, unless said otherwise.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Replays all cases. One that cannot be read has failed.
    pub async fn run(&self, collection: &Collection) -> Report {
        let end = Instant::now() + self.limit;
        let mut waiting = collection.cases.iter();
        // Tasks of their own: a panic is the failure of one case. They end with this set.
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
                    let told = Difference::told("replay", "an end", panic.to_string());
                    (panic.id(), Some(vec![told]))
                }
            };
            let name = names.remove(&id).map_or("", String::as_str);
            report.add(name, differences);
        }
    }

    async fn replay(self, name: String, folder: PathBuf, end: Instant) -> Option<Vec<Difference>> {
        let case = match Case::read(&name, &folder) {
            Ok(case) => case,
            Err(why) => return Some(vec![Difference::told("case", "its files", why)]),
        };
        let seed = self.seed ^ fingerprint(&name);
        timeout_at(end, replay(&case, &*self.catalog, seed)).await.unwrap_or_else(|_| {
            let limit = format!("an end of all cases within {:?}", self.limit);
            Some(vec![Difference::told("time", &limit, "none")])
        })
    }
}

/// So that no two cases are cut at the same places, and a case always at its own.
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
