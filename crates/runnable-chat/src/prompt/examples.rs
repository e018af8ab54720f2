//! The examples that a part of a prompt shows.

use std::{fmt, sync::Arc};

use runnable_core::{ChildPosition, Dict, DynRunnable, Result, RunContext};
use serde_json::Value;

use crate::Message;

/// The examples of a part of a prompt, and the limit of their length.
#[derive(Clone)]
pub(super) struct Examples {
    selection: Selection,
    pub(super) max_length: Option<usize>,
    pub(super) length_of: Arc<dyn Fn(&str) -> usize + Send + Sync>,
}

#[derive(Clone)]
enum Selection {
    All(Arc<[Dict]>),
    Step(Arc<DynRunnable<Dict, Vec<Dict>>>),
}

impl Examples {
    /// Creates examples that are shown by every call.
    pub(super) fn all(examples: Arc<[Dict]>) -> Self {
        Self::new(Selection::All(examples))
    }

    /// Creates examples that a step selects for each call.
    pub(super) fn selected(selector: DynRunnable<Dict, Vec<Dict>>) -> Self {
        Self::new(Selection::Step(Arc::new(selector)))
    }

    fn new(selection: Selection) -> Self {
        let length_of = Arc::new(|text: &str| text.split_whitespace().count());
        Self { selection, max_length: None, length_of }
    }

    /// Returns whether a step selects the examples. It may need values that the template does not
    /// mention.
    pub(super) fn is_selected(&self) -> bool {
        matches!(self.selection, Selection::Step(_))
    }

    /// Returns the values of the examples that are known before a call.
    pub(super) fn known(&self) -> &[Dict] {
        match &self.selection {
            Selection::All(examples) => examples,
            Selection::Step(_) => &[],
        }
    }

    /// Returns the values of the examples for a call with these values.
    pub(super) async fn values(&self, values: &Dict, cx: &RunContext) -> Result<Vec<Dict>> {
        match &self.selection {
            Selection::All(examples) => Ok(examples.to_vec()),
            Selection::Step(step) => {
                cx.child(ChildPosition::Untagged).invoke(&**step, values.clone()).await
            }
        }
    }

    /// Returns the maximum length of the examples of a call with these values. `None` if the length
    /// is not limited.
    pub(super) fn budget(&self, values: &Dict) -> Option<usize> {
        let length_of = |value: &Value| match value {
            Value::String(text) => (self.length_of)(text),
            value => (self.length_of)(&value.to_string()),
        };
        self.max_length.map(|limit| {
            let used = values.iter().map(|(_, value)| length_of(value)).sum();
            limit.saturating_sub(used)
        })
    }

    /// Returns the length of the messages of an example.
    pub(super) fn length(&self, messages: &[Message]) -> usize {
        messages.iter().map(|message| (self.length_of)(&message.text())).sum()
    }
}

/// Examples with a selector are equal only if they are clones of each other.
impl PartialEq for Examples {
    fn eq(&self, other: &Self) -> bool {
        let is_same_selection = match (&self.selection, &other.selection) {
            (Selection::All(examples), Selection::All(others)) => examples == others,
            (Selection::Step(step), Selection::Step(other)) => Arc::ptr_eq(step, other),
            _ => false,
        };
        is_same_selection
            && self.max_length == other.max_length
            && (self.max_length.is_none() || Arc::ptr_eq(&self.length_of, &other.length_of))
    }
}

impl fmt::Debug for Examples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut fields = f.debug_struct("Examples");
        match &self.selection {
            Selection::All(examples) => fields.field("examples", examples),
            Selection::Step(step) => fields.field("selector", step),
        };
        fields.field("max_length", &self.max_length).finish_non_exhaustive()
    }
}
