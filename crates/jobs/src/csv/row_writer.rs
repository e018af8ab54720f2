//! [`RowWriter`]: writes rows of CSV.

use csv_core::{QuoteStyle, Writer, WriterBuilder};

/// Writes rows of CSV. A field is quoted if a reader could misread it otherwise.
pub(crate) struct RowWriter {
    writer: Writer,
    /// For a row whose first field could be taken for the mark of an encoding.
    quoting: Writer,
    row: Vec<u8>,
}

impl RowWriter {
    pub(crate) fn new(delimiter: u8) -> Self {
        let mut builder = WriterBuilder::new();
        let writer = builder.delimiter(delimiter).build();
        let quoting = builder.quote_style(QuoteStyle::Always).build();
        Self { writer, quoting, row: Vec::new() }
    }

    /// Returns the bytes of a row, with its line break.
    pub(crate) fn row<F: AsRef<[u8]>>(&mut self, fields: impl IntoIterator<Item = F>) -> &[u8] {
        self.row.clear();
        let mut quotes = false;
        for (index, field) in fields.into_iter().enumerate() {
            let field = field.as_ref();
            if index == 0 {
                quotes = field.starts_with("\u{feff}".as_bytes());
            }
            let writer = if quotes { &mut self.quoting } else { &mut self.writer };
            if index > 0 {
                append(&mut self.row, 2, |room| writer.delimiter(room).1);
            }
            // Each byte can be a quote, which is doubled. There are quotes around the field.
            append(&mut self.row, 2 * field.len() + 2, |room| writer.field(field, room).2);
        }
        let writer = if quotes { &mut self.quoting } else { &mut self.writer };
        append(&mut self.row, 4, |room| writer.terminator(room).1);
        &self.row
    }
}

/// Appends what a function writes into the given room.
fn append(row: &mut Vec<u8>, room: usize, write: impl FnOnce(&mut [u8]) -> usize) {
    let length = row.len();
    row.resize(length + room, 0);
    let written = write(&mut row[length..]);
    row.truncate(length + written);
}
