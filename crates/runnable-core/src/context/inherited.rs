//! What the runs of a call inherit.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::resources::Resources;
use crate::{Metadata, concurrency::budget::Budget};

/// The part of a configuration that children inherit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Inherited {
    /// Sorted, each once.
    pub(crate) tags: Vec<Cow<'static, str>>,
    pub(crate) metadata: Metadata,
    pub(crate) configurable: Map<String, Value>,
    pub(crate) resources: Resources,
    pub(crate) max_concurrency: Option<usize>,
    pub(crate) budget: Option<Budget>,
    pub(crate) recursion_limit: Option<u16>,
}
