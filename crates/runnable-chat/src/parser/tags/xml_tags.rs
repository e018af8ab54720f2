//! The parser of the texts in several XML elements.

use runnable_core::{Chunk, DictChunk, Error, ErrorKind, Result, ValueChunk};

use super::{
    super::read_text::sealed::Sealed,
    element_text::ElementText,
    scanner::{Inside, Scanner, Tag},
};
use crate::{
    excerpt::Beginning,
    parser::{IncrementalParser, ReadText},
};

/// Creates a parser that returns the texts of several XML elements as a
/// [`Dict`](runnable_core::Dict).
///
/// Each name in the dict is the name of an element, and its value is the text between the tags. The
/// rules for the text are the rules of [`xml_tag`](super::xml_tag). The elements must not be nested
/// in each other: tags inside an element are text.
///
/// A stream yields the texts as they arrive.
///
/// ```
/// use runnable_chat::{parser::xml_tags, prelude::*};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let answer = "<plan>Add them.</plan>\n<result>3</result>";
/// let values = xml_tags(["plan", "result"]).invoke(answer).await?;
/// assert_eq!(values, dict! { plan: "Add them.", result: "3" });
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`] if an element is missing or not closed. Call `optional`
/// or `allow_unclosed` on the parser to accept such answers.
#[doc(alias = "XMLOutputParser")]
pub fn xml_tags<I>(
    names: impl IntoIterator<Item = impl Into<String>>,
) -> IncrementalParser<XmlTagsReader, I> {
    let names = names.into_iter().map(Into::into).collect();
    IncrementalParser::new(XmlTagsReader { elements: Elements::new(names) })
}

/// The reader of [`xml_tags`].
#[derive(Clone, Debug)]
pub struct XmlTagsReader {
    elements: Elements,
}

impl<I> IncrementalParser<XmlTagsReader, I> {
    /// Makes all elements optional. The dict then has no value for a missing element.
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

impl XmlTagsReader {
    /// Runs `read`, and returns the texts that it found as a chunk.
    fn chunk_of(
        &mut self,
        read: impl FnOnce(&mut Elements, &mut dyn FnMut(usize, String)) -> Result<()>,
    ) -> Result<Option<DictChunk>> {
        let names = self.elements.scanner.names().to_vec();
        let mut merged: Option<DictChunk> = None;
        read(&mut self.elements, &mut |number, text| {
            let name = names.get(number).cloned().unwrap_or_default();
            let chunk = DictChunk::new(name, ValueChunk::new(text));
            match &mut merged {
                Some(merged) => merged.merge(chunk),
                None => merged = Some(chunk),
            }
        })?;
        Ok(merged)
    }
}

impl Sealed for XmlTagsReader {}

impl ReadText for XmlTagsReader {
    type Chunk = DictChunk;

    fn run_name(&self) -> &'static str {
        "XMLOutputParser"
    }

    fn push(&mut self, text: &str) -> Result<Option<DictChunk>> {
        self.chunk_of(|elements, found| {
            elements.push(text, found);
            Ok(())
        })
    }

    fn finish(mut self) -> Result<Option<DictChunk>> {
        self.chunk_of(|elements, found| elements.finish(found))
    }

    fn format_instructions(&self) -> String {
        self.elements.format_instructions()
    }
}

/// Reads the first element of each name.
#[derive(Clone, Debug)]
pub(super) struct Elements {
    scanner: Scanner,
    /// Whether the element with this index has been found.
    found: Vec<bool>,
    /// The text of the element that is being read. `None` for a repeated element.
    text: Option<ElementText>,
    beginning: Beginning,
    pub(super) optional: bool,
    pub(super) allow_unclosed: bool,
}

impl Elements {
    pub(super) fn new(names: Vec<String>) -> Self {
        Self {
            found: vec![false; names.len()],
            scanner: Scanner::new(names, Inside::Nothing),
            text: None,
            beginning: Beginning::default(),
            optional: false,
            allow_unclosed: false,
        }
    }

    /// Reads a part of the answer. Calls `found` with the index of an element and the next part of
    /// its text. The first part of each element is empty.
    pub(super) fn push(&mut self, text: &str, mut found: impl FnMut(usize, String)) {
        self.beginning.push(text);
        for c in text.chars() {
            let inside = self.scanner.inside();
            let Some(tag) = self.scanner.push(c) else { continue };
            let text = self.scanner.take_text();
            self.pass_on(inside, &text, &mut found);
            match tag {
                Tag::Start(name) | Tag::Empty(name) => {
                    let is_new = self.found.get_mut(name).is_some_and(|found| {
                        let is_new = !*found;
                        *found = true;
                        is_new
                    });
                    self.text = is_new.then(ElementText::default);
                    if is_new {
                        found(name, String::new());
                    }
                }
                Tag::End => self.text = None,
            }
        }
        let text = self.scanner.take_text();
        self.pass_on(self.scanner.inside(), &text, &mut found);
    }

    fn pass_on(&mut self, inside: Inside, text: &str, found: &mut impl FnMut(usize, String)) {
        if let (Inside::Element(name), Some(element)) = (inside, &mut self.text) {
            let known = element.push(text);
            if !known.is_empty() {
                found(name, known);
            }
        }
    }

    /// Ends the answer.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::Parse`] if an element is missing or not closed.
    pub(super) fn finish(&mut self, mut found: impl FnMut(usize, String)) -> Result<()> {
        let inside = self.scanner.inside();
        if let Inside::Element(name) = inside {
            let name = self.scanner.names().get(name).cloned().unwrap_or_default();
            if !self.allow_unclosed {
                let message = format!(
                    "the model's answer ended before the end tag `</{name}>`; if the answer reached \
                     its token limit, raise `max_tokens`"
                );
                return Err(Error::new(ErrorKind::Parse, message));
            }
            let text = self.scanner.finish();
            self.pass_on(inside, &text, &mut found);
        }
        let missing = self.found.iter().position(|found| !found);
        match missing.and_then(|missing| self.scanner.names().get(missing)) {
            Some(name) if !self.optional => {
                let answer = self.beginning.describe();
                let message = format!("missing `<{name}>` in the model's answer, which {answer}");
                Err(Error::new(ErrorKind::Parse, message))
            }
            _ => Ok(()),
        }
    }

    pub(super) fn format_instructions(&self) -> String {
        let tags: Vec<_> =
            self.scanner.names().iter().map(|name| format!("<{name}>…</{name}>")).collect();
        format!("Write your answer in XML tags:\n\n{}", tags.join("\n"))
    }
}
