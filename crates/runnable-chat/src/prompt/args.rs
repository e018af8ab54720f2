//! The values for the holes of a template.

use runnable_core::{Error, ErrorKind, Result, whole};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Named values: what a prompt template takes. Made by [`args!`](crate::args!).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Args {
    values: Map<String, Value>,
}

whole!(Args);

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
                format!("a template takes named values, and this is none: {other}"),
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

    /// The value of this name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.values.get(name)
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

/// Named values for a prompt template.
///
/// ```
/// use runnable_chat::args;
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
