//! [`Dict`]: named JSON values.

use std::{fmt, ops::Index, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::DeserializeOwned};
use serde_json::{Map, Value, map};

use crate::{Error, ErrorKind, Result};

/// The maximum number of names that an error lists.
const LISTED: usize = 10;

/// Named JSON values, such as the input of a prompt template.
///
/// Create it with [`dict!`](crate::dict!), [`from_json`](Self::from_json),
/// [`from_serialize`](Self::from_serialize), `collect()` on pairs, or serde.
/// [`parallel_dict`](crate::parallel_dict) and [`assign`](crate::assign()) return it.
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
///
/// # fn main() -> Result<()> {
/// let values = dict! { topic: "cats", lines: 3 };
/// assert_eq!(values["topic"], "cats");
/// assert_eq!(values.get_as::<u64>("lines")?, 3);
/// assert_eq!(values, Dict::from_json(r#"{"topic": "cats", "lines": 3}"#)?);
/// # Ok(())
/// # }
/// ```
#[doc(alias("HashMap", "AddableDict"))]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Dict {
    values: Map<String, Value>,
}

impl Dict {
    /// Creates a dict without values.
    pub fn new() -> Self {
        Self::default()
    }

    /// Parses the text of a JSON object.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the text is not a JSON object.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # fn main() -> Result<()> {
    /// assert_eq!(Dict::from_json(r#"{"topic": "cats"}"#)?, dict! { topic: "cats" });
    ///
    /// let error = Dict::from_json("[1]").unwrap_err();
    /// assert_eq!(error.message(), "invalid named values: expected a JSON object, found an array");
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_json(json: &str) -> Result<Self> {
        let value: Value = serde_json::from_str(json).map_err(|error| {
            let message = format!("invalid named values: expected a JSON object: {error}");
            Error::new(ErrorKind::InvalidInput, message).with_source(error)
        })?;
        value.try_into()
    }

    /// Converts a value that serializes to a JSON object, such as a struct or a map.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the value serializes to anything other than an
    /// object.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use serde::Serialize;
    ///
    /// #[derive(Serialize)]
    /// struct Question {
    ///     topic: String,
    /// }
    ///
    /// # fn main() -> Result<()> {
    /// let values = Dict::from_serialize(&Question { topic: "cats".into() })?;
    /// assert_eq!(values, dict! { topic: "cats" });
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_serialize(value: &impl Serialize) -> Result<Self> {
        let value = serde_json::to_value(value)
            .map_err(|error| Error::wrap(ErrorKind::InvalidInput, error))?;
        value.try_into()
    }

    /// Adds a value and returns the dict. If the name is in use, the value replaces the existing
    /// value.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let values = Dict::new().with("topic", "cats").with("lines", 3);
    /// assert_eq!(values, dict! { topic: "cats", lines: 3 });
    /// ```
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.insert(name, value);
        self
    }

    /// Adds a value, and returns the value that it replaces.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let mut values = dict! { lines: 3 };
    /// assert_eq!(values.insert("lines", 4), Some(3.into()));
    /// assert_eq!(values["lines"], 4);
    /// ```
    pub fn insert(&mut self, name: impl Into<String>, value: impl Into<Value>) -> Option<Value> {
        self.values.insert(name.into(), value.into())
    }

    /// Adds the values of `others`. A value of `others` replaces an existing value of the same
    /// name.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let merged = dict! { a: 1, b: 2 }.merge(dict! { b: 3 });
    /// assert_eq!(merged, dict! { a: 1, b: 3 });
    /// ```
    #[must_use]
    pub fn merge(mut self, others: Self) -> Self {
        self.values.extend(others.values);
        self
    }

    /// Returns the value called `name`, or `None` if the name is missing.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let values = dict! { lines: 3 };
    /// assert_eq!(values.get("lines"), Some(&3.into()));
    /// assert_eq!(values.get("missing"), None);
    /// ```
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Deserializes the value called `name`.
    ///
    /// A missing value is deserialized as `null`, so `get_as::<Option<T>>` returns `None`.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the value is missing or has the wrong type. The
    /// message contains the name of the value, what was expected, and what was found.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// # fn main() -> Result<()> {
    /// let values = dict! { lines: 3, topic: "cats" };
    /// assert_eq!(values.get_as::<u64>("lines")?, 3);
    /// assert_eq!(values.get_as::<Option<String>>("style")?, None);
    ///
    /// let error = values.get_as::<u64>("topic").unwrap_err();
    /// assert_eq!(
    ///     error.message(),
    ///     "invalid value `topic`: invalid type: string \"cats\", expected u64"
    /// );
    /// # Ok(())
    /// # }
    /// ```
    pub fn get_as<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let value = self.get(name).unwrap_or(&Value::Null);
        T::deserialize(value).map_err(|error| match self.get(name) {
            Some(_) => {
                let message = format!("invalid value `{name}`: {error}");
                Error::new(ErrorKind::InvalidInput, message).with_source(error)
            }
            None => self.missing::<T>(name),
        })
    }

    /// Returns the error for a value that is missing.
    fn missing<T>(&self, name: &str) -> Error {
        let expected = short_name(std::any::type_name::<T>());
        // Sort the names, so that the reader can find a name in the message.
        let mut names: Vec<_> = self.names().collect();
        names.sort_unstable();
        let names: Vec<_> = names.iter().take(LISTED).map(|name| format!("`{name}`")).collect();
        let found = match (&names[..], self.len()) {
            ([], _) => "no values".to_owned(),
            (names, count) if count > LISTED => format!("only {} and others", names.join(", ")),
            (names, _) => format!("only {}", names.join(", ")),
        };
        let message = format!("missing value `{name}`: expected {expected}, found {found}");
        Error::new(ErrorKind::InvalidInput, message)
    }

    /// Converts the dict to an iterator of names and values, in the order in which they were added.
    pub fn into_values(self) -> map::IntoIter {
        self.values.into_iter()
    }

    /// Returns an iterator of names and values, in the order in which they were added.
    pub fn iter(&self) -> map::Iter<'_> {
        self.values.iter()
    }

    /// Returns the names of all values.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::prelude::*;
    ///
    /// let values = dict! { topic: "cats", lines: 3 };
    /// assert_eq!(values.names().collect::<Vec<_>>(), ["topic", "lines"]);
    /// ```
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// Returns the number of values.
    pub fn len(&self) -> usize {
        self.values.len()
    }

    /// Returns whether there are no values.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }
}

