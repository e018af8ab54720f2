//! [`Table`]: text in columns.

use std::fmt;

/// Text in columns, which are aligned to the left.
#[derive(Debug)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates a table with the headers of its columns.
    pub(crate) fn new<'a>(headers: impl IntoIterator<Item = &'a str>) -> Self {
        Self { rows: vec![headers.into_iter().map(str::to_owned).collect()] }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width_of = |text: &String| text.chars().count();
        let columns = self.rows.first().map_or(0, Vec::len);
        let widths: Vec<_> = (0..columns)
            .map(|column| self.rows.iter().filter_map(|row| row.get(column)).map(width_of).max())
            .collect();
        for row in &self.rows {
            let mut line = String::new();
            for (text, width) in row.iter().zip(&widths) {
                let padding = width.unwrap_or(0) - width_of(text) + 2;
                line.push_str(text);
                line.push_str(&" ".repeat(padding));
            }
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}
