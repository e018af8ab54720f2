//! Resources: values of a call that are not JSON.

use std::{
    any::{self, Any, TypeId},
    collections::BTreeMap,
    fmt,
    sync::Arc,
};

use crate::{Error, ErrorKind, Result, RunConfig, RunContext};

/// The values that every run of a call can read, at most one per type.
///
/// A clone shares the values. They are never displayed, because they can contain secrets.
#[derive(Clone, Default)]
pub(crate) struct Resources {
    /// The values by type; `None` if there are none, which is the common case.
    values: Option<Arc<BTreeMap<TypeId, Value>>>,
}

type Value = Arc<dyn Any + Send + Sync>;

impl RunConfig {
    /// Adds a value that the steps of the call can read with [`RunContext::resource`].
    ///
    /// Use it for values that are not JSON, such as a database connection. There is at most one
    /// value per type: a second value replaces the first. To share a value with other code, wrap it
    /// in an `Arc`. Resources are merged like [`configurable`](Self::configurable) values, but no
    /// step declares them. They do not appear in events, in traces, or in the `Debug` output of a
    /// configuration.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use runnable_core::prelude::*;
    ///
    /// struct Prices(Vec<(&'static str, u32)>);
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let price = async_lambda(|name: String, cx: RunContext| async move {
    ///     let prices = cx.resource::<Arc<Prices>>()?;
    ///     Ok(prices.0.iter().find(|(known, _)| *known == name).map(|(_, price)| *price))
    /// });
    ///
    /// let prices = Arc::new(Prices(vec![("tea", 3)]));
    /// assert_eq!(price.invoke("tea").config(RunConfig::new().resource(prices)).await?, Some(3));
    /// # Ok(())
    /// # }
    /// ```
    pub fn resource<T: Send + Sync + 'static>(mut self, value: T) -> Self {
        self.resources.insert(value);
        self
    }
}

impl RunContext {
    /// Returns the value of this type that was set with [`RunConfig::resource`].
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the call has no value of this type.
    pub fn resource<T: Send + Sync + 'static>(&self) -> Result<&T> {
        let found = self.inherited().and_then(|inherited| inherited.resources.get());
        found.ok_or_else(|| {
            let name = any::type_name::<T>();
            let message = format!(
                "missing resource `{name}`; add it to the call with `RunConfig::new().resource(…)`"
            );
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

impl Resources {
    pub(crate) fn insert<T: Any + Send + Sync>(&mut self, value: T) {
        let values = self.values.get_or_insert_default();
        Arc::make_mut(values).insert(TypeId::of::<T>(), Arc::new(value));
    }

    pub(crate) fn get<T: Any>(&self) -> Option<&T> {
        self.values.as_ref()?.get(&TypeId::of::<T>())?.downcast_ref()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.values.is_none()
    }

    /// Returns these resources with `others`, which replace resources of the same type.
    pub(crate) fn replaced_by(&self, others: &Self) -> Self {
        let (Some(values), Some(others)) = (&self.values, &others.values) else {
            return if others.is_empty() { self.clone() } else { others.clone() };
        };
        let mut values = BTreeMap::clone(values);
        values.extend(others.iter().map(|(of, value)| (*of, Arc::clone(value))));
        Self { values: Some(Arc::new(values)) }
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}
