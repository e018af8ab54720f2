//! Steps made of other steps, one to a file.

mod branch;
mod each;
mod fallbacks;
mod parallel;
mod retry;
mod sequence;
mod tee;
mod timeout;
mod with_config;

pub use self::{
    branch::{Branch, Conditions, branch},
    each::Each,
    fallbacks::Fallbacks,
    parallel::{Branches, Parallel, parallel},
    retry::{Retry, RetryPolicy},
    sequence::Sequence,
    timeout::{Limits, Timeout},
    with_config::WithConfig,
};
