//! `runnable run`: asks a model one question.

use std::io::{self, IsTerminal, Write};

use runnable::{
    events::{ConsoleTree, Recorder},
    prelude::*,
};
use serde_json::json;
use tokio::task::spawn_blocking;

use crate::{
    arguments::{Color, Run},
    exit::{self, Failure, Outcome, Output, Result},
    interrupt::until_ctrl_c,
};

pub(super) fn run(arguments: &Run, color: Color) -> Result {
    let runtime = tokio::runtime::Runtime::new()
        .map_err(|error| Failure::new(format!("failed to start the Tokio runtime: {error}")))?;
    // Ctrl-C drops the call, which cancels it.
    let result = runtime.block_on(until_ctrl_c(ask(arguments, color)));
    // Do not wait for the thread that reads standard input.
    runtime.shutdown_background();
    result
}

async fn ask(arguments: &Run, color: Color) -> Result {
    let mut model = init_chat_model(&arguments.model)?;
    if let Some(temperature) = arguments.temperature {
        model = model.temperature(temperature);
    }
    if let Some(max_tokens) = arguments.max_tokens {
        model = model.max_tokens(max_tokens);
    }
    let mut messages = Vec::new();
    messages.extend(arguments.system.as_deref().map(system));
    messages.push(human(question(&arguments.prompt).await?));

    // Buffer the tree. Otherwise its lines would appear between the parts of the answer on a
    // terminal.
    let tree = ConsoleTree::stderr().colors(color.wanted(io::stderr().is_terminal())).buffered();
    let mut config = RunConfig::new();
    if !arguments.quiet {
        config = config.listener(tree.clone());
    }
    let recorder = match &arguments.record {
        Some(file) => Some(Recorder::to_file(file).map_err(|error| {
            Failure::new(format!("failed to open the recording `{}`: {error}", file.display()))
        })?),
        None => None,
    };
    if let Some(recorder) = &recorder {
        config = config.listener(recorder.clone());
    }
    let answer = if arguments.json {
        print_as_json(&model, messages.into(), config).await
    } else {
        print_as_it_arrives(&model, messages.into(), config).await
    };
    tree.flush();
    let Some(Err(error)) = recorder.map(|recorder| recorder.finish()) else {
        return answer.map(|()| Outcome::Success);
    };
    // A closed pipe is a failure, too, because the recording is not complete.
    let failed_recording = Failure::new(format!("failed to write the recording: {error}"));
    if answer.is_err() {
        // The error of the call is more important, so it is the last.
        eprintln!("runnable: {failed_recording}");
    }
    answer.and(Err(failed_recording))
}

async fn print_as_it_arrives(
    model: &ChatModel,
    prompt: PromptValue,
    config: RunConfig,
) -> Result<()> {
    let mut out = io::stdout();
    let mut chunks = model.stream(prompt).config(config);
    while let Some(chunk) = chunks.next().await {
        let written = out.write_all(chunk?.text().as_bytes()).and_then(|()| out.flush());
        if exit::of_writing(written, "to standard output")? == Output::Closed {
            // Return, which drops the stream and cancels the call. Otherwise the model would
            // generate, and charge for, text that is not read.
            return Ok(());
        }
    }
    exit::of_writing(writeln!(out), "to standard output")?;
    Ok(())
}

async fn print_as_json(model: &ChatModel, prompt: PromptValue, config: RunConfig) -> Result<()> {
    let answer = model.invoke(prompt).config(config).await?;
    let json = json!({
        "text": answer.text(),
        "finish_reason": answer.finish_reason,
        "usage": answer.usage,
    });
    exit::of_writing(writeln!(io::stdout(), "{json}"), "to standard output")?;
    Ok(())
}

/// Joins the words of a prompt. Replaces the word `-` by the text of standard input.
async fn question(words: &[String]) -> Result<String> {
    let mut texts = Vec::new();
    for word in words {
        if word == "-" {
            // Read on another thread, so that Ctrl-C ends the program while it waits for input.
            let read = spawn_blocking(|| io::read_to_string(io::stdin())).await;
            texts.push(read.map_err(io::Error::from).flatten().map_err(|error| {
                Failure::new(format!("failed to read the prompt from standard input: {error}"))
            })?);
        } else {
            texts.push(word.clone());
        }
    }
    Ok(texts.join(" "))
}
