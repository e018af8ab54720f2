//! Finds the tags of elements in a text that arrives in chunks.

use std::mem;

/// The maximum length of a start tag with its attributes, in bytes. A longer one is text, so that
/// text after a lone `<` is not held back without limit.
const MAX_TAG: usize = 1024;

/// Finds the start tags and end tags of certain elements. All other markup is text.
///
/// Each character is compared with the names of the elements a constant number of times.
#[derive(Clone, Debug)]
pub(super) struct Scanner {
    names: Vec<String>,
    inside: Inside,
    /// The start of a possible tag. It begins with `<`.
    held: String,
    /// The quotation mark that ends the attribute value in `held`, if the next character is in one.
    quote: Option<char>,
    /// The text that was read since the last call of [`take_text`](Self::take_text).
    text: String,
    /// Whether `text` contains a character that is not white space.
    has_visible: bool,
}

/// The element that contains the next character.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Inside {
    Nothing,
    /// The element with this index.
    Element(usize),
    /// An element of unknown name. The end tag of any element ends it.
    Any,
}

/// A tag that was found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Tag {
    Start(usize),
    End,
    /// A start tag that is also an end tag, such as `<a/>`.
    Empty(usize),
}

/// The result of comparing the held text with the tags.
enum Match {
    Complete(Tag),
    Possible,
    Impossible,
}

impl Scanner {
    pub(super) fn new(names: Vec<String>, inside: Inside) -> Self {
        let (held, text) = (String::new(), String::new());
        Self { names, inside, held, quote: None, text, has_visible: false }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.names
    }

    pub(super) fn inside(&self) -> Inside {
        self.inside
    }

    /// Reads a character. Returns the tag that it completes. The text before the tag is then
    /// returned by [`take_text`](Self::take_text).
    pub(super) fn push(&mut self, c: char) -> Option<Tag> {
        if self.held.is_empty() {
            self.hold_or_pass_on(c);
            return None;
        }
        let is_quoted = self.is_quoted(c);
        self.held.push(c);
        match self.compare(is_quoted) {
            Match::Complete(tag) => {
                self.held.clear();
                self.inside = match tag {
                    Tag::Start(name) => Inside::Element(name),
                    Tag::End | Tag::Empty(_) => Inside::Nothing,
                };
                Some(tag)
            }
            Match::Possible => None,
            Match::Impossible => {
                self.quote = None;
                self.held.pop();
                self.text.push_str(&mem::take(&mut self.held));
                self.has_visible = true;
                self.hold_or_pass_on(c);
                None
            }
        }
    }

    /// Returns the text that was read since the last call.
    pub(super) fn take_text(&mut self) -> String {
        self.has_visible = false;
        mem::take(&mut self.text)
    }

    /// Returns whether text that is not white space was read since the last call of `take_text`.
    pub(super) fn has_visible_text(&self) -> bool {
        self.has_visible
    }

    /// Returns whether `c`, which follows the held text, is in the quoted value of an attribute.
    fn is_quoted(&mut self, c: char) -> bool {
        match self.quote {
            Some(quote) => {
                if c == quote {
                    self.quote = None;
                }
                true
            }
            None => {
                let is_value = matches!(c, '"' | '\'') && self.held.ends_with('=');
                self.quote = is_value.then_some(c);
                is_value
            }
        }
    }

    fn hold_or_pass_on(&mut self, c: char) {
        if c == '<' {
            self.held.push(c);
        } else {
            self.text.push(c);
            self.has_visible |= !c.is_whitespace();
        }
    }

    /// Returns the remaining text at the end of the answer. The start of a tag is then text.
    pub(super) fn finish(&mut self) -> String {
        let held = mem::take(&mut self.held);
        self.text.push_str(&held);
        self.take_text()
    }

    /// Compares the held text with the tags. `is_quoted` says that its last character is in the
    /// quoted value of an attribute.
    fn compare(&self, is_quoted: bool) -> Match {
        match self.inside {
            Inside::Nothing => self.first_match(0..self.names.len(), |name, rest| {
                let is_complete = rest.ends_with('>') && !is_quoted;
                let is_empty = rest.ends_with("/>");
                is_complete.then_some(if is_empty { Tag::Empty(name) } else { Tag::Start(name) })
            }),
            Inside::Element(name) => self.end_match(name..name + 1),
            Inside::Any => self.end_match(0..self.names.len()),
        }
    }

    fn end_match(&self, names: std::ops::Range<usize>) -> Match {
        self.first_match(names, |_, rest| rest.ends_with('>').then_some(Tag::End))
    }

    /// Compares the held text with the tags of the elements with these indexes. `complete` receives
    /// the text after the name, and returns the tag if the tag is complete.
    fn first_match(
        &self,
        names: std::ops::Range<usize>,
        complete: impl Fn(usize, &str) -> Option<Tag>,
    ) -> Match {
        let is_end = self.inside != Inside::Nothing;
        let held = &self.held[1..];
        let held = match (is_end, held.strip_prefix('/')) {
            (true, Some(held)) => held,
            (true, None) if held.is_empty() => return Match::Possible,
            (true, None) => return Match::Impossible,
            (false, _) => held,
        };
        for number in names {
            let Some(name) = self.names.get(number) else { continue };
            if name.starts_with(held) {
                return Match::Possible;
            }
            let Some(rest) = held.strip_prefix(name.as_str()) else { continue };
            let may_follow = if is_end { is_end_rest(rest) } else { is_start_rest(rest) };
            if !may_follow || self.held.len() > MAX_TAG {
                continue;
            }
            return complete(number, rest).map_or(Match::Possible, Match::Complete);
        }
        Match::Impossible
    }
}

/// Returns whether `rest` can follow the name in a start tag: attributes need white space, and
/// cannot contain `<`.
fn is_start_rest(rest: &str) -> bool {
    rest.starts_with(|c: char| c.is_whitespace() || matches!(c, '>' | '/')) && !rest.ends_with('<')
}

/// Returns whether `rest` can follow the name in an end tag.
fn is_end_rest(rest: &str) -> bool {
    // Only the last character is new, and the white space before it has been accepted already.
    rest.ends_with(|c: char| c.is_whitespace() || c == '>')
}
