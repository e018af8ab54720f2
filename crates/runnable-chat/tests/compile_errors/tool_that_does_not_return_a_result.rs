use runnable_chat::prelude::*;

struct Time(u8);

/// Tells the time.
#[tool]
async fn clock() -> String {
    "noon".into()
}

/// Stops the clock.
#[tool]
async fn stop() {}

/// Tells the hour.
#[tool]
async fn hour() -> Result<Time> {
    Ok(Time(12))
}

/// Tells the minute.
#[tool]
async fn minute() -> Result<u8, std::num::ParseIntError> {
    "12".parse()
}

fn main() {}
