//! Sums of the token usage and the cost of models, and limits for them.

mod account;
mod cost_sum;
mod ended_call;
mod model_id;
mod model_runs;
mod model_usage;
mod spending_guard;
mod spending_limit;
mod spending_limit_ext;
mod spending_limit_reached;
mod spending_limited;
mod usage_meter;
mod usage_report;
mod usage_sum;
mod usage_totals;

pub use self::{
    cost_sum::CostSum, model_id::ModelId, model_usage::ModelUsage, spending_limit::SpendingLimit,
    spending_limit_ext::SpendingLimitExt, spending_limit_reached::SpendingLimitReached,
    spending_limited::SpendingLimited, usage_meter::UsageMeter, usage_report::USAGE_REPORT,
    usage_sum::UsageSum, usage_totals::UsageTotals,
};
