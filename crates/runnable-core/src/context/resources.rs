//! Values that a call passes to its steps, and that are Rust values and not JSON.

use std::{
    any::{Any, TypeId},
    collections::BTreeMap,
    fmt,
    sync::Arc,
};

/// The values that every run of a call can read, at most one per type.
///
/// A clone shares the values. They are never displayed, because they can contain secrets.
#[derive(Clone, Default)]
pub(crate) struct Resources {
    /// The values, by type. `None` if there are no values, which is the common case.
    values: Option<Arc<BTreeMap<TypeId, Value>>>,
}

type Value = Arc<dyn Any + Send + Sync>;

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

    /// Returns a combination of these resources and `others`. For a type that both contain, the
    /// value of `others` applies.
    pub(crate) fn replaced_by(&self, others: &Self) -> Self {
        let (Some(values), Some(others)) = (&self.values, &others.values) else {
            return if others.is_empty() { self.clone() } else { others.clone() };
        };
        let mut values = BTreeMap::clone(values);
        values.extend(others.iter().map(|(type_id, value)| (*type_id, Arc::clone(value))));
        Self { values: Some(Arc::new(values)) }
    }
}

impl fmt::Debug for Resources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Resources").finish_non_exhaustive()
    }
}
