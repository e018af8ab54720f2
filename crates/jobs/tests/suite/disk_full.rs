//! Jobs whose disk becomes full.

use redb::Database;
use runnable_core::prelude::*;
use runnable_jobs::{Job, inputs::items, journal::RedbJournal};

use crate::support::{Calls, FaultyDisk, keys, numbers, results};

const ITEMS: u64 = 12;
const LIMIT: usize = 4;

fn journal(disk: &FaultyDisk) -> Result<RedbJournal> {
    let database = Database::builder().create_with_backend(disk.clone()).map_err(Error::other)?;
    RedbJournal::with_database(database)
}

async fn run(disk: &FaultyDisk, calls: &Calls) -> Result<u64> {
    let job = Job::with_journal(journal(disk)?, calls.step(|number| number % 3));
    let report = job.inputs(items(numbers(ITEMS))).max_concurrency(LIMIT).run().await?;
    Ok(report.done)
}

#[tokio::test]
async fn a_job_continues_after_the_disk_was_full() -> Result<()> {
    let disk = FaultyDisk::new(u64::MAX);
    assert_eq!(run(&disk, &Calls::default()).await?, ITEMS);
    let written = disk.written();

    let (mut failures, mut begun) = (0, 0);
    for left in (0..written).step_by(1_531) {
        let (disk, calls) = (FaultyDisk::new(left), Calls::default());
        if let Err(error) = journal(&disk.fork()) {
            // The database could not be created. `RedbJournal::open` creates it under another name.
            assert!(error.to_string().contains("space"), "{left}: {error}");
            continue;
        }
        match run(&disk, &calls).await {
            Ok(done) => assert_eq!(done, ITEMS, "{left}"),
            Err(error) => {
                failures += 1;
                let text = error.to_string();
                assert!(text.contains("space") || text.contains("I/O"), "{left}: {text}");
                if calls.total() > 0 {
                    begun += 1;
                    let advice = text.contains("run the job again to resume it");
                    assert!(advice, "{left}: {text}");
                }
            }
        }
        let (disk, before) = (disk.with_space(), calls.total());
        assert_eq!(run(&disk, &calls).await?, ITEMS, "{left}");
        // The calls in flight may be repeated, and no others.
        assert!(calls.total() <= ITEMS + LIMIT as u64, "{left}: {before} and {}", calls.total());
        let results = results(journal(&disk)?).await?;
        let found: Vec<_> = results.into_iter().map(|result| result.key).collect();
        assert_eq!(found, keys(ITEMS), "{left}");
    }
    assert!(failures > 100 && begun > 50, "{failures} failures, {begun} of jobs that had begun");
    Ok(())
}
