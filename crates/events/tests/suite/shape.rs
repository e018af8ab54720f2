//! The auto traits of the public types.

use runnable_events::{
    BrokenLine, CallRedaction, ConsoleTree, EventData, EventStream, JsonLines, RecordedData,
    RecordedError, RecordedEvent, RecordedPosition, Recorder, RecorderBuilder, RecorderReport,
    Recording, RecordingHeader, Redaction, RedactionBuilder, SchemaVersion, SinkOptions,
    SinkReport, StreamEvent, TraceMarkdown, TraceMermaid, TracePerfetto, TraceTree,
};
use static_assertions::assert_impl_all;

assert_impl_all!(ConsoleTree: Send, Sync, Unpin, Clone);
assert_impl_all!(StreamEvent: Send, Sync, Unpin, Clone);
assert_impl_all!(EventData: Send, Sync, Unpin, Clone);
assert_impl_all!(EventStream<String>: Send, Unpin);
assert_impl_all!(Recorder: Send, Sync, Unpin, Clone);
// A sink need not be `Sync`.
assert_impl_all!(RecorderBuilder: Send, Unpin);
assert_impl_all!(Redaction: Clone, Send, Sync, Unpin);
assert_impl_all!(RedactionBuilder: Send, Sync, Unpin);
assert_impl_all!(CallRedaction: Send, Sync, Unpin);
assert_impl_all!(JsonLines: Send, Unpin);
assert_impl_all!(SinkOptions: Clone, Send, Sync, Unpin);
assert_impl_all!(SinkReport: Clone, Send, Sync, Unpin);
assert_impl_all!(RecorderReport: Send, Sync, Unpin, Clone);
assert_impl_all!(Recording: Send, Sync, Unpin, Clone);
assert_impl_all!(RecordingHeader: Send, Sync, Unpin, Clone, PartialEq);
assert_impl_all!(BrokenLine: Send, Sync, Unpin, Clone, PartialEq);
assert_impl_all!(RecordedEvent: Send, Sync, Unpin, Clone, PartialEq);
assert_impl_all!(RecordedData: Send, Sync, Unpin, Clone, PartialEq);
assert_impl_all!(RecordedError: Send, Sync, Unpin, Clone, PartialEq);
assert_impl_all!(RecordedPosition: Send, Sync, Unpin, Clone, PartialEq);
assert_impl_all!(SchemaVersion: Send, Sync, Unpin, Copy, Ord);
assert_impl_all!(TraceTree<'static>: Send, Sync, Unpin, Copy);
assert_impl_all!(TraceMarkdown<'static>: Send, Sync, Unpin, Copy);
assert_impl_all!(TraceMermaid<'static>: Send, Sync, Unpin, Copy);
assert_impl_all!(TracePerfetto<'static>: Send, Sync, Unpin, Copy);
