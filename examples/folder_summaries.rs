//! Summarizes the documents of a folder as a job. A document is summarized in parts, and a job that
//! is killed in the middle of a document continues with the next part.
//!
//! ```text
//! cargo run --release --example folder_summaries -- [FOLDER] [--model MODEL]
//! ```

use std::{env, path::PathBuf, process::ExitCode, time::Duration};

use examples::{Arguments, main_of};
use runnable::{
    Usage,
    jobs::{CheckpointExt, Job, ProgressBar, inputs::TextFileInputs, outputs::JsonLinesOutput},
    model::ChatRequest,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};

const USAGE: &str = "\
Summarizes each document of a folder.

Usage: folder_summaries [FOLDER] [--model MODEL]

  FOLDER         a folder with .md and .txt files (default: the guides of this project)
  --model MODEL  such as openai:gpt-4o-mini (default: a model inside the program
                 that quotes the first sentence)
";

/// The folder with the documents.
const GUIDES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs");

/// The length of a part of a document, in characters.
const PART: usize = 4_000;

fn main() -> ExitCode {
    main_of(USAGE, folder_summaries)
}

async fn folder_summaries(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let documents = PathBuf::from(arguments.rest.first().map_or(GUIDES, String::as_str));
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => ScriptedChatModel::from_fn(first_sentence).to_model(),
    };
    let folder = env::temp_dir().join("runnable-folder-summaries");
    let summaries = folder.join("summaries.jsonl");

    eprintln!("The job is in {}. Start the program again to continue.", folder.display());
    let run = Job::new(&folder, summarizer(model))
        .inputs(TextFileInputs::open(documents).extensions(["md", "txt"]))
        .output(JsonLinesOutput::new(&summaries))
        .max_concurrency(2)
        .run();
    let report = ProgressBar::stderr().show(run).await?;
    println!("{report}");
    println!("summaries: {}", summaries.display());
    Ok(())
}

/// A chain from a document to its summary.
fn summarizer(model: ChatModel) -> DynRunnable<Dict, String> {
    let part = prompt("Summarize this part of a document in one sentence:\n\n{part}")
        .pipe(model.clone())
        .pipe(text());
    // Each part has its own checkpoint, because each part is its own input.
    let parts = lambda(parts).pipe(part.checkpoint("part").each());
    parts
        .pipe(lambda(|sentences: Vec<String>| dict! { sentences: sentences.join("\n") }))
        .pipe(prompt("Combine these sentences into one paragraph:\n\n{sentences}"))
        .pipe(model)
        .pipe(text())
        .into_dyn()
}

/// Splits a document at the ends of lines.
fn parts(document: Dict) -> Vec<Dict> {
    let text = document.get("text").and_then(|text| text.as_str()).unwrap_or_default();
    let mut parts = vec![String::new()];
    for line in text.split_inclusive('\n') {
        if parts.last().is_some_and(|part| part.len() + line.len() > PART) {
            parts.push(String::new());
        }
        parts.last_mut().unwrap().push_str(line);
    }
    parts.into_iter().map(|part| dict! { part: part }).collect()
}

/// Answers for the model, so that the program runs without a key.
fn first_sentence(request: &ChatRequest) -> ScriptedReply {
    let text = request.prompt.messages.last().map(Message::text).unwrap_or_default();
    let (_, document) = text.split_once("\n\n").unwrap_or_default();
    let sentence = document.split(". ").next().unwrap_or_default();
    let sentence: String = sentence.chars().take(200).collect();
    let tokens = text.len().div_ceil(4) as u64;
    ScriptedReply::complete(sentence)
        .usage(Usage::new(tokens, 50))
        .delay(Duration::from_millis(300))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_document_are_the_document() {
        let text = "A line of a document.\n".repeat(1_000);
        let parts = parts(dict! { text: text.clone() });
        assert!(parts.len() > 1);
        let joined: String = parts.iter().map(|part| part["part"].as_str().unwrap()).collect();
        assert_eq!(joined, text);
    }
}
