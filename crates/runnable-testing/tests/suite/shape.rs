//! What can be done with the types: auto traits.

use runnable_testing::{
    Answer, Recorder, ScriptedChat, ScriptedText,
    golden::{Case, Mismatch},
};
use static_assertions::assert_impl_all;

assert_impl_all!(Answer: Send, Sync, Unpin, Clone);
assert_impl_all!(Case: Send, Sync, Unpin, Clone);
assert_impl_all!(Mismatch: Send, Sync, Unpin, Clone, std::error::Error);
assert_impl_all!(Recorder: Send, Sync, Unpin, Clone);
assert_impl_all!(ScriptedChat: Send, Sync, Unpin, Clone);
assert_impl_all!(ScriptedText: Send, Sync, Unpin, Clone);
