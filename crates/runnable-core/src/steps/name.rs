//! The names of steps that are made from functions.

use std::{any, panic::Location};

use crate::{StepInfo, protocol::step_info::last_segment};

/// Returns the name of a function, or `default_name` and the source location of a closure.
///
/// All closures of a kind have the same name, so the location tells them apart.
pub(super) fn info_of<F>(
    default_name: &'static str,
    source: &'static Location<'static>,
) -> StepInfo {
    let name = last_segment(any::type_name::<F>());
    if name.starts_with('{') {
        StepInfo::new(default_name).source(source)
    } else {
        StepInfo::new(name)
    }
}
