//! Recordings: the events that a recorder stores, failures of the storage, and loading.

use std::{
    collections::HashSet,
    fs,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread,
    time::Duration,
};

use futures::{StreamExt, executor::block_on, stream};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
};
use runnable_core::{Interest, ResponseDetails, combinators::RetryPolicy, impl_at_once};
use runnable_events::{
    RecordedData, RecordedEvent, Recorder, Recording, SchemaVersion, StreamEventsExt,
};
use serde::{Serialize, Serializer};
use serde_json::{Value, json};

/// A writer whose content can be read while a recorder writes to it. It can fail.
#[derive(Clone, Default)]
pub(crate) struct Memory(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    bytes: Vec<u8>,
    /// The number of bytes after which writing fails. `None` if it never fails.
    room: Option<usize>,
}

impl Memory {
    /// Sets the number of further bytes after which writing fails. With `None`, it never fails.
    fn set_room(&self, room: Option<usize>) {
        self.0.lock().unwrap().room = room;
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap().bytes.clone()
    }

    fn recording(&self) -> Recording {
        Recording::read(&self.bytes()[..]).unwrap()
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.0.lock().unwrap();
        let count = state.room.unwrap_or(usize::MAX).min(bytes.len());
        if count == 0 {
            return Err(io::Error::new(io::ErrorKind::StorageFull, "no space"));
        }
        state.bytes.extend_from_slice(&bytes[..count]);
        state.room = state.room.map(|room| room - count);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Returns an empty folder for a test.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn with(recorder: &Recorder) -> RunConfig {
    RunConfig::new().listener(recorder.clone())
}

fn shout() -> impl Runnable<Input = String, Output = String> {
    map_chunks(|text: String| text.to_uppercase()).with_name("shout")
}

/// A step that emits two events when it is invoked.
fn upper() -> impl Runnable<Input = String, Output = String> {
    lambda(|text: String| text.to_uppercase()).with_name("upper")
}

fn letters() -> impl Runnable<Input = String, Output = String> {
    let letters = generator(|chunks: ChunkStream<String>, _| {
        chunks.flat_map(|chunk| {
            let letters: Vec<_> = chunk.unwrap().chars().map(|c| Ok(c.to_string())).collect();
            stream::iter(letters)
        })
    });
    letters.with_name("letters")
}

/// A step that always fails with a transient error.
fn down() -> impl Runnable<Input = String, Output = String> {
    let down = try_lambda(|_: String| {
        let error = Error::new(ErrorKind::Unavailable, "the service is down")
            .with_retry_after(Duration::from_micros(1500))
            .with_source(io::Error::other("the cable is cut"));
        Result::<String>::Err(error)
    });
    down.with_name("down")
}

fn seqs(recording: &Recording) -> Vec<u64> {
    recording.events().iter().map(|event| event.seq).collect()
}

fn names(recording: &Recording) -> Vec<String> {
    recording.events().iter().map(ToString::to_string).collect()
}

/// Calls a step, and compares the recorded events with the live events.
async fn assert_equals_live<R: Runnable>(step: R, input: impl Into<R::Input>) -> Recording {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let config = with(&recorder).tag("tagged").metadata("user", 7);
    let live = step.stream_events(input).config(config).include_details();
    let live: Vec<_> = live.filter_map(async |event| event.ok()).collect().await;
    let live: Vec<_> = live
        .into_iter()
        .zip(0..)
        .map(|(event, seq)| {
            let mut event = RecordedEvent::from(event);
            event.seq = seq;
            event
        })
        .collect();
    assert!(live.len() > 1);
    recorder.finish().unwrap();
    let recording = memory.recording();
    assert_eq!(recording.events(), live);
    assert_eq!((recording.headers().len(), recording.broken_lines()), (1, &[][..]));
    assert_eq!((recording.missing_events(), recording.unfinished().len()), (0, 0));
    recording
}

#[derive(Debug)]
struct Model;

impl ChatProvider for Model {
    fn run_name(&self) -> &str {
        "Model"
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        ChunkStream::new(stream::iter(["a", "b"].map(|text| Ok(AiMessageChunk::new(text)))))
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_equals_the_live_events() {
    let emits = async_lambda(|text: String, cx: RunContext| async move {
        cx.emit("progress", &json!({ "done": 0.5, "line": "a\nb" }));
        tokio::time::sleep(Duration::from_nanos(1_234_567)).await;
        Ok(text)
    });
    assert_equals_live(letters().pipe(shout()), "aé").await;
    assert_equals_live(letters().pipe(emits), "a").await;
    assert_equals_live(parallel_dict("x", shout()).with("y", letters()), "ab").await;
    assert_equals_live(lambda(|_: ()| ()), ()).await;
    let model = assert_equals_live(ChatModel::new(Model).pipe(text()), "hi").await;
    let texts = model.events().iter().filter_map(|event| match &event.data {
        RecordedData::Chunk { text, .. } if event.kind == "chat_model" => text.as_deref(),
        _ => None,
    });
    assert_eq!(texts.collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test(start_paused = true)]
async fn an_error_is_recorded_with_its_details() {
    let retried = down().with_retry(RetryPolicy::new().max_attempts(2).without_backoff());
    let recording = assert_equals_live(shout().pipe(retried), "a").await;
    let errors = recording.events().iter().filter_map(|event| match &event.data {
        RecordedData::Error { error, .. } => Some((event, error)),
        _ => None,
    });
    let errors: Vec<_> = errors.collect();
    let (event, error) = errors[0];
    assert_eq!((&*event.name, event.position.attempt), ("down", Some(1)));
    assert_eq!(event.position.tag, None);
    assert_eq!((&*error.kind, &*error.message), ("unavailable", "the service is down"));
    assert_eq!(error.retry_after, Some(Duration::from_micros(1500)));
    assert_eq!((error.transient, error.attempts), (true, 1));
    assert_eq!(error.path, ["down"]);
    assert_eq!(error.run_id.as_ref(), Some(&event.run_id));
    assert_eq!(error.causes, ["the cable is cut"]);
    let (_, last) = errors.last().unwrap();
    assert_eq!((last.attempts, last.path.len()), (2, 3));
    assert!(names(&recording).iter().any(|name| name.starts_with("on_chain_retry ")));
}

#[tokio::test(start_paused = true)]
async fn an_event_has_the_place_and_the_time_of_its_run() {
    let sleeps = async_lambda(|text: String, _| async move {
        tokio::time::sleep(Duration::from_secs(2)).await;
        Ok(text)
    });
    let chain = sleeps.pipe(parallel_dict("x", shout()).with("y", letters()));
    let recording = assert_equals_live(chain, "a").await;
    let events = recording.events();
    let start = |name: &str| {
        events.iter().find(|event| event.name == name && event.data.event() == "start").unwrap()
    };
    let (root, shout) = (start("RunnableSequence"), start("shout"));
    assert_eq!((root.root_id(), root.parent_id()), (&*root.run_id, None));
    assert_eq!((root.since_root, root.position.tag.as_deref()), (Duration::ZERO, None));
    assert_eq!((shout.since_root, shout.elapsed), (Duration::from_secs(2), Duration::ZERO));
    assert_eq!((shout.root_id(), shout.parent_ids.len()), (&*root.run_id, 2));
    assert_eq!(shout.parent_id(), shout.parent_ids.last().map(|id| &**id));
    assert_eq!(shout.position.tag.as_deref(), Some("map:key:x"));
    assert_eq!(shout.tags, ["map:key:x", "tagged"]);
    assert_eq!(shout.metadata["user"], 7);
    assert_eq!((shout.path.len(), &*shout.path[2]), (3, "shout"));
    let step = start("RunnableLambda");
    assert_eq!(step.position.tag.as_deref(), Some("seq:step:1"));
    assert!(step.source.as_ref().unwrap().contains("record.rs:"));
    let end = events.last().unwrap();
    assert_eq!((end.elapsed, end.since_root), (Duration::from_secs(2), Duration::from_secs(2)));
}

#[tokio::test]
async fn the_position_of_a_batch_item_is_its_index() {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    shout().batch(["a", "b"]).config(with(&recorder)).await;
    drop(recorder);
    let recording = memory.recording();
    let items: HashSet<_> = recording.events().iter().map(|event| event.position.item).collect();
    assert_eq!(items, HashSet::from([Some(0), Some(1)]));
}

/// The JSON of an event, with unknown fields everywhere.
fn future_event(event: &str, data: Value) -> Value {
    json!({
        "v": "1.9", "seq": 3, "time": "2026-01-31T12:00:00.000001Z", "since_root_ms": 1.25,
        "elapsed_ms": 0.000001, "first_chunk_ms": 0.5, "chunks": 2, "run_id": "r",
        "parent_ids": ["p"], "name": "n", "path": ["m", "n"], "kind": "k", "source": "a.rs:1",
        "position": { "tag": "seq:step:1", "attempt": 1, "item": 0, "future": null },
        "tags": ["t"], "metadata": { "a": [1] }, "event": event, "data": data,
        "future": { "deep": [true] },
    })
}

#[test]
fn unknown_fields_and_kinds_of_events_are_kept() {
    let error = json!({
        "kind": "future_kind", "message": "m", "status": 429, "code": "c", "request_id": "q",
        "retry_after_ms": 1500.0, "transient": true, "attempts": 2, "timeout_phase": "idle",
        "run_id": "r", "path": ["n"], "causes": ["c"], "future": 1,
    });
    let known = [
        ("start", json!({ "input": null, "future": 1 })),
        ("start", json!({})),
        ("chunk", json!({ "chunk": null, "text": "a", "future": 1 })),
        ("custom", json!({ "name": "c", "data": null, "future": 1 })),
        ("retry", json!({ "attempt": 1, "wait_ms": 2.5, "error": error, "future": 1 })),
        ("end", json!({ "input": null, "output": null, "future": 1 })),
        ("end", json!({})),
        ("error", json!({ "error": error, "partial": null, "future": 1 })),
        ("cancelled", json!({ "partial": null, "cause": "dropped" })),
    ];
    for (event, data) in known {
        let json = future_event(event, data);
        let recorded = read_event(&json);
        assert!(!matches!(recorded.data, RecordedData::Unknown { .. }), "{json}");
        assert_eq!(recorded.data.event(), event);
        assert_eq!(serde_json::to_value(&recorded).unwrap(), json);
    }
    let unknown = [
        ("cache_hit", json!({ "key": "k" })),
        ("cache_hit", json!(null)),
        ("start", json!("the input")),
        ("error", json!({ "error": "a text" })),
        ("unknown", json!([1])),
    ];
    for (event, data) in unknown {
        let json = future_event(event, data);
        let recorded = read_event(&json);
        assert!(matches!(recorded.data, RecordedData::Unknown { .. }), "{json}");
        assert_eq!(recorded.data.event(), event);
        assert_eq!(recorded.is_terminal(), event == "error");
        assert_eq!(serde_json::to_value(&recorded).unwrap(), json);
    }
    let mut json = future_event("paused", json!(null));
    json.as_object_mut().unwrap().shift_remove("data");
    assert_eq!(serde_json::to_value(read_event(&json)).unwrap(), json);
}

/// Reads an event from a line of text, as a recording does.
fn read_event(json: &Value) -> RecordedEvent {
    let recording = Recording::read(json.to_string().as_bytes()).unwrap();
    assert_eq!(recording.broken_lines(), []);
    recording.into_events().remove(0)
}

#[test]
fn unknown_fields_of_a_header_are_kept() {
    let json = json!({
        "v": "1.9", "recorder": "r", "part": 1, "first_seq": 0,
        "started": "2026-01-31T12:00:00.000000Z", "versions": { "a": "1" }, "future": [1],
    });
    let recording = Recording::read(json.to_string().as_bytes()).unwrap();
    let header = &recording.headers()[0];
    assert!(header.version > SchemaVersion::CURRENT);
    assert_eq!(serde_json::to_value(header).unwrap(), json);
}

#[test]
fn another_major_version_is_an_error() {
    let mut event = future_event("start", json!({}));
    event["v"] = json!("2.0");
    let other = json!({ "v": "2.0", "everything": "is different" });
    for json in [event, other] {
        let text = format!("{}\n{json}\n", future_event("start", json!({})));
        let error = Recording::read(text.as_bytes()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert_eq!(
            error.message(),
            "unsupported version 2.0 in line 2 of the recording: expected 1.x; update \
             `runnable-events`"
        );
    }
}

#[test]
fn the_numbers_of_many_threads_have_no_gap() {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let chain = letters().pipe(shout());
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..20 {
                    block_on(chain.stream("abc").config(with(&recorder)).concat()).unwrap();
                }
            });
        }
    });
    let report = recorder.finish().unwrap();
    let recording = memory.recording();
    assert!(report.written > 8 * 20 * 6, "{report:?}");
    assert_eq!(seqs(&recording), (0..report.written).collect::<Vec<_>>());
    assert_eq!((report.lost, recording.missing_events(), recording.unfinished().len()), (0, 0, 0));
    let roots: HashSet<_> = recording.events().iter().map(RecordedEvent::root_id).collect();
    assert_eq!(roots.len(), 8 * 20);
}

#[test]
fn every_prefix_of_a_recording_loads() {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let chain = letters().pipe(shout());
    block_on(chain.stream("é").config(with(&recorder)).concat()).unwrap();
    recorder.finish().unwrap();
    let (bytes, whole) = (memory.bytes(), memory.recording());
    for end in 0..=bytes.len() {
        let prefix = &bytes[..end];
        let recording = Recording::read(prefix).unwrap();
        let complete = prefix.iter().filter(|byte| **byte == b'\n').count();
        // A line whose newline is missing is complete.
        let is_complete = matches!(bytes.get(end), None | Some(b'\n'));
        let is_inside = !is_complete && !matches!(prefix.last(), None | Some(b'\n'));
        let lines = complete + usize::from(bytes.get(end) == Some(&b'\n'));
        assert_eq!(recording.broken_lines().len(), usize::from(is_inside), "{end}");
        assert_eq!(recording.headers().len(), lines.min(1), "{end}");
        assert_eq!(recording.events(), &whole.events()[..lines.saturating_sub(1)], "{end}");
        let mut open: Vec<&RecordedEvent> = Vec::new();
        for event in recording.events() {
            if event.is_terminal() {
                open.retain(|start| start.run_id != event.run_id);
            } else if event.data.event() == "start" {
                open.push(event);
            }
        }
        assert_eq!(recording.unfinished(), open, "{end}");
    }
}

#[test]
fn a_recorder_appends_to_a_file_that_was_cut() {
    let path = folder("a_recorder_appends_to_a_file_that_was_cut").join("run.jsonl");
    let record = || {
        let recorder = Recorder::to_file(&path).unwrap();
        block_on(upper().invoke("a").config(with(&recorder))).unwrap();
        recorder.finish().unwrap()
    };
    record();
    let complete = fs::read(&path).unwrap();
    fs::write(&path, &complete[..complete.len() - 9]).unwrap();
    let report = record();
    assert_eq!((report.written, &report.files[..]), (2, &[path.clone()][..]));
    let recording = Recording::load(&path).unwrap();
    assert_eq!(seqs(&recording), [0, 0, 1]);
    assert_eq!((recording.headers().len(), recording.missing_events()), (2, 0));
    let broken = &recording.broken_lines()[0];
    assert_eq!((broken.line, broken.file.as_ref()), (3, Some(&path)));
    assert!(!broken.reason.is_empty() && broken.text.contains(r#""event":"end""#));
    assert_eq!(recording.unfinished().len(), 1);
    assert_ne!(recording.headers()[0].recorder, recording.headers()[1].recorder);
}

#[test]
fn a_full_file_is_continued_in_the_next() {
    let folder = folder("a_full_file_is_continued_in_the_next");
    let path = folder.join("run.jsonl");
    let foreign = folder.join("run.2.jsonl");
    fs::write(&foreign, "").unwrap();
    let limit = 1500;
    let recorder = Recorder::builder().max_file_bytes(limit).to_file(&path).unwrap();
    for _ in 0..20 {
        block_on(upper().invoke("a").config(with(&recorder))).unwrap();
    }
    let report = recorder.finish().unwrap();
    assert!(report.files.len() > 4, "{report:?}");
    assert_eq!(
        report.files[..3],
        [path.clone(), folder.join("run.3.jsonl"), folder.join("run.4.jsonl")]
    );
    assert_eq!(fs::read(&foreign).unwrap(), b"", "the file of another program stays unchanged");
    for file in &report.files {
        let content = fs::read_to_string(file).unwrap();
        let last = content.lines().last().unwrap().len() as u64 + 1;
        assert!(content.len() as u64 - last < limit && content.lines().count() > 1);
    }
    let recording = Recording::load_rotation(&path).unwrap();
    assert_eq!(seqs(&recording), (0..40).collect::<Vec<_>>());
    assert_eq!((recording.missing_events(), recording.unfinished().len()), (0, 0));
    assert_eq!(recording.headers().len(), report.files.len());
    let parts = recording.headers().iter().map(|header| header.part);
    assert!(parts.eq(0..report.files.len() as u32));

    let missing = Recording::load(&report.files[1]).unwrap().events().len() as u64;
    fs::remove_file(&report.files[1]).unwrap();
    let recording = Recording::load_rotation(&path).unwrap();
    assert_eq!(
        (recording.missing_events(), recording.events().len() as u64),
        (missing, 40 - missing)
    );
    fs::remove_file(&path).unwrap();
    assert!(Recording::load(&path).is_err());
    assert!(!Recording::load_rotation(&path).unwrap().events().is_empty());

    let full = &report.files[0];
    fs::write(full, vec![b'\n'; limit as usize]).unwrap();
    let again = Recorder::builder().max_file_bytes(limit).to_file(full).unwrap();
    assert!(!report.files.contains(&again.report().files[0]), "the first file is full");
}

#[test]
fn a_missing_folder_is_an_error() {
    let path = folder("a_missing_folder_is_an_error").join("no/run.jsonl");
    let error = Recorder::to_file(&path).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::NotFound);
    assert!(error.to_string().starts_with("failed to open the recording `"), "{error}");
    let error = Recording::load_rotation(&path).unwrap_err();
    assert!(error.message().starts_with("failed to read the recording `"), "{error}");
}

#[test]
fn a_full_disk_does_not_fail_the_chain() {
    let chain = letters().pipe(shout());
    let record = |memory: Memory| {
        let recorder = Recorder::new(memory);
        let output = block_on(chain.stream("ab").config(with(&recorder)).concat()).unwrap();
        assert_eq!(output, "AB");
        (recorder.finish(), recorder.report())
    };
    let memory = Memory::default();
    let all = record(memory.clone()).0.unwrap().written;
    let size = memory.bytes().len();
    for room in (0..size / 4 * 3).step_by(37) {
        let memory = Memory::default();
        memory.set_room(Some(room));
        let (result, report) = record(memory.clone());
        let error = result.unwrap_err();
        assert_eq!((error.kind(), &*error.to_string()), (io::ErrorKind::StorageFull, "no space"));
        assert_eq!(report.error.unwrap().kind(), io::ErrorKind::StorageFull);
        assert_eq!(report.written + report.lost, all);
        let complete = memory.bytes().iter().filter(|byte| **byte == b'\n').count() as u64;
        assert_eq!(report.written, complete.saturating_sub(1));
        assert!(report.lost > 0);
    }
}

#[test]
fn a_recorder_continues_when_there_is_space_again() {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let call = || {
        block_on(upper().invoke("a").config(with(&recorder))).unwrap();
        recorder.report()
    };
    call();
    memory.set_room(Some(10));
    call();
    call();
    memory.set_room(None);
    let report = call();
    assert_eq!((report.written, report.lost), (4, 4));
    let recording = memory.recording();
    assert_eq!((recording.missing_events(), recording.broken_lines().len()), (report.lost, 1));
    assert_eq!(seqs(&recording), [0, 1, 6, 7]);
    recorder.finish().unwrap_err();
}

#[test]
fn a_panic_of_the_writer_does_not_fail_the_chain() {
    struct Panics;
    impl Write for Panics {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            panic!("a bug in the writer")
        }

        fn flush(&mut self) -> io::Result<()> {
            panic!("a bug in the writer")
        }
    }
    let recorder = Recorder::new(Panics);
    assert_eq!(block_on(upper().invoke("a").config(with(&recorder))).unwrap(), "A");
    let error = recorder.finish().unwrap_err();
    assert_eq!(error.to_string(), "the writer of the recorder panicked");
    assert_eq!(recorder.report().lost, 2);
}

/// A value whose serialization fails or panics.
#[derive(Clone, Debug, PartialEq)]
struct Unserializable {
    panics: bool,
}

impl_at_once!(Unserializable);

impl Serialize for Unserializable {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        assert!(!self.panics, "a bug in the value");
        Err(serde::ser::Error::custom("a secret type"))
    }
}

