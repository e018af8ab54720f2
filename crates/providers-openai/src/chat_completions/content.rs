//! The content of a message: text, or a list of parts.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{
        MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::value::RawValue;

use crate::wire::{List, Slot, Word, fields};

/// The content of a message.
#[derive(Debug, Default)]
pub(super) enum Content<'a> {
    #[default]
    None,
    Text(Cow<'a, str>),
    Parts(List<Part<'a>>),
}

fields! {
    /// A part of the content of a message, in the form that Mistral uses.
    pub(super) struct Part<'a> {
        pub(super) kind = "type": Word<'a>,
        pub(super) text: Word<'a>,
        pub(super) refusal: Word<'a>,
        pub(super) thinking: Content<'a>,
        /// The sources of the preceding text.
        pub(super) reference_ids: Option<&'a RawValue>,
    }
    => |text| {
        Some(Self { text: text.into(), ..Self::default() })
    }
}

impl Slot for Content<'_> {
    fn put(&mut self, next: Self) {
        if !matches!(next, Self::None) {
            *self = next;
        }
    }
}

impl Content<'_> {
    /// Returns the text of all parts, joined.
    pub(super) fn into_text(self) -> String {
        match self {
            Self::None => String::new(),
            Self::Text(text) => text.into_owned(),
            Self::Parts(parts) => parts.into_iter().filter_map(|part| part.text.take()).collect(),
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Content<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ContentVisitor)
    }
}

struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text, a list of parts, or null")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(text)))
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Content::Text(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Content::None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        List::deserialize(SeqAccessDeserializer::new(items)).map(Content::Parts)
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<Self::Value, A::Error> {
        List::deserialize(MapAccessDeserializer::new(fields)).map(Content::Parts)
    }
}
