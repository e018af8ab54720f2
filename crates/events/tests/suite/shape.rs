//! What can be done with the types: auto traits.

use runnable_events::{ConsoleTree, Event, EventData, EventStream};
use static_assertions::assert_impl_all;

assert_impl_all!(ConsoleTree: Send, Sync, Unpin, Clone);
assert_impl_all!(Event: Send, Sync, Unpin, Clone);
assert_impl_all!(EventData: Send, Sync, Unpin, Clone);
assert_impl_all!(EventStream<String>: Send, Unpin);
