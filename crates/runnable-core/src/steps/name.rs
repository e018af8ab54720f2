//! What a step is called that is made of a function.

use std::any;

use crate::{StepInfo, step_info::last_segment};

/// A named function names its step; a closure's step is called `otherwise`.
pub(super) fn info_of<F>(otherwise: &'static str) -> StepInfo {
    let name = last_segment(any::type_name::<F>());
    StepInfo::new(if name.starts_with('{') { otherwise } else { name })
}
