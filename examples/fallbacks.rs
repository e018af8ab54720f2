//! Shows what happens if a provider fails: which errors are retried, and which errors cause a
//! fallback to another provider.
//!
//! ```text
//! cargo run --release --example fallbacks -- [--model FIRST] [--model SECOND]
//! ```

use std::{
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use examples::{Arguments, main_of};
use runnable::prelude::*;

const USAGE: &str = "\
Asks a model that may fail, and falls back to another.

Usage: fallbacks [--model FIRST] [--model SECOND]

  FIRST   the first model (default: a local port without a server, to demonstrate a failure)
  SECOND  the model to fall back to (default: local)
";

fn main() -> ExitCode {
    main_of(USAGE, fallbacks)
}

async fn fallbacks(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let first = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => unavailable()?,
    };
    let second = init_chat_model(arguments.models.get(1).map_or("local", String::as_str))?;

    // The kind of the error decides. An invalid key is not retried, and an invalid request would be
    // invalid for the other provider as well.
    let patient = RetryPolicy::new().max_attempts(2).initial_backoff(Duration::from_millis(200));
    let model = first
        .max_tokens(60)
        .with_retry(patient)
        .with_fallback(second.temperature(0.2).max_tokens(60))
        .when(|error| error.kind() != ErrorKind::InvalidRequest)
        .on_end(|event| eprintln!("(answered after {:.2?})", event.timing.elapsed));

    let chain = prompt("Write one sentence about {topic}.").pipe(model).pipe(text());

    let mut out = io::stdout();
    let config = RunConfig::new().listener(tree.clone());
    let mut sentence = chain.stream(dict! { topic: "second chances" }).config(config);
    while let Some(chunk) = sentence.next().await {
        write!(out, "{}", chunk?)?;
        out.flush()?;
    }
    writeln!(out, "\n")?;
    // The tree shows each attempt with its error, and the run of the fallback.
    tree.flush();
    Ok(())
}

/// Creates a model whose service is not running.
fn unavailable() -> Result<ChatModel> {
    // Port 9 has no server on most machines.
    runnable::openai::openai_compatible("silent-1")
        .provider("nobody")
        .base_url("http://127.0.0.1:9/v1")
        .build()
}
