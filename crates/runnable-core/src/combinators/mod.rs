//! Steps made of other steps, one to a file.

mod alternatives;
mod assign;
mod assign_struct;
mod beginning;
mod branch;
mod branches;
mod concurrency_limit;
mod configurable;
mod each;
mod fallbacks;
mod parallel;
mod parallel_map;
mod parallel_struct;
mod retry;
mod router;
pub(crate) mod sequence;
mod tee;
mod timeout;
mod turns;
mod with_config;

pub use self::{
    alternatives::Alternatives,
    assign::{Assign, assign},
    assign_struct::AssignStruct,
    branch::{Branch, Condition, Conditions, branch},
    branches::{Branches, Keys},
    concurrency_limit::ConcurrencyLimit,
    configurable::Configurable,
    each::Each,
    fallbacks::Fallbacks,
    parallel::{Parallel, parallel},
    parallel_map::{ParallelMap, parallel_map},
    parallel_struct::ParallelStruct,
    retry::{Retry, RetryPolicy},
    router::{Router, router},
    sequence::Sequence,
    timeout::{Limits, Timeout},
    with_config::WithConfig,
};
