use runnable_chat::prelude::*;

/// Tells the time.
#[tool]
fn clock() -> Result<String> {
    Ok("noon".into())
}

fn main() {}
