use runnable_chat::prelude::*;

/// Tells the time.
#[tool]
struct Clock;

fn main() {}
