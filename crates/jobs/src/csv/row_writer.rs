//! [`RowWriter`]: writes rows of CSV.

use csv_core::{Writer, WriterBuilder};

/// Writes rows of CSV. A field is quoted if a reader could misread it otherwise.
pub(crate) struct RowWriter {
    writer: Writer,
    row: Vec<u8>,
}

impl RowWriter {
    pub(crate) fn new(delimiter: u8) -> Self {
        Self { writer: WriterBuilder::new().delimiter(delimiter).build(), row: Vec::new() }
    }

    /// Returns the bytes of a row, with its line break.
    pub(crate) fn row<F: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = F>) -> &[u8] {
        let Self { writer, row } = self;
        row.clear();
        for (index, field) in fields.into_iter().enumerate() {
            let field = field.as_ref();
            if index > 0 {
                append(row, 2, |room| writer.delimiter(room).1);
            }
            // Each byte can be a quote, which is doubled. There are quotes around the field.
            append(row, 2 * field.len() + 2, |room| writer.field(field, room).2);
        }
        append(row, 4, |room| writer.terminator(room).1);
        row
    }
}

/// Appends what a function writes into the given room.
fn append(row: &mut Vec<u8>, room: usize, write: impl FnOnce(&mut [u8]) -> usize) {
    let length = row.len();
    row.resize(length + room, 0);
    let written = write(&mut row[length..]);
    row.truncate(length + written);
}
