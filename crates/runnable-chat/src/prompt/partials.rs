//! Values that a prompt template already has before it is called.

use std::{fmt, sync::Arc};

use runnable_core::Dict;
use serde_json::Value;

/// The values of a prompt template that its calls need not pass.
#[derive(Clone, Default)]
pub(super) struct Partials {
    values: Vec<(String, Partial)>,
}

#[derive(Clone)]
enum Partial {
    Value(Value),
    Function(Arc<dyn Fn() -> Value + Send + Sync>),
}

impl Partials {
    pub(super) fn set_values(&mut self, values: Dict) {
        for (name, value) in values.into_values() {
            self.set(name, Partial::Value(value));
        }
    }

    pub(super) fn set_function(
        &mut self,
        name: String,
        function: Arc<dyn Fn() -> Value + Send + Sync>,
    ) {
        self.set(name, Partial::Function(function));
    }

    fn set(&mut self, name: String, partial: Partial) {
        self.values.retain(|(other, _)| *other != name);
        self.values.push((name, partial));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.iter().map(|(name, _)| name.as_str())
    }

    /// Adds the values to the values of a call, which take precedence.
    pub(super) fn complete(&self, mut values: Dict) -> Dict {
        for (name, partial) in &self.values {
            if values.get(name).is_none() {
                let value = match partial {
                    Partial::Value(value) => value.clone(),
                    Partial::Function(function) => function(),
                };
                values.insert(name.clone(), value);
            }
        }
        values
    }
}

impl fmt::Debug for Partials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}
