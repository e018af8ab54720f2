use runnable_chat::prelude::*;

/// Returns its argument.
#[tool]
async fn echo<T: serde::Serialize>(value: T) -> Result<T> {
    Ok(value)
}

fn main() {}
