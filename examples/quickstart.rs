//! Calls a chain of a prompt, a real model and a parser: streams an answer, prints the tree of
//! runs, and runs the chain for a batch of inputs.
//!
//! ```text
//! cargo run --release --example quickstart -- [TOPIC] [--model MODEL]
//! ```

use std::{
    io::{self, Write},
    process::ExitCode,
};

use examples::{Arguments, main_of};
use runnable::prelude::*;

const USAGE: &str = "\
Streams a sentence about a topic from a language model.

Usage: quickstart [TOPIC] [--model MODEL]

  TOPIC          what to write about (default: the sea)
  --model MODEL  such as openai:gpt-4o-mini, anthropic:claude-sonnet-4-5, or a GGUF
                 file of the llama family (default: local, SmolLM2-135M-Instruct,
                 fetched once, 98 MB)
";

fn main() -> ExitCode {
    main_of(USAGE, quickstart)
}

async fn quickstart(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let mut out = io::stdout();
    let model = init_chat_model(arguments.model())?;

    let chain = prompt("Write one sentence about {topic}.")
        .pipe(model.temperature(0.6).max_tokens(64))
        .pipe(text());

    let watched = RunConfig::new().listener(tree.clone());
    let topic = arguments.text("the sea");
    let mut answer = chain.stream(dict! { topic: topic }).config(watched.clone());
    while let Some(chunk) = answer.next().await {
        write!(out, "{}", chunk?)?;
        out.flush()?;
    }
    writeln!(out, "\n")?;
    tree.flush();

    let topics = ["the moon", "bread", "a small town", "winter"];
    writeln!(out, "\nFour more topics, two at a time, in the order of completion:\n")?;
    let inputs = topics.map(|topic| dict! { topic: topic });
    let mut results = chain.batch_as_completed(inputs).max_concurrency(2).config(watched);
    while let Some((index, result)) = results.next().await {
        // If one call fails, the others continue.
        let said = result.map_or_else(|error| format!("✗ {error}"), |text| text.trim().to_owned());
        writeln!(out, "{}: {said}", topics[index])?;
    }
    writeln!(out)?;
    tree.flush();
    Ok(())
}
