//! Deserializes a row of CSV as any type.

use std::fmt::Display;

use serde::{
    Deserializer,
    de::{
        DeserializeOwned, Error as _, IntoDeserializer, Visitor,
        value::{Error, MapDeserializer},
    },
};

/// Deserializes a row. The error names the column that is invalid.
pub(crate) fn row_input<'a, T: DeserializeOwned>(
    cells: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<T, String> {
    let row = MapDeserializer::new(cells.map(|(name, text)| (name, Cell(text))));
    serde_path_to_error::deserialize(row).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.into_inner());
        match &*path {
            "." => reason.to_string(),
            _ => format!("in column `{path}`: {reason}"),
        }
    })
}

/// Deserializes a field of a row.
pub(crate) fn cell_input<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    T::deserialize(Cell(text)).map_err(|error| error.to_string())
}

/// A field of a row. It is a string, unless the type expects something else.
#[derive(Clone, Copy)]
struct Cell<'a>(&'a str);

impl Cell<'_> {
    fn parse<V: std::str::FromStr>(self, expected: &str) -> Result<V, Error> {
        let text = self.0.trim();
        text.parse().map_err(|_| invalid(text, expected))
    }
}

fn invalid(found: &str, expected: impl Display) -> Error {
    let found: String = found.chars().take(40).collect();
    Error::custom(format_args!("expected {expected}, found `{found}`"))
}

macro_rules! parsed {
    ($($method:ident, $visit:ident, $expected:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.$visit(self.parse($expected)?)
        })*
    };
}

/// The field contains JSON, as an output writes it.
macro_rules! nested {
    ($($method:ident($($name:ident: $type:ty),*);)*) => {
        $(fn $method<V: Visitor<'de>>(
            self,
            $($name: $type,)*
            visitor: V,
        ) -> Result<V::Value, Error> {
            let mut json = serde_json::Deserializer::from_str(self.0);
            let value = json.$method($($name,)* visitor).map_err(Error::custom)?;
            json.end().map_err(Error::custom)?;
            Ok(value)
        })*
    };
}

impl<'de> Deserializer<'de> for Cell<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_borrowed_str(self.0)
    }

    parsed! {
        deserialize_i8, visit_i8, "an integer from -128 to 127";
        deserialize_i16, visit_i16, "an integer from -32768 to 32767";
        deserialize_i32, visit_i32, "an integer of 32 bits";
        deserialize_i64, visit_i64, "an integer of 64 bits";
        deserialize_i128, visit_i128, "an integer";
        deserialize_u8, visit_u8, "an integer from 0 to 255";
        deserialize_u16, visit_u16, "an integer from 0 to 65535";
        deserialize_u32, visit_u32, "a positive integer of 32 bits";
        deserialize_u64, visit_u64, "a positive integer of 64 bits";
        deserialize_u128, visit_u128, "a positive integer";
        deserialize_f32, visit_f32, "a number";
        deserialize_f64, visit_f64, "a number";
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let text = self.0.trim();
        let value = match () {
            () if text.eq_ignore_ascii_case("true") => true,
            () if text.eq_ignore_ascii_case("false") => false,
            () => return Err(invalid(text, "`true` or `false`")),
        };
        visitor.visit_bool(value)
    }

    /// An empty field is `None`.
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        if self.0.is_empty() { visitor.visit_none() } else { visitor.visit_some(self) }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.0.into_deserializer().deserialize_enum(name, variants, visitor)
    }

    nested! {
        deserialize_seq();
        deserialize_map();
        deserialize_tuple(length: usize);
        deserialize_tuple_struct(name: &'static str, length: usize);
        deserialize_struct(name: &'static str, fields: &'static [&'static str]);
    }

    serde::forward_to_deserialize_any! {
        char str string bytes byte_buf identifier ignored_any unit unit_struct
    }
}

impl<'de> IntoDeserializer<'de, Error> for Cell<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}
