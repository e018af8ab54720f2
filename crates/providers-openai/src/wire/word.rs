//! Deserializes text that may have another type in the JSON.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{
        IgnoredAny, MapAccess, SeqAccess, Visitor,
        value::{MapAccessDeserializer, SeqAccessDeserializer},
    },
};
use serde_json::Value;

use super::Slot;

/// Text, or `None` if it is missing or has another type. It is a slice of the JSON if it has no
/// escapes. A number is read as its digits.
#[derive(Debug, Default)]
pub(crate) struct Word<'a>(Option<Cow<'a, str>>);

impl<'a> Word<'a> {
    /// Returns the text, unless it is empty.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// Returns the text as an owned string, unless it is empty.
    pub(crate) fn take(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty()).map(Cow::into_owned)
    }

    /// Returns the text, unless it is empty or a number, because a number is not a valid name.
    pub(crate) fn name(&self) -> Option<&str> {
        self.get().filter(|text| text.parse::<f64>().is_err())
    }

    /// Returns the text, which may be empty.
    pub(crate) fn into_text(self) -> Option<Cow<'a, str>> {
        self.0
    }

    /// Returns this text, or `other` if this text is empty or missing.
    pub(crate) fn or(self, other: Self) -> Self {
        match self.get() {
            Some(_) => self,
            None => other,
        }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.0.as_deref() == Some(text)
    }
}

impl<'a> From<Cow<'a, str>> for Word<'a> {
    fn from(text: Cow<'a, str>) -> Self {
        Self(Some(text))
    }
}

impl Slot for Word<'_> {
    fn put(&mut self, next: Self) {
        self.0.put(next.0);
    }
}

impl Slot for Arguments<'_> {
    fn put(&mut self, next: Self) {
        self.0.put(next.0);
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Word<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor::<Strict>(PhantomData)).map(Self)
    }
}

/// The arguments of a call: the text of a JSON object. Some services send the object itself.
#[derive(Debug, Default)]
pub(crate) struct Arguments<'a>(Option<Cow<'a, str>>);

impl Arguments<'_> {
    /// Returns the text, unless it is empty.
    pub(crate) fn get(&self) -> Option<&str> {
        self.0.as_deref().filter(|text| !text.is_empty())
    }

    /// Returns the text as an owned string, unless it is empty.
    pub(crate) fn take(self) -> Option<String> {
        self.0.filter(|text| !text.is_empty()).map(Cow::into_owned)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Arguments<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor::<Json>(PhantomData)).map(Self)
    }
}

/// Whether objects and lists are read as text.
trait Structure {
    const IS_TEXT: bool;
}

struct Strict;

impl Structure for Strict {
    const IS_TEXT: bool = false;
}

struct Json;

impl Structure for Json {
    const IS_TEXT: bool = true;
}

struct TextVisitor<S>(PhantomData<S>);

impl<'de, S: Structure> Visitor<'de> for TextVisitor<S> {
    type Value = Option<Cow<'de, str>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("text")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text.to_owned())))
    }

    fn visit_string<E>(self, text: String) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(text)))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Some(Cow::Owned(number.to_string())))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(None)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        if S::IS_TEXT {
            let value = Value::deserialize(SeqAccessDeserializer::new(items))?;
            return Ok(Some(Cow::Owned(value.to_string())));
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(None)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Self::Value, A::Error> {
        if S::IS_TEXT {
            let value = Value::deserialize(MapAccessDeserializer::new(fields))?;
            return Ok(Some(Cow::Owned(value.to_string())));
        }
        while fields.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}
