use runnable_chat::prelude::*;

/// Counts the letters of a text.
#[tool]
async fn letters(text: &str) -> Result<usize> {
    Ok(text.len())
}

fn main() {}
