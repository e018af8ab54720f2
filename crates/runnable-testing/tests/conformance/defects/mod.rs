//! One test for each defect of the reference (langchain-core 1.8.1), by the number that it has in
//! `docs/conformance.md`.

mod budgets;
mod events;
mod falling_back;
mod leaving;
mod retrying;
