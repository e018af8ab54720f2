//! What a step is called that is made of a function.

use std::{any, panic::Location};

use crate::{StepInfo, step_info::last_segment};

/// A named function names its step. The step of a closure is called `otherwise`, as all are of its
/// kind, so its place tells which it is.
pub(super) fn info_of<F>(otherwise: &'static str, source: &'static Location<'static>) -> StepInfo {
    let name = last_segment(any::type_name::<F>());
    match name.starts_with('{') {
        true => StepInfo::new(otherwise).source(source),
        false => StepInfo::new(name),
    }
}
