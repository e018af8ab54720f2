use runnable_chat::prelude::*;

/// Tells the weather in a city.
#[tool]
async fn weather(city: String) -> Result<String> {
    Ok(city)
}

fn main() {}
