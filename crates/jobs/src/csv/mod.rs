//! Rows of CSV, as RFC 4180 describes them.

mod cells;
mod delimiter;
mod row_writer;
mod rows;
mod separator_line;

pub(crate) use self::{
    cells::{cell_input, row_input},
    delimiter::delimiter,
    row_writer::RowWriter,
    rows::{Row, Rows},
    separator_line::{Begun, separator_line},
};
