//! Steps that combine or wrap other steps, one per file.
//!
//! Create them with the methods of [`RunnableExt`](crate::RunnableExt) and the functions at the
//! root of the crate.

mod assign;
mod assign_struct;
mod beginning;
mod branch;
mod branches;
mod concurrency_limit;
mod configurable_alternatives;
mod configurable_field;
mod each;
mod fallbacks;
mod parallel;
mod parallel_dict;
mod parallel_struct;
mod retry;
mod router;
pub(crate) mod sequence;
mod side_by_side;
mod tee;
mod timeout;
mod turns;
mod with_config;

pub use self::{
    assign::{Assign, assign},
    assign_struct::AssignStruct,
    branch::{Branch, BranchBuilder, Condition, branch},
    branches::{Branches, Keys},
    concurrency_limit::ConcurrencyLimit,
    configurable_alternatives::ConfigurableAlternatives,
    configurable_field::ConfigurableField,
    each::Each,
    fallbacks::Fallbacks,
    parallel::{Parallel, parallel},
    parallel_dict::{ParallelDict, parallel_dict},
    parallel_struct::ParallelStruct,
    retry::Retry,
    router::{Router, router},
    sequence::Sequence,
    timeout::Timeout,
    with_config::WithConfig,
};
pub use crate::policy::{RetryPolicy, Timeouts};
