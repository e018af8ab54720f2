//! All cases of a collection, side by side.

use std::{sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

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
        let cases = collection.cases.iter().map(|(name, folder)| {
            let (name, folder, suite) = (name.clone(), folder.clone(), self.clone());
            // A task of its own: a panic is the failure of one case.
            let task = tokio::spawn(async move {
                let case = match Case::read(&name, &folder) {
                    Ok(case) => case,
                    Err(why) => return Some(vec![Difference::told("case", "its files", why)]),
                };
                let seed = suite.seed ^ fingerprint(&name);
                timeout_at(end, replay(&case, &*suite.catalog, seed)).await.unwrap_or_else(|_| {
                    let limit = format!("an end within {:?}", suite.limit);
                    Some(vec![Difference::told("time", &limit, "none")])
                })
            });
            async { task }
        });
        let names = collection.cases.iter().map(|(name, _)| name);
        let mut results = stream::iter(cases).buffered(WIDTH);
        let mut report = Report::default();
        for name in names {
            let Some(task) = results.next().await else { break };
            let differences = task.await.unwrap_or_else(|panic| {
                Some(vec![Difference::told("replay", "an end", panic.to_string())])
            });
            report.add(name, differences);
        }
        report
    }
}

/// So that no two cases are cut at the same places, and a case always at its own.
fn fingerprint(name: &str) -> u64 {
    name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
