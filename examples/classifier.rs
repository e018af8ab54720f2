//! Classifies 2,000 customer messages in a batch. Shows a progress bar, writes errors to a file,
//! and adds up the token usage.
//!
//! ```text
//! cargo run --release --example classifier -- [FILE] [FOLDER] [--model MODEL]
//! ```

use std::{
    env,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use examples::{Arguments, main_of};
use indicatif::ProgressBar;
use runnable::{
    Usage,
    model::ChatRequest,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

const USAGE: &str = "\
Sorts messages of customers by their topic, one a line.

Usage: classifier [FILE] [FOLDER] [--model MODEL]

  FILE           a message on each line (default: 2,000 messages that are made up)
  FOLDER         where labels.tsv and errors.tsv go (default: a folder for
                 temporary files)
  --model MODEL  such as openai:gpt-4o-mini (default: a stand-in inside the program
                 that looks for words, and fails now and then)
";

/// The class of a customer message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema, Chunked)]
#[chunked(at_once)]
struct Label {
    topic: Topic,
    /// Whether the message requires an answer today.
    urgent: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum Topic {
    Billing,
    Delivery,
    Praise,
    Other,
}

fn main() -> ExitCode {
    main_of(USAGE, classifier)
}

async fn classifier(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let text = match arguments.rest.first() {
        Some(file) => fs::read_to_string(file).map_err(|error| {
            Error::new(ErrorKind::NotFound, format!("cannot read `{file}`: {error}"))
        })?,
        None => made_up_messages(),
    };
    let messages: Vec<_> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let folder = match arguments.rest.get(1) {
        Some(folder) => PathBuf::from(folder),
        None => env::temp_dir().join("runnable-classifier"),
    };
    fs::create_dir_all(&folder)?;
    let mut labels = BufWriter::new(File::create(folder.join("labels.tsv"))?);
    let mut errors = BufWriter::new(File::create(folder.join("errors.tsv"))?);

    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => stand_in(),
    };
    let sort = prompt((system("Sort this message of a customer."), human_template("{message}")))
        .pipe(model.temperature(0.0).with_structured_output_and_raw::<Label>());

    let inputs = messages.iter().map(|message| dict! { message: *message });
    let mut results = sort.batch_as_completed(inputs).max_concurrency(32);
    let (mut usage, mut failed) = (Usage::default(), 0);
    let progress = ProgressBar::new(messages.len() as u64);
    while let Some((index, result)) = results.next().await {
        // A model also uses tokens for an answer that cannot be parsed, so count them before the
        // result is examined.
        let label = result.and_then(|answer| {
            usage += answer.raw.usage.unwrap_or_default();
            answer.parsed
        });
        let (line, message) = (index + 1, messages[index]);
        match label {
            Ok(Label { topic, urgent }) => {
                writeln!(labels, "{line}\t{topic:?}\t{urgent}\t{message}")?;
            }
            // Stop at an error that every message would have, such as an invalid key or an unknown
            // model.
            Err(error) if is_for_all(&error) => return Err(error),
            Err(error) => {
                failed += 1;
                writeln!(errors, "{line}\t{}\t{message}", error.message().replace('\n', " "))?;
            }
        }
        progress.inc(1);
    }
    progress.finish_and_clear();
    labels.flush()?;
    errors.flush()?;

    let mut out = io::stdout();
    let (prompts, answers) = (usage.input_tokens, usage.output_tokens);
    writeln!(out, "tokens: {prompts} in prompts, {answers} in answers")?;
    let sorted = messages.len() - failed;
    writeln!(out, "{sorted} messages were classified: {}", folder.join("labels.tsv").display())?;
    writeln!(out, "{failed} failed: {}", folder.join("errors.tsv").display())?;
    Ok(())
}

fn is_for_all(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Authentication | ErrorKind::PermissionDenied | ErrorKind::NotFound
    )
}

/// Creates a scripted model, so that the program runs without a key. The model looks for keywords.
fn stand_in() -> ChatModel {
    ScriptedChatModel::from_fn(look_for_words).to_model()
}

fn look_for_words(request: &ChatRequest) -> ScriptedReply {
    let text = request.prompt.messages.last().map(Message::text).unwrap_or_default();
    let has = |words: &[&str]| words.iter().any(|word| text.contains(word));
    let topic = match () {
        () if has(&["invoice", "charged"]) => "billing",
        () if has(&["parcel", "courier"]) => "delivery",
        () if has(&["thank", "love"]) => "praise",
        () => "other",
    };
    let answer = match () {
        // Simulate an overloaded service, and a model that does not answer in JSON.
        () if has(&["No. 777 "]) => return ScriptedReply::error(busy()),
        () if has(&["50 ", "00 "]) && topic == "other" => "What a lovely day.".to_owned(),
        () => format!(r#"{{"topic": "{topic}", "urgent": {}}}"#, has(&["twice", "today"])),
    };
    let tokens = |text: &str| text.len().div_ceil(4) as u64;
    ScriptedReply::words(&answer)
        .usage(Usage::new(tokens(&request.prompt.text()), tokens(&answer)))
        .delay(Duration::from_millis(1))
}

fn busy() -> Error {
    Error::new(ErrorKind::Unavailable, "the service is overloaded")
}

fn made_up_messages() -> String {
    const WORDS: [&str; 7] = [
        "I was charged twice, please look at it.",
        "The invoice has the wrong address.",
        "My parcel has not come.",
        "The courier comes today, and I am away.",
        "Just to say thank you.",
        "We love the blue one.",
        "What are your opening hours?",
    ];
    let message = |number: usize| format!("No. {number} {}\n", WORDS[number % WORDS.len()]);
    (1..=2000).map(message).collect()
}
