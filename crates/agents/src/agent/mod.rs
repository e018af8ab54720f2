//! The agent, and the steps that are made from it.

#[expect(
    clippy::module_inception,
    reason = "the main type of the folder has the same name as the folder"
)]
mod agent;
mod call;
mod final_answer;
mod resumed_agent;
mod setters;

pub use self::{
    agent::{Agent, agent},
    final_answer::FinalAnswer,
    resumed_agent::ResumedAgent,
};
