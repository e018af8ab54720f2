//! The parser of an answer that is the name of an enum variant.

use std::{any, fmt, marker::PhantomData};

use runnable_core::{
    Chunked, Error, ErrorKind, Result, RunContext, Runnable, RunnableExt, StepInfo,
    calls::{Batch, Invoke},
};
use serde::{
    Deserializer,
    de::{DeserializeOwned, Error as _, IntoDeserializer, Visitor, value},
    forward_to_deserialize_any,
};

use super::{
    Source,
    choice::{choose, instructions},
};
use crate::{AiMessage, run_kind::PARSER};

/// Creates a parser of an answer that is the name of an enum variant.
///
/// The enum derives [`Deserialize`](serde::Deserialize), and its variants have no fields. The names
/// are the names that serde uses, so `#[serde(rename_all = "…")]` applies. The parser accepts the
/// same answers as [`one_of`](super::one_of). If a variant has the attribute `#[serde(other)]`, all
/// other answers result in this variant.
///
/// ```
/// use runnable_chat::{parser::enum_value, prelude::*};
/// use serde::{Deserialize, Serialize};
///
/// #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
/// #[serde(rename_all = "snake_case")]
/// enum Mood {
///     Happy,
///     VerySad,
/// }
/// runnable_core::impl_at_once!(Mood);
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let mood: Mood = enum_value().invoke("Very_sad.").await?;
/// assert_eq!(mood, Mood::VerySad);
/// # Ok(())
/// # }
/// ```
///
/// # Errors
///
/// The step returns [`ErrorKind::Parse`] if the answer is not the name of a variant.
#[doc(alias = "EnumOutputParser")]
pub fn enum_value<T: Chunked + DeserializeOwned, I>() -> EnumParser<T, I> {
    EnumParser { signature: PhantomData }
}

/// A parser of an answer that is the name of an enum variant. Created by [`enum_value`].
#[doc(alias = "EnumOutputParser")]
#[must_use = "a chain does nothing until it is run"]
pub struct EnumParser<T, I> {
    signature: PhantomData<fn(I) -> T>,
}

impl<T: DeserializeOwned, I> EnumParser<T, I> {
    /// Returns a sentence for the prompt that asks the model for one of the names.
    #[doc(alias = "get_format_instructions")]
    pub fn format_instructions(&self) -> String {
        let mut names: &'static [&'static str] = &[];
        // The deserializer of an empty answer fails after it has received the names.
        let _ = T::deserialize(VariantName { answer: "", names: &mut names });
        instructions(names)
    }
}

/// Methods to call a parser outside a chain. There, its input type cannot be inferred, so these
/// methods accept an answer, or text that is converted to an answer.
impl<T: Chunked + DeserializeOwned> EnumParser<T, AiMessage> {
    /// Parses an answer. See [`RunnableExt::invoke`].
    pub fn invoke(&self, answer: impl Into<AiMessage>) -> Invoke<Self> {
        RunnableExt::invoke(self, answer)
    }

    /// Parses several answers. See [`RunnableExt::batch`].
    pub fn batch<A>(&self, answers: A) -> Batch<Self>
    where
        A: IntoIterator<Item: Into<AiMessage>>,
    {
        RunnableExt::batch(self, answers)
    }
}

impl<T: Chunked + DeserializeOwned, I: Source> Runnable for EnumParser<T, I> {
    type Input = I;
    type Output = T;

    async fn run(&self, source: I, _: RunContext) -> Result<T> {
        let answer = source.into_text();
        let mut names: &'static [&'static str] = &[];
        let variant = VariantName { answer: &answer, names: &mut names };
        T::deserialize(variant).map_err(|error| Error::new(ErrorKind::Parse, error.to_string()))
    }

    fn info(&self) -> StepInfo {
        StepInfo::new("EnumOutputParser").with_kind(PARSER)
    }
}

impl<T, I> Clone for EnumParser<T, I> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T, I> Copy for EnumParser<T, I> {}

impl<T, I> fmt::Debug for EnumParser<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("EnumParser").field(&any::type_name::<T>()).finish()
    }
}

/// A deserializer of a variant name.
///
/// The derived code passes the names of all variants to `deserialize_enum`, so no schema of the
/// enum is necessary.
struct VariantName<'a> {
    answer: &'a str,
    /// Receives the names of the variants.
    names: &'a mut &'static [&'static str],
}

impl<'de> Deserializer<'de> for VariantName<'_> {
    type Error = value::Error;

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, value::Error> {
        *self.names = variants;
        match choose(self.answer, variants) {
            Ok(index) => {
                let name = variants.get(index).copied().unwrap_or_default();
                visitor.visit_enum(IntoDeserializer::<value::Error>::into_deserializer(name))
            }
            // The enum can have a variant with `#[serde(other)]`, which accepts all names.
            Err(error) => visitor
                .visit_enum(IntoDeserializer::<value::Error>::into_deserializer(self.answer))
                .map_err(|_| value::Error::custom(error.message())),
        }
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, value::Error> {
        visitor.visit_str(self.answer.trim())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}
