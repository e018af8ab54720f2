//! The parser of the text in one XML element.

use runnable_core::Result;

use super::{super::read_text::sealed::Sealed, xml_tags::Elements};
use crate::parser::{IncrementalParser, ReadText};

/// Creates a parser that returns the text between `<name>` and `</name>`.
///
/// Text outside the element is skipped. White space around the text is removed. Other markup in the
/// element is text, and so are entities such as `&amp;`, because models rarely write them. If there
/// are several elements with this name, the first one counts; [`xml_items`](super::xml_items)
/// returns all of them.
///
/// A stream yields the text as it arrives. Only the start of a possible end tag is held back.
///
/// ```
/// use runnable_chat::{parser::xml_tag, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let answer = xml_tag("answer").invoke("Let me see. <answer>42</answer>").await?;
/// assert_eq!(answer, "42");
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`](runnable_core::ErrorKind::Parse) if the element is missing
/// or not closed. Call `optional` or `allow_unclosed` on the parser to accept such answers.
#[doc(alias = "XMLOutputParser")]
pub fn xml_tag<I>(name: impl Into<String>) -> IncrementalParser<XmlTagReader, I> {
    IncrementalParser::new(XmlTagReader { elements: Elements::new(vec![name.into()]) })
}

/// The reader of [`xml_tag`].
#[derive(Clone, Debug)]
pub struct XmlTagReader {
    elements: Elements,
}

impl<I> IncrementalParser<XmlTagReader, I> {
    /// Makes the element optional. If it is missing, the result is an empty string.
    pub fn optional(mut self) -> Self {
        self.reader.elements.optional = true;
        self
    }

    /// Accepts an element without an end tag at the end of the answer.
    ///
    /// Use it if the end tag is a stop sequence of the model, which is not part of the answer.
    pub fn allow_unclosed(mut self) -> Self {
        self.reader.elements.allow_unclosed = true;
        self
    }
}

impl Sealed for XmlTagReader {}

impl ReadText for XmlTagReader {
    type Chunk = String;

    fn run_name(&self) -> &'static str {
        "XMLOutputParser"
    }

    fn push(&mut self, text: &str) -> Result<Option<String>> {
        let mut known = String::new();
        self.elements.push(text, |_, text| known.push_str(&text));
        Ok((!known.is_empty()).then_some(known))
    }

    fn finish(mut self) -> Result<Option<String>> {
        let mut known = String::new();
        self.elements.finish(|_, text| known.push_str(&text))?;
        Ok((!known.is_empty()).then_some(known))
    }

    fn format_instructions(&self) -> String {
        self.elements.format_instructions()
    }
}
