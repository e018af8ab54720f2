//! The choices of an answer: nearly always one.

use std::fmt;

use providers_http::chat::MAX_CHOICES;
use serde::{
    Deserialize, Deserializer,
    de::{SeqAccess, Visitor},
};

use super::answer::Choice;
use crate::wire::bounded;

/// The choices of an answer, without room for more than there are: they are large, and mostly one.
/// More than [`MAX_CHOICES`] are an error.
#[derive(Debug, Default)]
pub(super) struct Choices<'a>(pub(super) Vec<Choice<'a>>);

impl<'de: 'a, 'a> Deserialize<'de> for Choices<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ChoicesVisitor)
    }
}

struct ChoicesVisitor;

impl<'de> Visitor<'de> for ChoicesVisitor {
    type Value = Choices<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of choices")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        bounded(items, "choices", MAX_CHOICES).map(Choices)
    }
}
