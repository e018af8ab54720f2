use runnable_chat::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

struct City {
    name: String,
}

/// Tells the weather in a city.
#[tool]
async fn weather(city: City) -> Result<String> {
    Ok(city.name)
}

#[derive(JsonSchema)]
struct Country {
    name: String,
}

/// Tells the capital of a country.
#[tool]
async fn capital(country: Country) -> Result<String> {
    Ok(country.name)
}

#[derive(Deserialize)]
struct River {
    name: String,
}

/// Tells the length of a river.
#[tool]
async fn length(river: River) -> Result<String> {
    Ok(river.name)
}

fn main() {}
