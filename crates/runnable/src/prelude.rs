//! Everything that most programs need: `use runnable::prelude::*;`.

#[cfg(feature = "try_stream")]
pub use async_stream::try_stream;
pub use runnable_chat::prelude::*;
#[cfg(feature = "blocking")]
pub use runnable_core::blocking::Blocking;
#[cfg(feature = "events")]
pub use runnable_events::{ConsoleTree, StreamEventsExt};

pub use crate::{configurable_model, init_chat_model};
