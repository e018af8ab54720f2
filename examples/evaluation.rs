//! Evaluates two prompts on the same examples, prints a table, and compares the prompts example by
//! example.
//!
//! ```text
//! cargo run --release --example evaluation -- [FOLDER] [--model MODEL]
//! ```
//!
//! Stop the program with Ctrl-C and start it again: it continues with the answers in the folder.

use std::{
    env,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use examples::{Arguments, main_of};
use runnable::{
    Usage,
    evaluations::{Evaluation, Example, Scored, exact_match, examples, judge},
    jobs::ProgressBar,
    model::ChatRequest,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};

const USAGE: &str = "\
Compares two prompts that classify the messages of customers.

Usage: evaluation [FOLDER] [--model MODEL]

  FOLDER         the folder of the answers and scores (default: a folder in the
                 temporary folder of the system)
  --model MODEL  such as openai:gpt-4o-mini (default: a model inside the program
                 that looks for words)
";

/// Messages of customers, with their subjects.
const MESSAGES: [(&str, &str); 20] = [
    ("My parcel has not arrived.", "delivery"),
    ("The parcel was left in the rain.", "delivery"),
    ("Where is my order? It should have been here on Monday.", "delivery"),
    ("You sent the parcel to my old address.", "delivery"),
    ("Can I change the delivery date?", "delivery"),
    ("I was charged twice.", "billing"),
    ("My invoice has the wrong address.", "billing"),
    ("Please refund the parcel that I returned.", "billing"),
    ("Do you accept bank transfers?", "billing"),
    ("The invoice for my parcel is missing.", "billing"),
    ("I paid for express delivery, and want the surcharge back.", "billing"),
    ("Why was my card declined?", "billing"),
    ("The kettle leaks.", "product"),
    ("How do I descale the kettle?", "product"),
    ("The lid of the pot does not fit.", "product"),
    ("Is the charger included?", "product"),
    ("The screen has a crack.", "product"),
    ("Does the lamp work with 110 volts?", "product"),
    ("The parcel was fine, but the lamp flickers.", "product"),
    ("The app does not find my kettle.", "product"),
];

fn main() -> ExitCode {
    main_of(USAGE, evaluate)
}

async fn evaluate(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let folder = match arguments.rest.first() {
        Some(folder) => PathBuf::from(folder),
        None => env::temp_dir().join("runnable-evaluation"),
    };
    let (name, model) = match arguments.models.first() {
        Some(name) => (name.clone(), init_chat_model(name)?.temperature(0.0)),
        None => ("words".to_owned(), ScriptedChatModel::from_fn(look_for_words).to_model()),
    };

    let short = "Classify the message of a customer. Answer with one word: delivery, billing or \
                 product.";
    let rules = "Classify the message of a customer. Money, also for a parcel, is billing. What a \
                 thing does is product. The rest is delivery. Answer with one word: delivery, \
                 billing or product.";
    let chain = |task: &str| {
        prompt((system(task), human_template("{message}"))).pipe(model.clone()).pipe(text())
    };
    let is_subject = lambda(|scored: Scored| {
        ["delivery", "billing", "product"].contains(&scored.output_text().trim())
    });
    let rubric = "Would a support team send the message to the department in the output?";

    let report = Evaluation::new(folder.join(name.replace(|c: char| !c.is_alphanumeric(), "-")))
        .examples(examples(
            MESSAGES.map(|(message, subject)| Example::new(dict! { message: message }, subject)),
        ))
        .candidate((&name, "short"), chain(short))
        .candidate((&name, "rules"), chain(rules))
        .scorer("correct", exact_match().trimmed())
        .scorer("one word", is_subject)
        .scorer("judge", judge(model.clone(), rubric).pass_or_fail())
        .max_concurrency(8)
        .run_jobs_with(|name, run| async { ProgressBar::stderr().label(name).show(run).await })
        .run()
        .await?;

    let mut out = io::stdout();
    writeln!(out, "{report}")?;
    if let [short, rules] = &report.candidates[..] {
        write!(out, "{}", rules.compare(short))?;
    }
    Ok(())
}

/// Answers for the model, so that the program runs without a key.
fn look_for_words(request: &ChatRequest) -> ScriptedReply {
    let task = request.prompt.messages.first().map(Message::text).unwrap_or_default();
    let message = request.prompt.messages.last().map(Message::text).unwrap_or_default();
    let message = message.to_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| message.contains(word));
    let is_billing = has(&["charged", "invoice", "refund", "bank", "surcharge", "card"]);
    let is_delivery = has(&["parcel", "order", "delivery"]);

    let answer = if task.starts_with("You judge") {
        let passes = !message.contains("\"output\":\"delivery\"") || !is_billing;
        format!(r#"{{"reasons": "The words of the message decide.", "passes": {passes}}}"#)
    } else if task.contains("Money") {
        let subjects =
            [(is_billing, "billing"), (has(&["lamp"]), "product"), (is_delivery, "delivery")];
        let subject = subjects.iter().find(|(is_subject, _)| *is_subject);
        subject.map_or("product", |(_, subject)| subject).to_owned()
    } else {
        let subjects = [(is_delivery, "delivery"), (is_billing, "billing")];
        let subject = subjects.iter().find(|(is_subject, _)| *is_subject);
        subject.map_or("product", |(_, subject)| subject).to_owned()
    };
    let tokens = request.prompt.text().len().div_ceil(4) as u64;
    ScriptedReply::complete(answer).usage(Usage::new(tokens, 1)).delay(Duration::from_millis(20))
}
