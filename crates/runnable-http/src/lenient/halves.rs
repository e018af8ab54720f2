//! [`Halves`]: joins characters that a service split between two events.

use std::{borrow::Cow, collections::HashMap, mem};

use runnable_chat::{
    AiMessageChunk,
    message::{BlockChunk, BlockDelta},
};

/// Joins characters that were split between two events of a stream.
///
/// Services cut their texts at arbitrary places, even between the two escapes of a surrogate pair.
/// [`repaired_event`](super::repaired_event) replaces such a half by a marker. This type keeps the
/// first half until the second half arrives with the next chunk of the same block.
///
/// ```
/// use runnable_http::lenient::Halves;
/// use runnable_chat::{AiMessageChunk, message::BlockChunk};
///
/// let mut halves = Halves::default();
/// let chunk = AiMessageChunk::from(BlockChunk::text("Hello").with_index(0));
/// assert_eq!(halves.join(chunk).text(), "Hello");
/// assert!(!halves.is_waiting());
/// ```
#[derive(Debug, Default)]
pub struct Halves {
    /// The first halves that wait for their second halves. The key is the block whose text ends
    /// with the half.
    first: HashMap<(Kind, Option<u32>), u16>,
}

/// The kind of a block whose text arrives in parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Text,
    Reasoning,
    Refusal,
    Call,
    ServerCall,
}

/// The first of the private-use characters that serve as markers for halves. There is one marker
/// for each possible half.
const MARKS: u32 = 0x10_f800;
const HALVES: u32 = 0xd800;
const HALVES_FIRST: u16 = 0xd800;
const HALVES_LAST: u16 = 0xdfff;

pub(super) fn mark(unit: u16) -> char {
    char::from_u32(MARKS + (u32::from(unit) - HALVES)).unwrap_or(char::REPLACEMENT_CHARACTER)
}

pub(super) fn is_mark(letter: char) -> bool {
    u32::from(letter) >= MARKS
}

/// Returns whether this half is the first half of surrogate pairs that encode marker characters.
pub(super) fn is_mark_high(unit: u16) -> bool {
    unit >= 0xdbfe
}

fn unit(letter: char) -> Option<u16> {
    let place = u32::from(letter).checked_sub(MARKS)?;
    u16::try_from(place + HALVES).ok()
}

/// Returns the part of a complete text that follows the part that was received before it, or `None`
/// if the complete text does not start with that part.
///
/// The received part may contain markers of [`repaired_event`](super::repaired_event), which a
/// service does not repeat in the complete text. If the received part ends with the first half of a
/// character, the result starts with the marker of the second half.
///
/// ```
/// use runnable_http::lenient;
///
/// assert_eq!(lenient::rest_after("Hello", "Hel").as_deref(), Some("lo"));
/// assert_eq!(lenient::rest_after("Hello", "Hi"), None);
///
/// // The halves of a character arrive in two events.
/// let received: String = [r#"{"text": "a\ud83d"}"#, r#"{"text": "\ude00"}"#]
///     .into_iter()
///     .filter_map(lenient::repaired_event)
///     .filter_map(|event| serde_json::from_str::<serde_json::Value>(&event).ok())
///     .map(|event| event["text"].as_str().unwrap_or_default().to_owned())
///     .collect();
/// assert_eq!(lenient::rest_after("a\u{1f600}b", &received).as_deref(), Some("b"));
/// ```
#[must_use]
pub fn rest_after<'a>(whole: &'a str, received: &str) -> Option<Cow<'a, str>> {
    if let Some(rest) = whole.strip_prefix(received) {
        return Some(Cow::Borrowed(rest));
    }
    if !received.contains(is_mark) {
        return None;
    }
    let mut units = received.chars().flat_map(units_of).peekable();
    let mut letters = whole.char_indices();
    while units.peek().is_some() {
        let (_, letter) = letters.next()?;
        for expected in units_of(letter) {
            match units.next() {
                Some(unit) if unit == expected => (),
                // Only the first half of this character was received.
                None => return Some(Cow::Owned(mark(expected).to_string() + letters.as_str())),
                // The service replaced a half whose other half does not exist.
                Some(HALVES_FIRST..=HALVES_LAST) if letter == char::REPLACEMENT_CHARACTER => (),
                Some(_) => return None,
            }
        }
    }
    Some(Cow::Borrowed(letters.as_str()))
}

