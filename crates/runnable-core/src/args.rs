//! Named values.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, map};

use crate::{Error, ErrorKind, Result};

/// Named JSON values: what a prompt template takes, and a
/// [`parallel_map`](crate::parallel_map) gives. Made by [`args!`](crate::args!).
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Args {
    values: Map<String, Value>,
}

impl Args {
    /// No values.
    pub fn new() -> Self {
        Self::default()
    }

    /// The fields of a value that serialises as an object.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::InvalidInput`] when it serialises as anything else.
    pub fn from_serialize(value: &impl Serialize) -> Result<Self> {
        match serde_json::to_value(value) {
            Ok(Value::Object(values)) => Ok(Self { values }),
            Ok(other) => Err(Error::new(
                ErrorKind::InvalidInput,
                format!("these are no named values, but {other}"),
            )),
            Err(error) => Err(Error::wrap(ErrorKind::InvalidInput, error)),
        }
    }

    /// These values, and one more.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.values.insert(name.into(), value.into());
        self
    }

    /// These values, and others; where the names are the same, the others.
    #[must_use]
    pub fn merged(mut self, others: Self) -> Self {
        self.values.extend(others.values);
        self
    }

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
    }

    /// Takes the values apart.
    pub fn into_values(self) -> map::IntoIter {
        self.values.into_iter()
    }

    /// The names of all values.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }
}

impl From<Map<String, Value>> for Args {
    fn from(values: Map<String, Value>) -> Self {
        Self { values }
    }
}

impl<K: Into<String>, V: Into<Value>> FromIterator<(K, V)> for Args {
    fn from_iter<T: IntoIterator<Item = (K, V)>>(values: T) -> Self {
        Self {
            values: values.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
        }
    }
}

impl Serialize for Args {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.values.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Args {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Map::deserialize(deserializer).map(|values| Self { values })
    }
}

/// Named values, such as those for a prompt template.
///
/// ```
/// use runnable_core::args;
///
/// let values = args! { topic: "cats", lines: 3 };
/// assert_eq!(values.get("lines").unwrap(), 3);
/// ```
#[macro_export]
macro_rules! args {
    ($($name:ident : $value:expr),* $(,)?) => {
        $crate::Args::new()$(.with(stringify!($name), $value))*
    };
}
