//! Classifies the rows of a CSV file as a job: it shows its progress, and continues after a crash.
//!
//! ```text
//! cargo run --release --example classify_csv -- [FILE] [--model MODEL]
//! ```
//!
//! Stop the program with Ctrl-C or kill it, and start it again: it continues, and does not ask the
//! model again for rows that are done. The program `runnable job run` does the same without Rust.

use std::{env, fs, path::Path, process::ExitCode, time::Duration};

use examples::{Arguments, main_of};
use runnable::{
    Usage,
    jobs::{
        Job, ProgressBar,
        inputs::CsvInputs,
        outputs::{CsvOutput, DeadLetters},
    },
    model::ChatRequest,
    parser::one_of,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};

const USAGE: &str = "\
Classifies tickets of customers.

Usage: classify_csv [FILE] [--model MODEL]

  FILE           a CSV file with the columns `id` and `text` (default: 600 tickets
                 that are made up)
  --model MODEL  such as openai:gpt-4o-mini (default: a model inside the program
                 that looks for words)
";

fn main() -> ExitCode {
    main_of(USAGE, classify_csv)
}

async fn classify_csv(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let folder = env::temp_dir().join("runnable-classify-csv");
    fs::create_dir_all(&folder)?;
    let tickets = match arguments.rest.first() {
        Some(file) => file.into(),
        None => {
            let file = folder.join("tickets.csv");
            fs::write(&file, made_up_tickets())?;
            file
        }
    };
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => ScriptedChatModel::from_fn(look_for_words).to_model(),
    };
    let chain = classifier(model.temperature(0.0));

    eprintln!("The job is in {}. Start the program again to continue.", folder.display());
    let classes = folder.join("classes.csv");
    let run = job(&folder, &tickets, chain).output(CsvOutput::new(&classes).keep_input()).run();
    let report = ProgressBar::stderr().show(run).await?;

    println!("{report}");
    println!("classes: {}", classes.display());
    if report.failed > 0 {
        println!("failed:  {}", folder.join("failed.jsonl").display());
    }
    Ok(())
}

/// A chain from a row to its class.
fn classifier(model: ChatModel) -> DynRunnable<Dict, String> {
    let task = system("Which class has this ticket? Answer delivery, payment or other.");
    prompt((task, human_template("{text}")))
        .pipe(model)
        .pipe(one_of(["delivery", "payment", "other"]))
        .into_dyn()
}

fn job(
    folder: &Path,
    tickets: &Path,
    chain: DynRunnable<Dict, String>,
) -> Job<DynRunnable<Dict, String>> {
    Job::new(folder.join("job"), chain)
        .inputs(CsvInputs::open(tickets).key("id"))
        .output(DeadLetters::new(folder.join("failed.jsonl")))
        .max_concurrency(8)
        // Something is wrong with the prompt if so many tickets fail.
        .max_failures(50)
}

/// Answers for the model, so that the program runs without a key. Some answers are not a class.
fn look_for_words(request: &ChatRequest) -> ScriptedReply {
    let text = request.prompt.messages.last().map(Message::text).unwrap_or_default();
    let class = match () {
        () if text.contains("parcel") => "delivery",
        () if text.contains("invoice") => "payment",
        () if text.contains("???") => "I do not know.",
        () => "other",
    };
    let tokens = request.prompt.text().len().div_ceil(4) as u64;
    ScriptedReply::complete(class).usage(Usage::new(tokens, 1)).delay(Duration::from_millis(100))
}

fn made_up_tickets() -> String {
    const TEXTS: [&str; 4] = [
        "My parcel has not arrived, although you promised it for Monday.",
        "The amount of the invoice is wrong.",
        "Do you sell bicycles, \"too\"?",
        "My parcel\nwas damaged.",
    ];
    let row = |id: usize| {
        let text = if id.is_multiple_of(97) { "???" } else { TEXTS[id % TEXTS.len()] };
        format!("t{id},\"{}\"\n", text.replace('"', "\"\""))
    };
    std::iter::once("id,text\n".to_owned()).chain((1..=600).map(row)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_second_run_asks_the_model_for_no_ticket_again() -> Result<()> {
        let folder = env::temp_dir().join(format!("runnable-classify-csv-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let tickets = folder.join("tickets.csv");
        fs::write(&tickets, made_up_tickets())?;

        let model = ScriptedChatModel::from_fn(look_for_words);
        let report = job(&folder, &tickets, classifier(model.to_model())).run().await?;
        assert_eq!((report.done, report.failed), (594, 6), "every 97th ticket has no class");

        let model = ScriptedChatModel::from_fn(look_for_words);
        let report = job(&folder, &tickets, classifier(model.to_model())).run().await?;
        assert_eq!((report.done, report.failed, report.skipped), (594, 6, 600));
        fs::remove_dir_all(&folder)?;
        Ok(())
    }
}