#[test]
fn a_value_that_cannot_be_serialized_is_replaced() {
    for (panics, expected) in [
        (false, "<not JSON: a secret type>"),
        (true, "<not JSON: `Serialize` of the value panicked>"),
    ] {
        let memory = Memory::default();
        let recorder = Recorder::new(memory.clone());
        let chain = lambda(move |_: String| Unserializable { panics })
            .pipe(lambda(|value: Unserializable| value.panics));
        assert_eq!(block_on(chain.invoke("a").config(with(&recorder))).unwrap(), panics);
        recorder.finish().unwrap();
        let recording = memory.recording();
        assert_eq!(recording.unfinished().len(), 0);
        let outputs = recording.events().iter().filter_map(|event| match &event.data {
            RecordedData::End { output, .. } => output.clone(),
            _ => None,
        });
        assert_eq!(outputs.collect::<Vec<_>>(), [json!(expected), json!(panics), json!(panics)]);
    }
}

#[test]
fn resources_and_configurable_values_are_not_recorded() {
    #[derive(Debug)]
    struct Key(&'static str);
    let secret = "planted-secret";
    let reads = async_lambda(|text: String, cx: RunContext| async move {
        let key = cx.resource::<Key>()?.0;
        Ok(format!("{text}{}", key.len()))
    });
    let fails = try_lambda(|_: String| Result::<String>::Err(Error::other("refused")));
    let chain = reads.configurable_field("key", |step, _: String| step).pipe(fails);
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let config = with(&recorder).resource(Key(secret)).configurable("key", secret);
    assert!(block_on(chain.invoke("a").config(config)).is_err());
    recorder.finish().unwrap();
    let text = String::from_utf8(memory.bytes()).unwrap();
    assert!(text.contains("a14") && !text.contains(secret), "{text}");
}

#[test]
fn an_error_contains_the_details_of_the_response() {
    let details = ResponseDetails::new().status(503).code("overloaded").request_id("req_7");
    let busy = try_lambda(move |_: String| -> Result<String> {
        let error = Error::new(ErrorKind::Unavailable, "the service is busy");
        Err(error.with_response(details.clone()))
    });
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    block_on(busy.invoke("a").config(with(&recorder))).unwrap_err();
    recorder.finish().unwrap();
    let recording = memory.recording();
    let RecordedData::Error { error, .. } = &recording.events()[1].data else {
        panic!("the run did not fail: {:?}", recording.events());
    };
    assert_eq!((error.status, error.code.as_deref()), (Some(503), Some("overloaded")));
    assert_eq!(error.request_id.as_deref(), Some("req_7"));
}

#[test]
fn only_requested_events_and_values_are_recorded() {
    let memory = Memory::default();
    let recorder = Recorder::builder()
        .interest(Interest::lifecycle())
        .version("program", "1.2")
        .to_writer(memory.clone());
    let chain = letters().pipe(shout());
    block_on(chain.stream("ab").config(with(&recorder)).concat()).unwrap();
    recorder.finish().unwrap();
    let recording = memory.recording();
    assert_eq!(recording.events().len(), 6);
    for event in recording.events() {
        let is_empty = match &event.data {
            RecordedData::Start { input, .. } => input.is_none(),
            RecordedData::End { input, output, .. } => input.is_none() && output.is_none(),
            _ => false,
        };
        assert!(is_empty, "{event:?}");
    }
    let versions = &recording.headers()[0].versions;
    assert_eq!((&*versions["program"], versions.contains_key("runnable-events")), ("1.2", true));
}

#[tokio::test]
async fn a_finished_recorder_ignores_later_runs() {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let mut chunks = letters().stream("ab").config(with(&recorder));
    chunks.next().await.unwrap().unwrap();
    let written = recorder.finish().unwrap().written;
    let size = memory.bytes().len();
    upper().invoke("a").config(with(&recorder)).await.unwrap();
    assert_eq!(recorder.report().lost, 0);
    chunks.concat().await.unwrap();
    let report = recorder.finish().unwrap();
    assert_eq!((report.written, report.lost > 0), (written, true));
    assert_eq!(memory.bytes().len(), size);
    assert_eq!(memory.recording().unfinished()[0].name, "letters");
}

#[test]
fn buffered_events_are_written_on_request() {
    let memory = Memory::default();
    let recorder = Recorder::new(memory.clone());
    let mut chunks = letters().stream("ab").config(with(&recorder));
    block_on(chunks.next()).unwrap().unwrap();
    assert_eq!(recorder.report().written, 2);
    assert_eq!(memory.recording().events().len(), 2);
    block_on(chunks.next()).unwrap().unwrap();
    drop(chunks);
    assert_eq!(recorder.report().written, 4);
    let recording = memory.recording();
    assert_eq!(names(&recording)[2..], ["on_chain_stream letters", "on_chain_cancelled letters"]);
    drop(recorder);
    assert_eq!(memory.recording().events().len(), 4);
}
