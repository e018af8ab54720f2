//! Sinks: a faulty sink does not affect the chain, and the report counts the lost events.

use std::{
    fs::OpenOptions,
    io::{self, Write},
    sync::{Arc, Condvar, Mutex},
    task::{Context, Poll, Waker},
    time::Duration,
};

use futures::{Stream, StreamExt, executor::block_on, stream};
use runnable_core::prelude::*;
use runnable_events::{
    JsonLines, Overflow, RecordedEvent, Recorder, Recording, Sink, SinkOptions, SinkReport,
};

/// A gate that a sink passes only while it is open.
#[derive(Clone, Default)]
struct Gate(Arc<(Mutex<Door>, Condvar)>);

#[derive(Default)]
struct Door {
    is_open: bool,
    /// Whether a sink waits at the gate.
    is_reached: bool,
}

impl Gate {
    fn open(&self) {
        self.0.0.lock().unwrap().is_open = true;
        self.0.1.notify_all();
    }

    fn pass(&self) {
        let mut door = self.0.0.lock().unwrap();
        door.is_reached = true;
        self.0.1.notify_all();
        drop(self.0.1.wait_while(door, |door| !door.is_open).unwrap());
    }

    /// Waits until a sink waits at the gate.
    fn wait_until_reached(&self) {
        let door = self.0.0.lock().unwrap();
        drop(self.0.1.wait_while(door, |door| !door.is_reached).unwrap());
    }
}

/// A sink that stores events in memory.
#[derive(Clone, Default)]
struct Kept {
    events: Arc<Mutex<Vec<RecordedEvent>>>,
    gate: Option<Gate>,
}

impl Kept {
    fn behind(gate: &Gate) -> Self {
        Self { gate: Some(gate.clone()), ..Self::default() }
    }

    fn seqs(&self) -> Vec<u64> {
        self.events.lock().unwrap().iter().map(|event| event.seq).collect()
    }

    fn kinds(&self) -> Vec<String> {
        self.events.lock().unwrap().iter().map(|event| event.data.event().to_owned()).collect()
    }
}

impl Sink for Kept {
    fn write(&mut self, event: &RecordedEvent) -> io::Result<()> {
        if let Some(gate) = &self.gate {
            gate.pass();
        }
        self.events.lock().unwrap().push(event.clone());
        Ok(())
    }
}

fn with(recorder: &Recorder) -> RunConfig {
    RunConfig::new().listener(recorder.clone())
}

/// A step that yields this number of chunks, without waiting.
fn counts(chunks: usize) -> impl Runnable<Input = String, Output = String> {
    stream_lambda(move |_: String, _| stream::iter((0..chunks).map(|n| Ok(format!("{n} ")))))
        .with_name("counts")
}

/// Polls a stream until it is pending or ends, and returns the number of chunks.
fn poll_chunks(chunks: &mut (impl Stream<Item = Result<String>> + Unpin)) -> (usize, bool) {
    let (mut count, mut cx) = (0, Context::from_waker(Waker::noop()));
    // A stream yields to the runtime after many chunks, and is ready again immediately.
    let mut pending = 0;
    loop {
        match chunks.poll_next_unpin(&mut cx) {
            Poll::Ready(Some(chunk)) => {
                chunk.unwrap();
                (count, pending) = (count + 1, 0);
            }
            Poll::Ready(None) => return (count, true),
            Poll::Pending if pending < 10 => pending += 1,
            Poll::Pending => return (count, false),
        }
    }
}

#[test]
fn several_sinks_receive_the_same_events() {
    let (first, second) = (Kept::default(), Kept::default());
    let recorder = Recorder::builder().sink(first.clone()).sink(second.clone()).build();
    block_on(counts(500).stream("").config(with(&recorder)).concat()).unwrap();
    let report = recorder.finish().unwrap();
    assert_eq!(first.seqs(), (0..report.written).collect::<Vec<_>>());
    assert_eq!(*first.events.lock().unwrap(), *second.events.lock().unwrap());
    assert_eq!(report.sinks.iter().map(|sink| sink.written).collect::<Vec<_>>(), [502, 502]);
}

