use runnable_chat::prelude::*;

/// Tells the time.
#[tool(nme = "time")]
async fn clock() -> Result<String> {
    Ok("noon".into())
}

/// Tells the time.
#[tool("time")]
async fn watch() -> Result<String> {
    Ok("noon".into())
}

fn main() {}
