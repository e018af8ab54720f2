//! Recordings: the events that are stored in a file, and how they are loaded.

mod broken_line;
mod header;
mod position;
mod recorded_data;
mod recorded_error;
mod recorded_event;
mod recording;
mod restored_error;
mod rotation;
mod schema_version;
pub(crate) mod time_form;

pub(crate) use self::rotation::{last_number_of, numbered};
pub use self::{
    broken_line::BrokenLine, header::RecordingHeader, position::RecordedPosition,
    recorded_data::RecordedData, recorded_error::RecordedError, recorded_event::RecordedEvent,
    recording::Recording, schema_version::SchemaVersion,
};
