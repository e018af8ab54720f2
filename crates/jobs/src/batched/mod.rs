//! Calls of a model that go through its Batch API.

mod batch_queue;
mod batched_chat;
mod call;
mod driver;
mod driver_task;
mod events;
mod ext;
mod failure;
mod lane;
mod lane_state;
mod live_call;
mod pace;
mod settings;
mod stored_part;

pub use self::{batch_queue::BatchQueue, ext::BatchQueueExt, live_call::LiveCall};
