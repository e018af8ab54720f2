//! Deserializes lists with a maximum length, whose items may have an unexpected type.

use std::{borrow::Cow, fmt, marker::PhantomData};

use runnable_http::chat::{MAX_CHOICES, MAX_PARTS, too_many};
use serde::{
    Deserialize, Deserializer,
    de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use serde_json::value::RawValue;

use super::fields::{Fields, Slot, ignored, read_fields};

/// A list of objects. A single object counts as a list, and items that are not objects are ignored.
///
/// By default, deserializing more than `MOST` items is an error. In an object whose
/// deserialization errors are ignored, this error would be lost. For such an object, set `CUT` to
/// `true`: the list is then cut to `MOST + 1` items, and the code that uses the list must return an
/// error if it contains more than `MOST` items.
#[derive(Debug)]
pub(crate) struct List<T, const MOST: usize = MAX_PARTS, const CUT: bool = false>(
    pub(crate) Vec<T>,
);

/// A list of at most `MAX_PARTS + 1` items, in an object whose deserialization errors are ignored.
pub(crate) type Beginning<T> = List<T, MAX_PARTS, true>;

impl<T, const MOST: usize, const CUT: bool> Default for List<T, MOST, CUT> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T, const MOST: usize, const CUT: bool> Slot for List<T, MOST, CUT> {
    fn put(&mut self, next: Self) {
        if !next.0.is_empty() {
            *self = next;
        }
    }
}

impl<T, const MOST: usize, const CUT: bool> IntoIterator for List<T, MOST, CUT> {
    type Item = T;
    type IntoIter = std::vec::IntoIter<T>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl<'de, T: Fields<'de>, const MOST: usize, const CUT: bool> Deserialize<'de>
    for List<T, MOST, CUT>
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T, const MOST: usize, const CUT: bool>(PhantomData<T>);

impl<'de, T: Fields<'de>, const MOST: usize, const CUT: bool> Visitor<'de>
    for ListVisitor<T, MOST, CUT>
{
    type Value = List<T, MOST, CUT>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of objects")
    }

    ignored! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(List::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(List(T::from_text(Cow::Borrowed(text)).into_iter().collect()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(List(T::from_text(Cow::Owned(text.to_owned())).into_iter().collect()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while let Some(Item(item)) = items.next_element()? {
            let Some(item) = item else { continue };
            if list.len() == MOST && !CUT {
                let noun = if MOST == MAX_CHOICES { "choices" } else { "parts" };
                return Err(A::Error::custom(too_many(noun, MOST)));
            }
            // Items are large, and most lists have only one, so do not reserve room for more.
            if list.is_empty() {
                list.reserve_exact(1);
            }
            list.push(item);
            if list.len() > MOST {
                while items.next_element::<IgnoredAny>()?.is_some() {}
                break;
            }
        }
        Ok(List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Ok(List(read_fields(map)?.into_iter().collect()))
    }
}

/// An item of a list, or `None` if it is not an object.
struct Item<T>(Option<T>);

impl<'de, T: Fields<'de>> Deserialize<'de> for Item<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ItemVisitor(PhantomData))
    }
}

struct ItemVisitor<T>(PhantomData<T>);

impl<T> Default for Item<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Fields<'de>> Visitor<'de> for ItemVisitor<T> {
    type Value = Item<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    ignored! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) }

    fn visit_unit<E>(self) -> Result<Item<T>, E> {
        Ok(Item(None))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Item<T>, E> {
        Ok(Item(T::from_text(Cow::Borrowed(text))))
    }

    fn visit_str<E>(self, text: &str) -> Result<Item<T>, E> {
        Ok(Item(T::from_text(Cow::Owned(text.to_owned()))))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Item<T>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Item(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item<T>, A::Error> {
        read_fields(map).map(Item)
    }
}

/// Returns the items of a list that was not parsed yet. A single object counts as a list.
///
/// If the list is too long, one item more than the limit is returned, so that the caller notices
/// that the limit is exceeded.
pub(crate) fn items(list: Option<&RawValue>) -> Vec<&RawValue> {
    let Some(list) = list else { return Vec::new() };
    match list.get().as_bytes().first() {
        Some(b'[') => {
            serde_json::from_str(list.get()).map_or_else(|_| Vec::new(), |Raw(items)| items)
        }
        Some(b'{') => vec![list],
        _ => Vec::new(),
    }
}

/// The first items of a list, as unparsed JSON.
struct Raw<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Raw<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut list = Vec::new();
        while list.len() <= MAX_PARTS {
            let Some(item) = items.next_element()? else { return Ok(Raw(list)) };
            list.push(item);
        }
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Raw(list))
    }
}
