//! Lists that are not longer than they may be.

use std::{fmt, marker::PhantomData};

use providers_http::chat::{MAX_PARTS, MAX_TOKENS, too_many};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, SeqAccess, Visitor},
};

/// Reads a list of parts of an answer, and `null` as an empty one.
pub(crate) fn parts<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_option(ListVisitor::<T, MAX_PARTS>(PhantomData))
}

/// Reads a list of parts of an answer, if there is one. Of a list that is too long, one part more than
/// it may have is kept, so that the reader which counts the parts refuses it.
pub(crate) fn some_parts<'de, D, T>(deserializer: D) -> Result<Option<Vec<T>>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let list: Option<Beginning<T>> = Option::deserialize(deserializer)?;
    Ok(list.map(|list| list.0))
}

/// Reads a list of tokens, and `null` as an empty one.
pub(crate) fn tokens<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    deserializer.deserialize_option(ListVisitor::<T, MAX_TOKENS>(PhantomData))
}

/// Collects the items of a list, up to so many.
///
/// The memory is taken as items come: a list of a few bytes each must not cost more than it holds.
pub(crate) fn bounded<'de, A, T>(mut items: A, what: &str, most: usize) -> Result<Vec<T>, A::Error>
where
    A: SeqAccess<'de>,
    T: Deserialize<'de>,
{
    let mut list = Vec::new();
    while let Some(item) = items.next_element()? {
        if list.len() == most {
            return Err(A::Error::custom(too_many(what, most)));
        }
        // Most lists have one item, and items are large.
        if list.is_empty() {
            list.reserve_exact(1);
        }
        list.push(item);
    }
    Ok(list)
}

/// The first parts of a list.
struct Beginning<T>(Vec<T>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Beginning<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(BeginningVisitor(PhantomData)).map(Self)
    }
}

struct BeginningVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for BeginningVisitor<T> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while list.len() <= MAX_PARTS {
            let Some(item) = items.next_element()? else { return Ok(list) };
            list.push(item);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(list)
    }
}

struct ListVisitor<T, const MOST: usize>(PhantomData<T>);

impl<'de, T: Deserialize<'de>, const MOST: usize> Visitor<'de> for ListVisitor<T, MOST> {
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_none<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Vec::new())
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, items: A) -> Result<Self::Value, A::Error> {
        bounded(items, "parts", MOST)
    }
}
