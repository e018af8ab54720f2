//! A job that is killed at many random moments.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
};

use crate::{
    chat_service::{Answer, ChatService},
    program::{command, printed},
};

const ITEMS: usize = 2_000;
const KILLS: usize = 200;
const CONCURRENCY: usize = 8;

/// Every seventh request fails, and is tried again.
fn faulty(_: &str, number: usize) -> Answer {
    if number.is_multiple_of(7) { Answer::Error(503) } else { Answer::Text("yes") }
}

/// Pseudo-random numbers, which are the same in each run of the test.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

fn job(folder: &Path, service: &ChatService) -> Command {
    let concurrency = CONCURRENCY.to_string();
    let arguments = [
        "job",
        "run",
        "job",
        "--input",
        "items.jsonl",
        "--key",
        "id",
        "--model",
        "ollama:llama3.2",
        "--prompt",
        "Is {id} even?",
        "--concurrency",
        &concurrency,
        "--quiet",
        "-o",
        "out.csv",
        "-o",
        "out.tsv",
        "-o",
        "out.jsonl",
        "-o",
        "out.txt",
    ];
    let mut program = command(&arguments);
    program.current_dir(folder).env("OLLAMA_HOST", service.address());
    program.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    program
}

/// Returns the keys in a file, and checks that it has no other lines and no repeated key.
fn keys(folder: &Path, name: &str, key: impl Fn(&str) -> Option<String>) -> BTreeSet<String> {
    let text = fs::read_to_string(folder.join(name)).unwrap();
    assert!(text.ends_with('\n'), "{name} ends with a complete line");
    let lines: Vec<_> = text.lines().filter_map(key).collect();
    let keys: BTreeSet<_> = lines.iter().cloned().collect();
    assert_eq!((lines.len(), keys.len()), (ITEMS, ITEMS), "{name} has each key once");
    keys
}

#[test]
fn each_item_has_one_result_after_two_hundred_kills() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("killed-jobs");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    let lines: String = (0..ITEMS).map(|id| format!("{{\"id\":\"n{id}\"}}\n")).collect();
    fs::write(folder.join("items.jsonl"), lines).unwrap();
    let service = ChatService::start(faulty);
    let random = &mut Random(7);

    for _ in 0..KILLS {
        let mut program = job(&folder, &service).spawn().unwrap();
        // Some processes are killed before their first request, others in the middle of some.
        let until = service.requests() + random.below(12) as usize;
        while service.requests() < until && program.try_wait().unwrap().is_none() {
            thread::yield_now();
        }
        for _ in 0..random.below(20_000) {
            thread::yield_now();
        }
        program.kill().unwrap();
        program.wait().unwrap();
    }

    let done = printed(job(&folder, &service).stderr(Stdio::piped()).output().unwrap());
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.err.contains("2000 done, 0 failed"), "{}", done.err);
    let expected: BTreeSet<_> = (0..ITEMS).map(|id| format!("n{id}")).collect();
    let first = |separator| move |line: &str| line.split(separator).next().map(str::to_owned);
    let without_header = |key: Option<String>| key.filter(|key| key != "key");
    let csv = keys(&folder, "out.csv", |line| without_header(first(',')(line)));
    let tsv = keys(&folder, "out.tsv", |line| without_header(first('\t')(line)));
    let json = keys(&folder, "out.jsonl", |line| {
        let line: serde_json::Value = serde_json::from_str(line).unwrap();
        line["key"].as_str().map(str::to_owned)
    });
    assert!([csv, tsv, json].iter().all(|keys| *keys == expected));
    assert_eq!(fs::read_to_string(folder.join("out.txt")).unwrap(), "yes\n".repeat(ITEMS));

    let failures = service.requests() / 7;
    let repeated = service.requests() - failures - ITEMS;
    println!("{repeated} calls beyond the least possible for {KILLS} kills");
    assert!(repeated <= KILLS * CONCURRENCY, "{repeated} calls were repeated");
}
