//! Parsers of numbered and bulleted lists.

use std::mem;

use runnable_core::Result;

use super::{IncrementalParser, ReadText, read_text::sealed::Sealed};

/// Creates a parser that returns the items of a numbered list.
///
/// An item is a line that starts with digits, `.` or `)`, and a space. Other lines are skipped. A
/// stream yields each item when its line is complete.
///
/// ```
/// use runnable_chat::{parser::numbered_list, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let list = numbered_list().invoke("Buy:\n1. tea\n2. milk").await?;
/// assert_eq!(list, ["tea", "milk"]);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "NumberedListOutputParser")]
pub fn numbered_list<I>() -> IncrementalParser<ListReader, I> {
    IncrementalParser::new(ListReader::new(Marker::Number))
}

/// Creates a parser that returns the items of a bulleted list.
///
/// An item is a line that starts with `-`, `*`, `+` or `•`, and a space. Other lines are skipped. A
/// stream yields each item when its line is complete.
///
/// ```
/// use runnable_chat::{parser::bulleted_list, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let list = bulleted_list().invoke("Buy:\n- tea\n  * milk").await?;
/// assert_eq!(list, ["tea", "milk"]);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "MarkdownListOutputParser")]
pub fn bulleted_list<I>() -> IncrementalParser<ListReader, I> {
    IncrementalParser::new(ListReader::new(Marker::Bullet))
}

/// The reader of [`numbered_list`] and [`bulleted_list`].
#[derive(Clone, Debug)]
pub struct ListReader {
    marker: Marker,
    /// The part of the current line that has been received.
    line: String,
}

#[derive(Clone, Copy, Debug)]
enum Marker {
    Number,
    Bullet,
}

impl ListReader {
    fn new(marker: Marker) -> Self {
        Self { marker, line: String::new() }
    }

    /// Returns the text of the item in `line`, if the line is an item.
    fn item(&self, line: &str) -> Option<String> {
        let line = line.trim();
        let after = match self.marker {
            Marker::Number => {
                let after = line.trim_start_matches(|c: char| c.is_ascii_digit());
                (after.len() < line.len()).then(|| after.strip_prefix(['.', ')'])).flatten()?
            }
            Marker::Bullet => line.strip_prefix(['-', '*', '+', '•'])?,
        };
        let text = after.trim_start();
        (text.len() < after.len() && !text.is_empty()).then(|| text.to_owned())
    }
}

impl Sealed for ListReader {}

impl ReadText for ListReader {
    type Chunk = Vec<String>;

    fn run_name(&self) -> &'static str {
        match self.marker {
            Marker::Number => "NumberedListOutputParser",
            Marker::Bullet => "MarkdownListOutputParser",
        }
    }

    fn push(&mut self, text: &str) -> Result<Option<Vec<String>>> {
        let mut items = Vec::new();
        for part in text.split_inclusive('\n') {
            self.line.push_str(part);
            if part.ends_with('\n') {
                let line = mem::take(&mut self.line);
                items.extend(self.item(&line));
            }
        }
        Ok((!items.is_empty()).then_some(items))
    }

    fn finish(self) -> Result<Option<Vec<String>>> {
        Ok(self.item(&self.line).map(|item| vec![item]))
    }

    fn format_instructions(&self) -> String {
        let (kind, example) = match self.marker {
            Marker::Number => ("numbered list", "1. first item\n2. second item"),
            Marker::Bullet => ("Markdown list", "- first item\n- second item"),
        };
        format!("Answer with a {kind}, one item on each line, for example:\n\n{example}")
    }
}
