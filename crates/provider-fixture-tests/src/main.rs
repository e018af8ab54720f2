//! Replays recorded responses to the provider crates: `provider-fixture-tests [DIR]`.

use std::{
    env,
    path::{Path, PathBuf},
    process::ExitCode,
    time::{Duration, Instant, SystemTime},
};

use provider_fixture_tests::{Suite, catalog::Workspace, find};

/// The environment variable with the folder of recordings. It is used if there is no argument.
const VARIABLE: &str = "PROVIDER_FIXTURES";
/// The environment variable with the seed for splitting responses at random. With the same seed, an
/// earlier run can be repeated.
const SEED: &str = "PROVIDER_FIXTURES_SEED";
/// The default folder of recordings, next to the checkout.
const BESIDE: &str = "../shared/fixtures/cases";

#[tokio::main]
async fn main() -> ExitCode {
    let given = env::args_os().nth(1).or_else(|| env::var_os(VARIABLE)).map(PathBuf::from);
    let given = given.filter(|folder| !folder.as_os_str().is_empty());
    let folder = given.clone().unwrap_or_else(|| PathBuf::from(BESIDE));
    if given.is_none() && !folder.is_dir() {
        println!("no recordings in {BESIDE}; pass a folder, or set {VARIABLE}");
        println!("0 passed, 0 failed, 0 skipped");
        return ExitCode::SUCCESS;
    }
    match run(&folder).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(why) => {
            eprintln!("{}: {why}", folder.display());
            ExitCode::FAILURE
        }
    }
}

async fn run(folder: &Path) -> Result<bool, String> {
    let cases = find(folder).map_err(|error| error.to_string())?;
    if cases.cases.is_empty() {
        return Err("found no cases: expected folders with an `expected.json`".into());
    }
    let seed = match env::var(SEED) {
        Ok(text) => {
            text.parse().map_err(|_| format!("invalid {SEED} {text:?}: expected a number"))?
        }
        Err(_) => now(),
    };
    println!("{} cases, split at random positions with {SEED}={seed}", cases.cases.len());
    let start = Instant::now();
    let report = Suite::new(Workspace::default()).seed(seed).run(&cases).await;
    eprintln!("replayed in {:.1} s", start.elapsed().as_secs_f64());
    print!("{report}");
    Ok(report.is_success())
}

fn now() -> u64 {
    let time = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
    time.as_secs()
}
