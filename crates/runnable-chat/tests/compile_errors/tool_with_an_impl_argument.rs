use runnable_chat::prelude::*;

/// Prints its argument.
#[tool]
async fn print(value: impl std::fmt::Display) -> Result<String> {
    Ok(value.to_string())
}

fn main() {}
