//! All that most programs need, in one import: `use runnable::prelude::*;`.

pub use async_stream::try_stream;
pub use runnable_chat::prelude::*;
#[cfg(feature = "events")]
pub use runnable_events::{ConsoleTree, StreamEvents};

pub use crate::{configurable_model, init_chat_model};
