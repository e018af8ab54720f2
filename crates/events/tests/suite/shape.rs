//! The auto traits of the public types.

use runnable_events::{ConsoleTree, EventData, EventStream, StreamEvent};
use static_assertions::assert_impl_all;

assert_impl_all!(ConsoleTree: Send, Sync, Unpin, Clone);
assert_impl_all!(StreamEvent: Send, Sync, Unpin, Clone);
assert_impl_all!(EventData: Send, Sync, Unpin, Clone);
assert_impl_all!(EventStream<String>: Send, Unpin);
