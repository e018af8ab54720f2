//! The parser of all XML elements of one name.

use std::mem;

use runnable_core::{Error, ErrorKind, Result};

use super::{
    super::read_text::sealed::Sealed,
    scanner::{Inside, Scanner, Tag},
};
use crate::parser::{IncrementalParser, ReadText};

/// Creates a parser that returns the texts of all `<name>` elements as a list.
///
/// The rules for the texts are the rules of [`xml_tag`](super::xml_tag). An answer without such an
/// element results in an empty list. A stream yields each text when its element is complete.
///
/// ```
/// use runnable_chat::{parser::xml_items, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let items = xml_items("li").invoke("<ul><li>tea</li><li>milk</li></ul>").await?;
/// assert_eq!(items, ["tea", "milk"]);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`] if the last element is not closed. Call `allow_unclosed` on
/// the parser to accept such an answer.
#[doc(alias = "XMLOutputParser")]
pub fn xml_items<I>(name: impl Into<String>) -> IncrementalParser<XmlItemsReader, I> {
    IncrementalParser::new(XmlItemsReader {
        scanner: Scanner::new(vec![name.into()], Inside::Nothing),
        item: String::new(),
        allow_unclosed: false,
    })
}

/// The reader of [`xml_items`].
#[derive(Clone, Debug)]
pub struct XmlItemsReader {
    scanner: Scanner,
    /// The text of the element that is being read.
    item: String,
    allow_unclosed: bool,
}

impl<I> IncrementalParser<XmlItemsReader, I> {
    /// Accepts an element without an end tag at the end of the answer.
    ///
    /// Use it if the end tag is a stop sequence of the model, which is not part of the answer.
    pub fn allow_unclosed(mut self) -> Self {
        self.reader.allow_unclosed = true;
        self
    }
}

impl XmlItemsReader {
    fn name(&self) -> &str {
        self.scanner.names().first().map(String::as_str).unwrap_or_default()
    }
}

impl Sealed for XmlItemsReader {}

impl ReadText for XmlItemsReader {
    type Chunk = Vec<String>;

    fn run_name(&self) -> &'static str {
        "XMLOutputParser"
    }

    fn push(&mut self, text: &str) -> Result<Option<Vec<String>>> {
        let mut items = Vec::new();
        for c in text.chars() {
            let Some(tag) = self.scanner.push(c) else { continue };
            let text = self.scanner.take_text();
            match tag {
                Tag::Start(_) => {}
                Tag::Empty(_) => items.push(String::new()),
                Tag::End => {
                    self.item.push_str(&text);
                    items.push(mem::take(&mut self.item).trim().to_owned());
                }
            }
        }
        let text = self.scanner.take_text();
        if self.scanner.inside() != Inside::Nothing {
            self.item.push_str(&text);
        }
        Ok((!items.is_empty()).then_some(items))
    }

    fn finish(mut self) -> Result<Option<Vec<String>>> {
        if self.scanner.inside() == Inside::Nothing {
            return Ok(None);
        }
        if !self.allow_unclosed {
            let name = self.name();
            let message = format!(
                "the model's answer ended before the end tag `</{name}>`; if the answer reached its \
                 token limit, raise `max_tokens`"
            );
            return Err(Error::new(ErrorKind::Parse, message));
        }
        self.item.push_str(&self.scanner.finish());
        Ok(Some(vec![self.item.trim().to_owned()]))
    }

    fn format_instructions(&self) -> String {
        let name = self.name();
        format!("Write each item of your answer in XML tags:\n\n<{name}>…</{name}>")
    }
}
