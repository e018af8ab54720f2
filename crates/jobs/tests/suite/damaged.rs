//! Jobs whose journals were cut, emptied, removed or exchanged.

use std::{fs, path::Path};

use runnable_core::prelude::*;
use runnable_jobs::{Job, JobReport, StoredJob, inputs::items, journal::RedbJournal};

use crate::support::{Calls, keys, numbers, results};

const ITEMS: u64 = 60;
const DONE: u64 = 40;

async fn run(folder: &Path, calls: &Calls, count: u64) -> Result<JobReport> {
    let job = Job::new(folder, calls.step(|_| 0));
    job.inputs(items(numbers(count))).max_concurrency(4).run().await
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for file in ["job.json", "journal.redb"] {
        fs::copy(from.join(file), to.join(file))?;
    }
    Ok(())
}

/// Runs a job whose journal was damaged. It fails with a clear error, or it continues.
async fn continues(folder: &Path, what: &str) -> Result<bool> {
    let calls = Calls::default();
    let report = match run(folder, &calls, ITEMS).await {
        Ok(report) => report,
        Err(error) => {
            let text = error.to_string();
            assert!(text.contains("journal"), "{what}: {text}");
            assert!(text.contains("from a copy") || text.contains("disk"), "{what}: {text}");
            return Ok(false);
        }
    };
    assert_eq!(report.done, ITEMS, "{what}");
    assert_eq!(report.skipped, DONE, "{what}: the job has begun anew");
    assert_eq!(calls.total(), ITEMS - DONE, "{what}");
    let journal = RedbJournal::open_existing(folder)?;
    let found: Vec<_> = results(journal).await?.into_iter().map(|result| result.key).collect();
    assert_eq!(found, keys(ITEMS), "{what}");
    Ok(true)
}

#[tokio::test]
async fn a_journal_that_was_cut_is_an_error_or_continues() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    assert_eq!(run(&folder, &Calls::default(), DONE).await?.done, DONE);
    let length = fs::metadata(folder.join("journal.redb"))?.len();

    let (mut number, mut errors) = (0, 0);
    let lengths = (0..length).step_by(1_777).chain([1, 511, 512, 4_096, length - 1, length]);
    for cut in lengths {
        let damaged = temporary.path().join(cut.to_string());
        copy(&folder, &damaged)?;
        fs::File::options().write(true).open(damaged.join("journal.redb"))?.set_len(cut)?;
        let continued = continues(&damaged, &format!("cut to {cut} of {length} bytes")).await?;
        number += 1;
        errors += u32::from(!continued);
        assert_eq!(continued, cut == length, "cut to {cut} of {length} bytes");
        fs::remove_dir_all(damaged)?;
    }
    assert!(errors >= 40, "{errors} of {number} journals were refused");
    Ok(())
}

#[tokio::test]
async fn a_journal_with_damaged_bytes_never_panics() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    assert_eq!(run(&folder, &Calls::default(), DONE).await?.done, DONE);
    let content = fs::read(folder.join("journal.redb"))?;
    for start in (0..content.len()).step_by(4_096) {
        let damaged = temporary.path().join(start.to_string());
        copy(&folder, &damaged)?;
        let mut content = content.clone();
        let end = content.len().min(start + 512);
        content[start..end].iter_mut().for_each(|byte| *byte = !*byte);
        fs::write(damaged.join("journal.redb"), content)?;
        // The damage may not matter, or may be noticed later.
        if let Err(error) = run(&damaged, &Calls::default(), ITEMS).await {
            assert!(error.to_string().contains("journal"), "{start}: {error}");
        }
        fs::remove_dir_all(damaged)?;
    }
    Ok(())
}

#[tokio::test]
async fn a_missing_or_exchanged_journal_is_an_error() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    assert_eq!(run(&folder, &Calls::default(), DONE).await?.done, DONE);
    let other = temporary.path().join("other");
    assert_eq!(run(&other, &Calls::default(), 1).await?.done, 1);

    let refused = async |change: &dyn Fn(&Path) -> std::io::Result<()>| {
        let damaged = temporary.path().join("damaged");
        copy(&folder, &damaged)?;
        change(&damaged)?;
        let calls = Calls::default();
        let error = run(&damaged, &calls, ITEMS).await.expect_err("the journal is damaged");
        assert_eq!(calls.total(), 0);
        assert!(StoredJob::open(&damaged).await.is_err());
        fs::remove_dir_all(damaged)?;
        Ok::<_, Error>(error.to_string())
    };
    let text = refused(&|folder| fs::remove_file(folder.join("journal.redb"))).await?;
    assert!(text.contains("or delete it to begin the job anew"), "{text}");
    let text = refused(&|folder| fs::write(folder.join("journal.redb"), "")).await?;
    assert!(text.contains("the file is empty"), "{text}");
    let exchange = |folder: &Path| {
        fs::copy(other.join("journal.redb"), folder.join("journal.redb")).map(|_| ())
    };
    let text = refused(&exchange).await?;
    assert!(text.contains("it belongs to another job"), "{text}");
    let text = refused(&|folder| fs::remove_file(folder.join("job.json"))).await?;
    assert!(text.contains("the file `job.json` is missing"), "{text}");
    let text = refused(&|folder| fs::write(folder.join("job.json"), "{")).await?;
    assert!(text.contains("invalid file"), "{text}");
    let version = r#"{"version": 9, "job": "a"}"#;
    let text = refused(&|folder| fs::write(folder.join("job.json"), version)).await?;
    assert!(text.contains("unsupported version 9"), "{text}");
    Ok(())
}

#[tokio::test]
async fn a_job_that_was_killed_while_it_was_created_begins() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("journal.redb.new"), "half of a database")?;
    assert_eq!(run(&folder, &Calls::default(), 0).await?.done, 0);

    // The journal has its name, but the manifest is missing.
    fs::remove_file(folder.join("job.json"))?;
    assert_eq!(run(&folder, &Calls::default(), 3).await?.done, 3);
    assert_eq!(run(&folder, &Calls::default(), 3).await?.skipped, 3);
    Ok(())
}

#[tokio::test]
async fn a_job_whose_folder_cannot_be_written_says_so() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    fs::create_dir_all(folder.join("job.json.partial"))?;
    let error = run(&folder, &Calls::default(), 3).await.expect_err("the file cannot be written");
    let text = format!("failed to begin the job in `{}`: ", folder.display());
    assert!(error.message().starts_with(&text), "{error}");
    fs::remove_dir(folder.join("job.json.partial"))?;
    assert_eq!(run(&folder, &Calls::default(), 3).await?.done, 3);
    Ok(())
}

#[tokio::test]
async fn a_file_is_not_the_folder_of_a_job() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let file = temporary.path().join("job");
    fs::write(&file, "notes")?;
    let error = run(&file, &Calls::default(), 3).await.expect_err("the file is not a folder");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().ends_with("expected a folder, found a file"), "{error}");
    assert_eq!(fs::read_to_string(&file)?, "notes");
    Ok(())
}

#[tokio::test]
async fn a_second_user_of_a_folder_gets_an_error() -> Result<()> {
    let temporary = tempfile::tempdir()?;
    let folder = temporary.path().join("job");
    let journal = RedbJournal::open(&folder)?;
    let calls = Calls::default();
    let error = run(&folder, &calls, 3).await.expect_err("the folder is in use");
    assert!(error.to_string().contains("is used by another process"), "{error}");
    assert_eq!(calls.total(), 0);

    drop(journal);
    assert_eq!(run(&folder, &calls, 3).await?.done, 3);
    Ok(())
}
