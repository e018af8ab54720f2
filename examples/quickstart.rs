//! A chain on a real model: prompt, model, parser; streamed, watched, and run on a batch.
//!
//! ```text
//! cargo run --release --example quickstart -- [TOPIC] [--model FILE]
//! ```

use std::{
    env,
    io::{self, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use providers_local::LocalModel;
use runnable_chat::prelude::*;
use runnable_events::ConsoleTree;

const USAGE: &str = "\
Streams a sentence about a topic from a language model on this machine.

Usage: quickstart [TOPIC] [--model FILE]

  TOPIC         what to write about (default: the sea)
  --model FILE  a GGUF file of the llama family (default: SmolLM2-135M-Instruct,
                fetched once, 98 MB)
";

fn main() -> ExitCode {
    let arguments = match Arguments::parse(env::args().skip(1)) {
        Ok(Some(arguments)) => arguments,
        Ok(None) => {
            print!("{USAGE}");
            return ExitCode::SUCCESS;
        }
        Err(wrong) => {
            eprint!("quickstart: {wrong}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            eprintln!("quickstart: no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let code = runtime.block_on(quickstart(arguments));
    // A fetch that was cancelled may still wait for a server that keeps silent.
    runtime.shutdown_timeout(Duration::from_secs(1));
    code
}

async fn quickstart(arguments: Arguments) -> ExitCode {
    // Held back, since the answer is printed to the same terminal meanwhile.
    let tree = ConsoleTree::stderr().held();
    // Ctrl-C drops the call, and a dropped call is a cancelled one.
    let result = tokio::select! {
        result = run(arguments, &tree) => Some(result),
        _ = tokio::signal::ctrl_c() => None,
    };
    match result {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Some(Err(error)) => {
            eprintln!();
            tree.release();
            eprintln!("quickstart: {error}");
            ExitCode::FAILURE
        }
        None => {
            eprintln!("\n");
            tree.release();
            ExitCode::from(130)
        }
    }
}

async fn run(arguments: Arguments, tree: &ConsoleTree) -> Result<()> {
    let mut out = io::stdout();
    let model = load(arguments.model).await?;

    let chain = prompt("Write one sentence about {topic}.")
        .pipe(model.temperature(0.6).seed(7).max_tokens(64))
        .pipe(text());

    let watched = Config::new().listener(tree.clone());
    let mut answer = chain.stream(args! { topic: &*arguments.topic }).config(watched.clone());
    while let Some(chunk) = answer.next().await {
        write!(out, "{}", chunk?)?;
        out.flush()?;
    }
    writeln!(out, "\n")?;
    tree.release();

    let topics = ["the moon", "bread", "a small town", "winter"];
    writeln!(out, "\nFour more, two at a time, as they complete:\n")?;
    let inputs = topics.map(|topic| args! { topic: topic });
    let mut results = chain.batch_as_completed(inputs).max_concurrency(2).config(watched);
    while let Some((index, result)) = results.next().await {
        // One that fails does not touch the others.
        let said = result.map_or_else(|error| format!("✗ {error}"), |text| text.trim().to_owned());
        writeln!(out, "{}: {said}", topics[index])?;
    }
    writeln!(out)?;
    tree.release();
    Ok(())
}

async fn load(path: Option<String>) -> Result<ChatModel> {
    let start = Instant::now();
    let local = match path {
        Some(path) => LocalModel::new().path(path),
        None => LocalModel::new(),
    };
    let model = local.load().await?;
    eprintln!("Loaded {} in {:.1} s.\n", model.model().unwrap_or("the model"), seconds(start));
    Ok(model)
}

fn seconds(start: Instant) -> f64 {
    start.elapsed().as_secs_f64()
}

/// Whoever read our output has had enough, as `head` does.
fn is_broken_pipe(error: &Error) -> bool {
    let broken = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    error.downcast_ref::<io::Error>().is_some_and(broken)
}

struct Arguments {
    topic: String,
    model: Option<String>,
}

impl Arguments {
    /// `None` if help is asked for.
    fn parse(mut given: impl Iterator<Item = String>) -> Result<Option<Self>, String> {
        let (mut topic, mut model) = (None, None);
        while let Some(argument) = given.next() {
            match argument.as_str() {
                "-h" | "--help" => return Ok(None),
                "--model" => model = Some(given.next().ok_or("--model needs a file")?),
                option if option.starts_with('-') => return Err(format!("no option {option}")),
                _ if topic.is_none() => topic = Some(argument),
                _ => return Err(format!("one topic is enough; quote it if it is `… {argument}`")),
            }
        }
        Ok(Some(Self { topic: topic.unwrap_or_else(|| "the sea".into()), model }))
    }
}