#[test]
fn a_blocked_sink_that_drops_chunks_does_not_slow_the_chain() {
    let (gate, other) = (Gate::default(), Kept::default());
    let blocked = Kept::behind(&gate);
    let options = SinkOptions::default().capacity(10).overflow(Overflow::DropChunks);
    let recorder =
        Recorder::builder().sink_with(options, blocked.clone()).sink(other.clone()).build();
    let call = || block_on(counts(300).stream("").config(with(&recorder)).concat()).unwrap();
    assert_eq!(call().split_whitespace().count(), 300);
    call();
    gate.open();
    let report = recorder.finish().unwrap();
    assert_eq!(other.seqs().len(), 604);
    let events = blocked.events.lock().unwrap().clone();
    let dropped = report.sinks[0].dropped_chunks;
    assert!(dropped >= 580, "{report:?}");
    assert_eq!((report.sinks[0].written + dropped, report.sinks[0].lost), (604, 0));
    let kinds = blocked.kinds();
    let count = |kind: &str| kinds.iter().filter(|found| *found == kind).count();
    assert_eq!((count("start"), count("end")), (2, 2), "{kinds:?}");
    // The event after each gap in the numbers contains the number of dropped chunks.
    let mut next = 0;
    for event in &events {
        assert_eq!(event.seq, next + event.dropped_chunks(), "{event:?}");
        next = event.seq + 1;
    }
    assert_eq!(events.iter().map(RecordedEvent::dropped_chunks).sum::<u64>(), dropped);
    let last = events.iter().rev().find(|event| event.data.event() == "chunk").unwrap();
    assert_eq!(last.seq, 602, "the newest chunks are kept");
}

#[test]
fn a_blocked_sink_that_waits_stops_the_chain_without_blocking_its_thread() {
    let gate = Gate::default();
    let blocked = Kept::behind(&gate);
    let options = SinkOptions::default().capacity(10);
    let recorder = Recorder::builder().sink_with(options, blocked.clone()).build();
    let mut chunks = counts(300).stream("").config(with(&recorder));
    let (count, has_ended) = poll_chunks(&mut chunks);
    assert!((9..=12).contains(&count) && !has_ended, "{count}");
    gate.open();
    block_on(async {
        while let Some(chunk) = chunks.next().await {
            chunk.unwrap();
        }
    });
    let report = recorder.finish().unwrap();
    assert_eq!((report.written, report.lost, report.sinks[0].dropped_chunks), (302, 0, 0));
    assert_eq!(blocked.seqs(), (0..302).collect::<Vec<_>>());
}

#[test]
fn a_sink_that_panics_does_not_affect_the_chain_or_the_other_sinks() {
    struct Panics(u64);
    impl Sink for Panics {
        fn write(&mut self, event: &RecordedEvent) -> io::Result<()> {
            assert!(event.seq < self.0, "a bug in the sink");
            Ok(())
        }
    }
    for limit in [0, 3, 20] {
        let other = Kept::default();
        let options = SinkOptions::default().capacity(4);
        let recorder =
            Recorder::builder().sink_with(options, Panics(limit)).sink(other.clone()).build();
        block_on(counts(100).stream("").config(with(&recorder)).concat()).unwrap();
        let error = recorder.finish().unwrap_err();
        assert_eq!(error.to_string(), "the sink panicked");
        let report = recorder.report();
        assert_eq!((report.sinks[0].written, report.sinks[0].lost), (limit, 102 - limit));
        assert_eq!((report.sinks[1].written, report.sinks[1].lost), (102, 0));
        assert_eq!(other.seqs().len(), 102);
    }
}

#[test]
fn a_sink_that_panics_at_the_end_has_stored_its_events() {
    struct Panics;
    impl Sink for Panics {
        fn write(&mut self, _: &RecordedEvent) -> io::Result<()> {
            Ok(())
        }

        fn finish(&mut self) -> io::Result<()> {
            panic!("a bug in the sink")
        }
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("another bug in the sink")
        }
    }
    let recorder = Recorder::builder().sink(Panics).build();
    block_on(counts(3).stream("").config(with(&recorder)).concat()).unwrap();
    assert_eq!(recorder.finish().unwrap_err().to_string(), "the sink panicked");
    assert_eq!((recorder.report().written, recorder.report().lost), (5, 0));
}

