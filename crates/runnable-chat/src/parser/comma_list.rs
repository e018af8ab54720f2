//! The parser of lists that are separated by commas.

use std::mem;

use runnable_core::Result;

use super::{IncrementalParser, ReadText, read_text::sealed::Sealed};

/// Creates a parser that returns the items of a list that is separated by commas or line breaks.
///
/// White space around an item is removed, and empty items are skipped. An item in double quotes can
/// contain commas; `""` in it is a quote. A stream yields each item when the separator after it
/// arrives.
///
/// ```
/// use runnable_chat::{parser::comma_list, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let list = comma_list().invoke(r#"tea, "milk, cold", sugar"#).await?;
/// assert_eq!(list, ["tea", "milk, cold", "sugar"]);
/// # Ok(())
/// # }
/// ```
#[doc(alias = "CommaSeparatedListOutputParser")]
pub fn comma_list<I>() -> IncrementalParser<CommaListReader, I> {
    IncrementalParser::new(CommaListReader {
        item: String::new(),
        quoted: 0,
        position: Position::Start,
    })
}

/// The reader of [`comma_list`].
#[derive(Clone, Debug)]
pub struct CommaListReader {
    item: String,
    /// The length of the part of the item that was in quotes. Its white space is kept.
    quoted: usize,
    position: Position,
}

/// The position of the next character in an item.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Position {
    /// Before the item.
    Start,
    /// In an item without quotes.
    Plain,
    /// Between quotes.
    Quoted,
    /// After a quote that ends the item, unless another quote follows directly.
    Quote,
    /// After the closing quote.
    AfterQuotes,
}

impl CommaListReader {
    /// Reads a character. Returns the item that it completes.
    fn push_char(&mut self, c: char) -> Option<String> {
        match (self.position, c) {
            (Position::Quoted, '"') => self.position = Position::Quote,
            (Position::Quote, '"') => {
                self.item.push('"');
                self.position = Position::Quoted;
            }
            (Position::Quoted, _) => self.item.push(c),
            (_, ',' | '\n') => return self.take_item(),
            (Position::Start, '"') => self.position = Position::Quoted,
            (Position::Start, c) if c.is_whitespace() => {}
            (Position::Start | Position::Plain, _) => {
                self.item.push(c);
                self.position = Position::Plain;
            }
            (Position::Quote | Position::AfterQuotes, c) => {
                if self.position == Position::Quote {
                    self.quoted = self.item.len();
                }
                self.position = Position::AfterQuotes;
                self.item.push(c);
            }
        }
        None
    }

    fn take_item(&mut self) -> Option<String> {
        let mut item = mem::take(&mut self.item);
        let quoted = mem::take(&mut self.quoted);
        let position = mem::replace(&mut self.position, Position::Start);
        if matches!(position, Position::Plain | Position::AfterQuotes) {
            item.truncate(item.trim_end().len().max(quoted));
        }
        (position != Position::Start).then_some(item)
    }
}

impl Sealed for CommaListReader {}

impl ReadText for CommaListReader {
    type Chunk = Vec<String>;

    fn run_name(&self) -> &'static str {
        "CommaSeparatedListOutputParser"
    }

    fn push(&mut self, text: &str) -> Result<Option<Vec<String>>> {
        let items: Vec<_> = text.chars().filter_map(|c| self.push_char(c)).collect();
        Ok((!items.is_empty()).then_some(items))
    }

    fn finish(mut self) -> Result<Option<Vec<String>>> {
        Ok(self.take_item().map(|item| vec![item]))
    }

    fn format_instructions(&self) -> String {
        "Answer with a list of values that are separated by commas, for example: foo, bar, baz"
            .to_owned()
    }
}