/// Returns the name of a type without module paths. Module paths in its parameters are removed,
/// too.
fn short_name(name: &str) -> String {
    let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
    let paths = name.split_inclusive(|c| !is_path(c));
    paths.map(|path| path.rfind("::").map_or(path, |at| &path[at + 2..])).collect()
}

/// Returns the value called `name`, or `null` if the name is missing, as [`Value`] does.
impl Index<&str> for Dict {
    type Output = Value;

    fn index(&self, name: &str) -> &Value {
        self.get(name).unwrap_or(&Value::Null)
    }
}

impl From<Map<String, Value>> for Dict {
    fn from(values: Map<String, Value>) -> Self {
        Self { values }
    }
}

/// Clones a dict from a reference, so that a batch accepts references.
impl From<&Self> for Dict {
    fn from(values: &Self) -> Self {
        values.clone()
    }
}

impl From<Dict> for Value {
    fn from(dict: Dict) -> Self {
        Self::Object(dict.values)
    }
}

/// Returns an error of kind [`InvalidInput`](ErrorKind::InvalidInput) if the value is not an
/// object.
impl TryFrom<Value> for Dict {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        let found = match value {
            Value::Object(values) => return Ok(Self { values }),
            Value::Null => "null".to_owned(),
            Value::Bool(value) => format!("the boolean {value}"),
            Value::Number(value) => format!("the number {value}"),
            Value::String(_) => "a string".to_owned(),
            Value::Array(_) => "an array".to_owned(),
        };
        let message = format!("invalid named values: expected a JSON object, found {found}");
        Err(Error::new(ErrorKind::InvalidInput, message))
    }
}

/// Parses the text of a JSON object: see [`Dict::from_json`].
impl FromStr for Dict {
    type Err = Error;

    fn from_str(json: &str) -> Result<Self> {
        Self::from_json(json)
    }
}

/// Writes a JSON object that [`Dict::from_json`] can parse.
impl fmt::Display for Dict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.values).map_err(|_| fmt::Error)?)
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Dict {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(values: T) -> Self {
        Self {
            values: values.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }
}

impl<K: Into<String>, V: Into<Value>> Extend<(K, V)> for Dict {
    fn extend<T: IntoIterator<Item = (K, V)>>(&mut self, values: T) {
        self.values.extend(values.into_iter().map(|(name, value)| (name.into(), value.into())));
    }
}

impl IntoIterator for Dict {
    type Item = (String, Value);
    type IntoIter = map::IntoIter;

    fn into_iter(self) -> map::IntoIter {
        self.into_values()
    }
}

impl<'a> IntoIterator for &'a Dict {
    type Item = (&'a String, &'a Value);
    type IntoIter = map::Iter<'a>;

    fn into_iter(self) -> map::Iter<'a> {
        self.iter()
    }
}

impl Serialize for Dict {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Dict {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|values| Self { values })
    }
}

/// Creates a [`Dict`] from names and values.
///
/// # Examples
///
/// ```
/// use runnable_core::dict;
///
/// let values = dict! { topic: "cats", lines: 3 };
/// assert_eq!(values["lines"], 3);
/// ```
#[macro_export]
macro_rules! dict {
    ($($name:ident : $value:expr),* $(,)?) => {
        $crate::Dict::new()$(.with($crate::__private::unraw(stringify!($name)), $value))*
    };
}
