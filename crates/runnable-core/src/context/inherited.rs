//! The settings that the runs of a call inherit.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::resources::Resources;
use crate::{Metadata, concurrency::budget::Budget};

/// The settings that a run passes on to the runs inside it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    /// The tags, sorted and without duplicates.
    pub(crate) tags: Vec<Cow<'static, str>>,
    pub(crate) metadata: Metadata,
    pub(crate) configurable: Map<String, Value>,
    pub(crate) resources: Resources,
    /// The smallest limit that applies. `None` if there is no limit.
    pub(crate) max_concurrency: Option<usize>,
    /// The budget, which enforces the concurrency limits, of the innermost call or step that sets a
    /// limit.
    pub(crate) budget: Option<Budget>,
    pub(crate) recursion_limit: Option<u16>,
}
