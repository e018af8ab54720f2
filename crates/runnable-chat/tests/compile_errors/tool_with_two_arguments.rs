use runnable_chat::prelude::*;

/// Adds two numbers.
#[tool]
async fn add(a: i64, _cx: RunContext, b: i64) -> Result<i64> {
    Ok(a + b)
}

/// Waits.
#[tool]
async fn wait(_first: RunContext, _second: RunContext) -> Result<()> {
    Ok(())
}

fn main() {}