/// Returns the UTF-16 form of a character. A marker gives the half that it marks.
fn units_of(letter: char) -> impl Iterator<Item = u16> {
    let mut units = [0; 2];
    let count = match unit(letter) {
        Some(half) => {
            units[0] = half;
            1
        }
        None => letter.encode_utf16(&mut units).len(),
    };
    units.into_iter().take(count)
}

impl Halves {
    /// Returns whether any first half of a character waits for its second half.
    pub fn is_waiting(&self) -> bool {
        !self.first.is_empty()
    }

    /// Joins the two halves of each split character in the texts of a chunk. If a text ends with a
    /// first half, removes this half and keeps it for the next chunk.
    #[must_use]
    pub fn join(&mut self, chunk: AiMessageChunk) -> AiMessageChunk {
        chunk.edit_blocks(|index, delta| {
            if let Some((kind, text)) = text_of(delta) {
                self.text((kind, index), text);
            }
        })
    }

    /// Returns a chunk with U+FFFD for each first half of a character whose second half is missing.
    ///
    /// Call this when the answer ends.
    #[must_use]
    pub fn finish(&mut self) -> AiMessageChunk {
        let waiting = mem::take(&mut self.first);
        let mut waiting: Vec<_> = waiting.into_keys().collect();
        waiting.sort_by_key(|(kind, index)| (*kind as u8, *index));
        let lost = char::REPLACEMENT_CHARACTER.to_string();
        waiting.into_iter().fold(AiMessageChunk::default(), |chunk, (kind, index)| {
            let piece = match kind {
                Kind::Text => BlockChunk::text(lost.as_str()),
                Kind::Reasoning => BlockChunk::reasoning(lost.as_str()),
                Kind::Refusal => BlockChunk::refusal(lost.as_str()),
                // The arguments end in the middle of a string, so they are invalid with and without
                // the character.
                Kind::Call | Kind::ServerCall => return chunk,
            };
            chunk.with_block(match index {
                Some(index) => piece.with_index(index),
                None => piece,
            })
        })
    }

    fn text(&mut self, key: (Kind, Option<u32>), text: &mut String) {
        if text.is_empty() {
            return;
        }
        let mut joined = String::new();
        if let Some(first) = self.first.remove(&key) {
            let second = text.chars().next().and_then(unit);
            let whole = second.and_then(|second| char::decode_utf16([first, second]).next()?.ok());
            joined.push(whole.unwrap_or(char::REPLACEMENT_CHARACTER));
            if whole.is_some() {
                text.drain(..text.chars().next().map_or(0, char::len_utf8));
            }
        }
        if let Some(first) = text.chars().next_back().and_then(unit).filter(|unit| *unit < 0xdc00) {
            text.pop();
            self.first.insert(key, first);
        }
        if !joined.is_empty() {
            text.insert_str(0, &joined);
        }
        if text.contains(is_mark) {
            *text = text.replace(is_mark, "\u{fffd}");
        }
    }
}

fn text_of(delta: &mut BlockDelta) -> Option<(Kind, &mut String)> {
    Some(match delta {
        BlockDelta::Text(block) => (Kind::Text, &mut block.text),
        BlockDelta::Reasoning(block) => (Kind::Reasoning, &mut block.reasoning),
        BlockDelta::Refusal(block) => (Kind::Refusal, &mut block.refusal),
        BlockDelta::ToolCall(call) => (Kind::Call, &mut call.args),
        BlockDelta::ServerToolCall(call) => (Kind::ServerCall, &mut call.args),
        _ => return None,
    })
}