#[test]
fn a_sink_that_fails_reports_each_lost_event() {
    struct Fails;
    impl Sink for Fails {
        fn write(&mut self, event: &RecordedEvent) -> io::Result<()> {
            if event.seq.is_multiple_of(2) {
                Err(io::ErrorKind::StorageFull.into())
            } else {
                Ok(())
            }
        }

        fn describe(&self, report: &mut SinkReport) {
            report.files = vec!["a name".into()];
        }
    }
    let recorder = Recorder::builder().sink(Fails).build();
    block_on(counts(8).stream("").config(with(&recorder)).concat()).unwrap();
    assert_eq!(recorder.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    let report = recorder.report();
    assert_eq!((report.written, report.lost, report.files.len()), (5, 5, 1));
}

#[test]
fn finish_returns_at_the_deadline_if_a_sink_is_blocked() {
    let gate = Gate::default();
    let blocked = Kept::behind(&gate);
    let recorder = Recorder::builder()
        .patience(Duration::ZERO)
        .sink_with(SinkOptions::default().overflow(Overflow::DropChunks), blocked.clone())
        .build();
    block_on(counts(20).stream("").config(with(&recorder)).concat()).unwrap();
    gate.wait_until_reached();
    let error = recorder.finish().unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    assert_eq!(error.to_string(), "the sink did not store its events before the deadline");
    let report = recorder.report();
    assert_eq!((report.written, report.lost), (0, 22));
    gate.open();
    assert_eq!(recorder.finish().unwrap_err().kind(), io::ErrorKind::TimedOut);
    assert_eq!(recorder.report().lost, 22, "events are counted once");
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_device_does_not_fail_the_chain() {
    let device = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let other = Kept::default();
    let recorder =
        Recorder::builder().sink(JsonLines::to_writer(device)).sink(other.clone()).build();
    let output = block_on(counts(50).stream("").config(with(&recorder)).concat()).unwrap();
    assert_eq!(output.split_whitespace().count(), 50);
    assert_eq!(recorder.finish().unwrap_err().kind(), io::ErrorKind::StorageFull);
    let report = recorder.report();
    assert_eq!((report.sinks[0].written, report.sinks[0].lost), (0, 52));
    assert_eq!((report.sinks[1].written, report.lost, other.seqs().len()), (52, 52, 52));
}

/// A writer behind a gate, whose content can be read.
#[derive(Clone)]
struct SlowWriter {
    gate: Gate,
    bytes: Arc<Mutex<Vec<u8>>>,
}

impl Write for SlowWriter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.gate.pass();
        self.bytes.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_recording_contains_the_number_of_dropped_chunks() {
    let writer = SlowWriter { gate: Gate::default(), bytes: Arc::default() };
    let options = SinkOptions::default().capacity(5).overflow(Overflow::DropChunks);
    let recorder =
        Recorder::builder().sink_with(options, JsonLines::to_writer(writer.clone())).build();
    block_on(counts(100).stream("").config(with(&recorder)).concat()).unwrap();
    writer.gate.open();
    let report = recorder.finish().unwrap();
    let recording = Recording::read(&writer.bytes.lock().unwrap()[..]).unwrap();
    let marks: u64 = recording.events().iter().map(RecordedEvent::dropped_chunks).sum();
    let dropped = report.sinks[0].dropped_chunks;
    assert!(dropped >= 95, "{report:?}");
    assert_eq!((recording.missing_events(), marks), (dropped, dropped));
    assert_eq!(recording.unfinished().len(), 0);
}

#[test]
fn the_threads_end_with_the_last_handle() {
    let kept = Kept::default();
    let events = Arc::downgrade(&kept.events);
    let recorder = Recorder::builder().sink(kept).build();
    block_on(counts(3).stream("").config(with(&recorder)).concat()).unwrap();
    assert!(events.upgrade().is_some());
    drop(recorder);
    assert!(events.upgrade().is_none(), "the sink is dropped, so its thread has ended");
}

#[test]
fn a_recorder_without_sinks_records_nothing() {
    let recorder = Recorder::builder().build();
    block_on(counts(3).stream("").config(with(&recorder)).concat()).unwrap();
    let report = recorder.finish().unwrap();
    assert_eq!((report.written, report.lost, report.sinks.len()), (0, 0, 0));
}
