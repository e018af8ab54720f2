//! Asks several models the same question at the same time, and compares their token usage and
//! times.
//!
//! ```text
//! cargo run --release --example models_side_by_side -- [QUESTION] --model A --model B …
//! ```

use std::{
    io::{self, Write},
    process::ExitCode,
    time::{Duration, Instant},
};

use examples::{Arguments, main_of};
use futures::{StreamExt, stream::FuturesUnordered};
use runnable::prelude::*;

const USAGE: &str = "\
Asks several models one question at once, and shows what each answer took.

Usage: models_side_by_side [QUESTION] [--model MODEL]…

  QUESTION       what to ask (default: why the sky is blue)
  --model MODEL  such as openai:gpt-4o-mini; as often as you like (default: local,
                 once calm and once bold)
";

fn main() -> ExitCode {
    main_of(USAGE, models_side_by_side)
}

async fn models_side_by_side(arguments: Arguments, tree: ConsoleTree) -> Result<()> {
    let question = arguments.text("Why is the sky blue? Answer in one sentence.");
    let mut models = Vec::new();
    for name in &arguments.models {
        models.push((name.clone(), init_chat_model(name)?.max_tokens(200)));
    }
    if models.is_empty() {
        let local = init_chat_model("local")?.max_tokens(60);
        models.push(("local, calm".into(), local.clone().temperature(0.0)));
        models.push(("local, bold".into(), local.temperature(0.9)));
    }

    let ask = |(name, model): (String, ChatModel)| {
        let config = RunConfig::new().run_name(name.clone()).listener(tree.clone());
        let call = model.invoke(question.clone()).config(config);
        async move {
            let start = Instant::now();
            (name, call.await, start.elapsed())
        }
    };
    let mut answers: FuturesUnordered<_> = models.into_iter().map(ask).collect();

    let mut out = io::stdout();
    let mut rows = Vec::new();
    while let Some((name, answer, took)) = answers.next().await {
        match &answer {
            Ok(answer) => writeln!(out, "{name}:\n{}\n", answer.text().trim())?,
            // If one model fails, the others continue.
            Err(error) => writeln!(out, "{name}:\n✗ {error}\n")?,
        }
        rows.push((name, answer.ok(), took));
    }
    write!(out, "{}", table(&rows))?;
    Ok(())
}

fn table(rows: &[(String, Option<AiMessage>, Duration)]) -> String {
    let width = rows.iter().map(|(name, ..)| name.chars().count()).max().unwrap_or(0).max(5);
    let mut text = format!(
        "{:<width$}{:>10}{:>10}{:>10}{:>12}{:>10}\n",
        "model", "time", "prompt", "answer", "thereof", "tokens/s"
    );
    text +=
        &format!("{:<width$}{:>10}{:>10}{:>10}{:>12}\n", "", "", "tokens", "tokens", "reasoning");
    let number = |count: Option<u64>| count.map_or("–".to_owned(), |count| count.to_string());
    for (name, answer, took) in rows {
        let usage = answer.as_ref().and_then(|answer| answer.usage);
        let speed = usage.map(|usage| usage.output_tokens as f64 / took.as_secs_f64());
        text += &format!(
            "{name:<width$}{:>10}{:>10}{:>10}{:>12}{:>10}\n",
            format!("{:.2} s", took.as_secs_f64()),
            number(usage.map(|usage| usage.input_tokens)),
            number(usage.map(|usage| usage.output_tokens)),
            number(usage.map(|usage| usage.output_token_details.reasoning)),
            speed.map_or("–".to_owned(), |speed| format!("{speed:.1}")),
        );
    }
    text
}
