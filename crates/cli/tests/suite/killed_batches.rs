//! A job whose calls go through a Batch API, and that is killed at each moment in the life of a
//! batch.

use std::{
    collections::{BTreeMap, BTreeSet},
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use runnable::{
    Dict,
    batch_api::BatchPolling,
    jobs::{BatchQueue, BatchQueueExt, Job, JobItem, inputs::items, outputs::JsonLinesOutput},
    openai::openai,
    prelude::*,
};
use serde_json::Value;

use crate::{
    batch_service::{BatchService, Moment},
    batch_state::{answer, is_lost},
};

const ITEMS: usize = 30;
const KILLS: usize = 60;
/// The number of items in flight, which is the largest number of requests in a batch.
const CONCURRENCY: usize = 10;

const MOMENTS: [Moment; 10] = [
    Moment::UploadBegins,
    Moment::FileIsStored,
    Moment::CreationArrives,
    Moment::BatchIsCreated,
    Moment::StatusIsRequested,
    Moment::StatusWasSent,
    Moment::HalfOfTheResultsWasSent,
    Moment::ResultsWereSent,
    Moment::LiveCallArrives,
    Moment::LiveCallWasAnswered,
];

/// The variables with the folder of the job and the URL of the service.
const FOLDER: &str = "KILLED_BATCHES_FOLDER";
const URL: &str = "KILLED_BATCHES_URL";

/// Pseudo-random numbers, which are the same in each run of the test.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) % limit as u64) as usize
    }
}

fn question(job: &str, item: usize) -> String {
    format!("{job} {item}")
}

/// The program that is killed.
#[tokio::test]
#[ignore = "another test starts it as a process"]
async fn program() {
    let (Ok(folder), Ok(url)) = (env::var(FOLDER), env::var(URL)) else { return };
    let folder = Path::new(&folder);
    let model = openai("gpt-4o-mini").api_key("sk-123").base_url(url);
    let model = model.http(|client| client.no_proxy()).build().unwrap();
    let queue = BatchQueue::open(folder.join("batches"))
        .unwrap()
        .max_requests(CONCURRENCY)
        .quiet_time(Duration::from_millis(20))
        .polling(BatchPolling::new().initial_wait(Duration::from_millis(1)))
        .fall_back_to_live_calls();
    let model = model.through_batch_api(&queue).unwrap();
    let name = folder.file_name().unwrap().to_str().unwrap().to_owned();
    let inputs = (0..ITEMS).map(move |item| {
        JobItem::new(format!("n{item}"), dict! { question: question(&name, item) })
    });
    let job = Job::new(folder, prompt("{question}").pipe(model).pipe(text()))
        .inputs(items::<Dict, _>(inputs))
        .max_concurrency(CONCURRENCY)
        .output(JsonLinesOutput::new(folder.join("out.jsonl")));
    let report = job.run().await.unwrap();
    assert_eq!((report.done, report.failed), (ITEMS as u64, 0));
}

fn start(folder: &Path, service: &BatchService) -> Child {
    let mut program = Command::new(env::current_exe().unwrap());
    program.args(["--exact", "killed_batches::program", "--ignored"]);
    program.env(FOLDER, folder).env(URL, service.url());
    program.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    program.spawn().unwrap()
}

/// Checks that each item has exactly one result.
fn check_results(folder: &Path, job: &str) {
    let text = fs::read_to_string(folder.join("out.jsonl")).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut results: Vec<_> = lines
        .map(|line| (line["key"].as_str().unwrap().to_owned(), line["output"].to_string()))
        .collect();
    results.sort();
    let mut meant: Vec<_> = (0..ITEMS)
        .map(|item| (format!("n{item}"), Value::from(answer(&question(job, item))).to_string()))
        .collect();
    meant.sort();
    assert_eq!(results, meant);
}

/// Returns one of the moments at which the program was killed least often.
fn rarest(kills: &BTreeMap<Moment, usize>, random: &mut Random) -> Moment {
    let number = |moment: &Moment| kills.get(moment).copied().unwrap_or_default();
    let fewest = MOMENTS.iter().map(number).min().unwrap_or_default();
    let rarest: Vec<_> = MOMENTS.iter().filter(|moment| number(moment) == fewest).collect();
    *rarest[random.below(rarest.len())]
}

#[test]
fn no_request_is_in_two_batches_after_a_kill_at_each_moment() {
    let folders = Path::new(env!("CARGO_TARGET_TMPDIR")).join("killed-batches");
    let _ = fs::remove_dir_all(&folders);
    let service = BatchService::start();
    let random = &mut Random(14);
    let mut kills: BTreeMap<Moment, usize> = BTreeMap::new();
    let mut jobs = 0;
    while kills.values().sum::<usize>() < KILLS {
        let job = format!("job{jobs}");
        jobs += 1;
        let folder = folders.join(&job);
        fs::create_dir_all(&folder).unwrap();
        loop {
            let moment = rarest(&kills, random);
            service.stop_at(moment, random.below(2));
            let mut program = start(&folder, &service);
            if service.has_stopped(program.stdout.take().unwrap()) {
                if random.below(2) == 0 {
                    // The program continues for a moment, and writes its journals.
                    service.go_on();
                    for _ in 0..random.below(2_000) {
                        thread::yield_now();
                    }
                }
                *kills.entry(moment).or_default() += 1;
                program.kill().unwrap();
            }
            let end = program.wait().unwrap();
            service.go_on();
            service.finish();
            if end.code().is_some() {
                assert!(end.success(), "{job}");
                break;
            }
        }
        check_results(&folder, &job);
    }

    let moments = kills.len();
    let kills: usize = kills.values().sum();
    service.read(|state| {
        let inputs: Vec<_> = state.inputs().collect();
        let files: BTreeSet<_> = inputs.iter().copied().collect();
        assert_eq!(inputs.len(), files.len(), "a file became two batches");
        let requested: Vec<_> = state.requested().collect();
        let questions: BTreeSet<_> = requested.iter().copied().collect();
        assert_eq!((requested.len(), questions.len()), (jobs * ITEMS, jobs * ITEMS), "paid twice");

        let batches = inputs.len() - jobs * ITEMS / CONCURRENCY;
        let uploads = state.files() - inputs.len();
        let lost = questions.iter().filter(|question| is_lost(question)).count();
        let live = state.live.len() - lost;
        println!(
            "{kills} kills of {jobs} jobs; beyond the least possible: {batches} batches, {uploads} \
             uploads, {live} live calls"
        );
        assert!(state.live.iter().all(|question| is_lost(question)));
        assert!(batches <= 2 * kills, "{batches} batches beyond the least possible");
        assert!(uploads <= 2 * kills, "{uploads} files without a batch");
        assert_eq!(moments, MOMENTS.len());
        assert!(live <= kills * ITEMS / 10, "{live} live calls were repeated");
    });
}
