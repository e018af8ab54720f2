//! Reading files on a thread, with bounded memory.

mod feed;
mod folder;
mod line_items;
mod lines;
mod malformed;
mod text_encoding;
mod text_file;
mod thread_stream;
mod typed;

pub(crate) use self::{
    feed::Feed,
    folder::{Folder, FolderFile, read_limited},
    line_items::LineItems,
    lines::Line,
    malformed::Malformed,
    text_encoding::{NOT_UTF8, TextEncoding},
    text_file::{TextFile, open_text, read_failed},
    thread_stream::{ThreadStream, count_items},
    typed::{advised, input_field, key_field, typed, utf8},
};
