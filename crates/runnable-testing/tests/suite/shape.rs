//! The auto traits of the public types.

use runnable_testing::{
    EventRecorder, ScriptedChatModel, ScriptedReply, ScriptedTextModel,
    golden::{Case, Mismatch},
};
use static_assertions::assert_impl_all;

assert_impl_all!(ScriptedReply: Send, Sync, Unpin, Clone);
assert_impl_all!(Case: Send, Sync, Unpin, Clone);
assert_impl_all!(Mismatch: Send, Sync, Unpin, Clone, std::error::Error);
assert_impl_all!(EventRecorder: Send, Sync, Unpin, Clone);
assert_impl_all!(ScriptedChatModel: Send, Sync, Unpin, Clone);
assert_impl_all!(ScriptedTextModel: Send, Sync, Unpin, Clone);
