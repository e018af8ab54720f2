//! Deserializes objects whose fields may have an unexpected type.

use std::{borrow::Cow, fmt, marker::PhantomData};

use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};

/// A type that is deserialized from an object, field by field.
///
/// A value that is not an object gives the default, like an object without fields, so that the rest
/// of the response stays valid.
pub(crate) trait Fields<'de>: Default {
    /// Deserializes the value of the field with this name from `map`, and stores it. The value of
    /// an unknown field is skipped.
    fn read_field<A: MapAccess<'de>>(&mut self, name: &str, map: &mut A) -> Result<(), A::Error>;

    /// Creates the value from a string that was sent in place of the object, if that is possible.
    fn from_text(_: Cow<'de, str>) -> Option<Self> {
        None
    }
}

/// The value of a field that may occur more than once in an object.
pub(crate) trait Slot {
    /// Replaces the value with the value of a later occurrence of the field, unless the later value
    /// is empty.
    fn put(&mut self, next: Self);
}

impl<T> Slot for Option<T> {
    fn put(&mut self, next: Self) {
        if next.is_some() {
            *self = next;
        }
    }
}

/// Declares a struct that implements `Fields`: its fields may have an unexpected type in the JSON,
/// or occur twice.
///
/// A field has the same name as in the JSON, unless another name is given, as in
/// `kind = "type": Word<'a>`. The closure after `=>` creates the struct from a string that was sent
/// in place of the object.
macro_rules! fields {
    ($(
        $(#[$doc:meta])*
        $vis:vis struct $name:ident $(<$life:lifetime>)? {
            $($(#[$field_doc:meta])* $field_vis:vis $field:ident $(= $key:literal)?: $type:ty,)*
        }
        $(=> |$text:ident| $from_text:block)?
    )*) => {$(
        $(#[$doc])*
        #[derive(Debug, Default)]
        $vis struct $name $(<$life>)? {
            $($(#[$field_doc])* $field_vis $field: $type,)*
        }

        impl<'de $(: $life, $life)?> $crate::wire::Fields<'de> for $name $(<$life>)? {
            fn read_field<A: serde::de::MapAccess<'de>>(
                &mut self,
                name: &str,
                map: &mut A,
            ) -> Result<(), A::Error> {
                match name {
                    $($crate::wire::fields!(@key $field $($key)?) => {
                        $crate::wire::Slot::put(&mut self.$field, map.next_value()?);
                    })*
                    _ => _ = map.next_value::<serde::de::IgnoredAny>()?,
                }
                Ok(())
            }

            $(fn from_text($text: std::borrow::Cow<'de, str>) -> Option<Self> $from_text)?
        }

        impl<'de $(: $life, $life)?> serde::Deserialize<'de> for $name $(<$life>)? {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                $crate::wire::read_object(deserializer)
            }
        }
    )*};
    (@key $field:ident $key:literal) => { $key };
    (@key $field:ident) => { stringify!($field) };
}

pub(crate) use fields;

/// Deserializes an object, or any other value that was sent in its place.
pub(crate) fn read_object<'de, T: Fields<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    deserializer.deserialize_any(ObjectVisitor(PhantomData))
}

struct ObjectVisitor<T>(PhantomData<T>);

/// Deserializes the fields of an object. Returns `None` if the object has no fields.
pub(super) fn read_fields<'de, T: Fields<'de>, A: MapAccess<'de>>(
    mut map: A,
) -> Result<Option<T>, A::Error> {
    let mut object = None;
    while let Some(Key(name)) = map.next_key()? {
        object.get_or_insert_with(T::default).read_field(&name, &mut map)?;
    }
    Ok(object)
}

/// Implements visitor methods that ignore their value and return the default.
macro_rules! ignored {
    ($($visit:ident($type:ty))*) => {$(
        fn $visit<E>(self, _: $type) -> Result<Self::Value, E> {
            Ok(<Self::Value>::default())
        }
    )*};
}

pub(super) use ignored;

impl<'de, T: Fields<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    ignored! { visit_bool(bool) visit_i64(i64) visit_u64(u64) visit_f64(f64) }

    fn visit_unit<E>(self) -> Result<T, E> {
        Ok(T::default())
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<T, E> {
        Ok(T::from_text(Cow::Borrowed(text)).unwrap_or_default())
    }

    fn visit_str<E>(self, text: &str) -> Result<T, E> {
        Ok(T::from_text(Cow::Owned(text.to_owned())).unwrap_or_default())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<T, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(T::default())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
        Ok(read_fields(map)?.unwrap_or_default())
    }
}

/// The name of a field. It is a slice of the JSON if it has no escapes.
struct Key<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Key<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

struct KeyVisitor;

impl<'de> Visitor<'de> for KeyVisitor {
    type Value = Key<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Borrowed(name)))
    }

    fn visit_str<E>(self, name: &str) -> Result<Key<'de>, E> {
        Ok(Key(Cow::Owned(name.to_owned())))
    }
}
