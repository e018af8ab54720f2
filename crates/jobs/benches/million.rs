//! Measures a job with many items: items per second beside SQLite, memory, and the time until a job
//! resumes.
//!
//! `cargo bench -p runnable-jobs` uses a million items. `-- 100000` uses another number.

#![allow(missing_docs, reason = "a program")]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use runnable_core::prelude::*;
use runnable_jobs::{Job, JobItem, JobReport, inputs::items};
use rusqlite::Connection;

/// The largest limit of concurrency.
const IN_FLIGHT: usize = 4_096;

/// Marks the child process that ends without closing the journal.
const CRASH: &str = "--crash";

fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1).filter(|argument| argument != "--bench");
    let first = arguments.next();
    if first.as_deref() == Some(CRASH) {
        let folder = PathBuf::from(arguments.next().unwrap_or_default());
        let count = arguments.next().and_then(|count| count.parse().ok()).unwrap_or_default();
        return crash(&folder, count);
    }
    let count = first.and_then(|count| count.parse().ok()).unwrap_or(1_000_000);
    let temporary = tempfile::tempdir()?;

    println!("{count} items through three steps that do nothing");
    for limit in [64, 256, 1_024, IN_FLIGHT] {
        // A small limit waits for the disk, so fewer items suffice.
        let count = if limit < 1_024 { count / 10 } else { count };
        let folder = temporary.path().join(limit.to_string());
        let begin = Instant::now();
        let report = run(&folder, count, limit, |_| ())?;
        assert_eq!(report.done, count);
        let rate = rate(count, begin.elapsed());
        println!("journal, {limit:>5} in flight: {rate:>9.0} items/s, {}", memory());
    }
    for (mode, count) in [("NORMAL", count), ("FULL", count / 20)] {
        let begin = Instant::now();
        sqlite(&temporary.path().join(mode), count, mode)?;
        let rate = rate(count, begin.elapsed());
        println!("SQLite, WAL, one insert per item, synchronous={mode}: {rate:.0} items/s");
    }
    resume("closed", &temporary.path().join(IN_FLIGHT.to_string()), count)?;
    let crashed = temporary.path().join("crashed");
    let program = std::env::current_exe()?;
    let mut child = Command::new(program);
    child.arg(CRASH).arg(&crashed).arg(count.to_string());
    assert!(!child.status()?.success(), "the child process ends without closing the journal");
    resume("killed", &crashed, count)?;
    Ok(())
}

fn rate(count: u64, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// Runs a job whose items are numbers, and calls `f` with each.
fn run(
    folder: &Path,
    count: u64,
    limit: usize,
    f: impl Fn(u64) + Clone + Send + Sync + 'static,
) -> Result<JobReport> {
    let chain = lambda(|number: u64| number).pipe(lambda(|number: u64| number)).pipe(lambda(
        move |number: u64| {
            f(number);
            number
        },
    ));
    let inputs = items((0..count).map(|number| JobItem::new(number.to_string(), number)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(Job::new(folder, chain).inputs(inputs).max_concurrency(limit).run())
}

/// Measures the time until a job with `count` items that are done starts another item.
fn resume(how: &str, folder: &Path, count: u64) -> Result<()> {
    let begin = Instant::now();
    let started = Arc::new(OnceLock::new());
    let start = Arc::clone(&started);
    let report = run(folder, count + 10, 64, move |_| _ = start.set(begin.elapsed()))?;
    assert_eq!(report.done, count + 10);
    assert!(report.skipped + IN_FLIGHT as u64 >= count, "{report}");
    let size = fs::metadata(folder.join("journal.redb"))?.len() >> 20;
    let started = started.get().copied().unwrap_or_default();
    let all = begin.elapsed();
    println!(
        "resumed a {how} journal of {size} MiB: the first new item starts after {started:.2?}, the \
         run and its export end after {all:.2?}, {}",
        memory()
    );
    Ok(())
}

/// Runs a job, and ends the process as a crash would do, after all but a few items are done.
fn crash(folder: &Path, count: u64) -> Result<()> {
    let calls = AtomicU64::new(0);
    let calls = Arc::new(calls);
    let report = run(folder, count + 1, IN_FLIGHT, move |number| {
        calls.fetch_add(1, Ordering::Relaxed);
        if number == count {
            // The other items are done, and their results are in the journal or will be soon.
            std::thread::sleep(Duration::from_millis(500));
            std::process::abort();
        }
    })?;
    unreachable!("the process has ended before: {report}")
}

/// Inserts items into a table, each in its own transaction.
fn sqlite(folder: &Path, count: u64, synchronous: &str) -> Result<()> {
    let connection = Connection::open(folder).map_err(Error::other)?;
    connection.pragma_update(None, "journal_mode", "WAL").map_err(Error::other)?;
    connection.pragma_update(None, "synchronous", synchronous).map_err(Error::other)?;
    let create = "CREATE TABLE items (key TEXT PRIMARY KEY, input TEXT, output TEXT)";
    connection.execute(create, []).map_err(Error::other)?;
    let mut insert =
        connection.prepare("INSERT INTO items VALUES (?1, ?2, ?3)").map_err(Error::other)?;
    for number in 0..count {
        let text = number.to_string();
        insert.execute([&text, &text, &text]).map_err(Error::other)?;
    }
    Ok(())
}

/// Returns the memory of the process, now and at most, if the system says so.
fn memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mebibytes = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kibibytes: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kibibytes / 1024)
    };
    match (mebibytes("VmRSS"), mebibytes("VmHWM")) {
        (Some(now), Some(most)) => format!("{now} MiB of memory, at most {most} MiB"),
        _ => "memory unknown".to_owned(),
    }
}
