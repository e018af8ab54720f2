//! The settings of a call or a step that the runs inside it inherit.

use std::{mem, sync::Arc};

use serde_json::{Map, Value};

use super::run_config::RunConfig;
use crate::{
    RunContext,
    concurrency::{budget::Budget, item_limit::stricter},
    context::{inherited::Inherited, run_context::Shared},
};

impl RunConfig {
    /// Returns the context of a call with this configuration. If the call is made inside a run, the
    /// settings of the call take precedence over the settings of the outer run.
    pub(crate) fn of_call(mut self, cx: &RunContext) -> RunContext {
        let mut inherited = cx.inherited().cloned().unwrap_or_default();
        replaced_by(&mut inherited.configurable, mem::take(&mut self.configurable));
        replaced_by(&mut inherited.metadata, mem::take(&mut self.metadata));
        inherited.resources = inherited.resources.replaced_by(&self.resources);
        inherited.recursion_limit = self.recursion_limit.or(inherited.recursion_limit);
        self.inherited_in(cx, inherited)
    }

    /// Returns the context of a step with this configuration. The settings of the call take
    /// precedence over the settings of the step.
    pub(crate) fn of_step(&self, cx: &RunContext) -> RunContext {
        let mut inherited = cx.inherited().cloned().unwrap_or_default();
        let defaults = [
            (&mut inherited.configurable, &self.configurable),
            (&mut inherited.metadata, &self.metadata),
        ];
        for (values, defaults) in defaults {
            for (key, value) in defaults {
                values.entry(key).or_insert_with(|| value.clone());
            }
        }
        inherited.resources = self.resources.replaced_by(&inherited.resources);
        inherited.recursion_limit = inherited.recursion_limit.or(self.recursion_limit);
        self.inherited_in(cx, inherited)
    }

    /// Adds the settings that are combined in both cases: tags, limits and listeners. Returns the
    /// context with all inherited settings.
    fn inherited_in(&self, cx: &RunContext, mut inherited: Inherited) -> RunContext {
        inherited.tags.extend(self.tags.iter().cloned());
        inherited.tags.sort_unstable();
        inherited.tags.dedup();
        if let Some(limit) = self.max_concurrency {
            // If this limit is inside another limit, both apply.
            inherited.budget = Some(match &inherited.budget {
                Some(outer) => outer.within(limit),
                None => Budget::new(limit),
            });
            inherited.max_concurrency = stricter(inherited.max_concurrency, Some(limit));
        }
        let mut shared = Shared { inherited: Some(Arc::new(inherited)), ..cx.shared() };
        if !self.listeners.is_empty() {
            shared.listeners = shared.listeners.iter().chain(&self.listeners).cloned().collect();
        }
        cx.clone().with_shared(shared)
    }

    pub(crate) fn adds_nothing(&self) -> bool {
        self.recursion_limit.is_none()
            && self.max_concurrency.is_none()
            && self.tags.is_empty()
            && self.metadata.is_empty()
            && self.configurable.is_empty()
            && self.resources.is_empty()
            && self.listeners.is_empty()
    }
}

/// Adds `others` to `values`. A value of `others` replaces an existing value of the same key.
fn replaced_by(values: &mut Map<String, Value>, others: Map<String, Value>) {
    if values.is_empty() { *values = others } else { values.extend(others) }
}
