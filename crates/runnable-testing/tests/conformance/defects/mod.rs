//! One test for each known defect of langchain-core 1.8.1. The numbers are those of
//! `docs/conformance.md`.

mod budgets;
mod events;
mod falling_back;
mod leaving;
mod retrying;
