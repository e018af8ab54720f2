//! Asks ten questions in five ways and compares the times: one by one, in a batch, concurrently,
//! streamed, and from code that is not async.
//!
//! ```text
//! cargo run --release --example invocation_patterns -- [--model MODEL]
//! ```

use std::{
    io::{self, Write},
    process::ExitCode,
    thread,
    time::{Duration, Instant},
};

use examples::{Arguments, main_of};
use futures::future;
use runnable::prelude::*;

const USAGE: &str = "\
Asks a model ten questions in five ways, and shows how long each takes.

Usage: invocation_patterns [--model MODEL]

  --model MODEL  such as openai:gpt-4o-mini (default: local)
";

const COUNTRIES: [&str; 10] =
    ["France", "Japan", "Peru", "Kenya", "Norway", "Egypt", "Canada", "India", "Chile", "Greece"];

fn main() -> ExitCode {
    main_of(USAGE, invocation_patterns)
}

async fn invocation_patterns(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let model = init_chat_model(arguments.model())?.temperature(0.0).max_tokens(12);
    let chain = prompt("What is the capital of {country}? Answer in one word.")
        .pipe(model)
        .pipe(text())
        .into_dyn();
    let questions = COUNTRIES.map(|country| dict! { country: country });
    let mut table = Table::default();

    // The first call loads the model or opens a connection. Make it before the comparison, so that
    // this time does not count.
    chain.invoke(questions[0].clone()).await?;

    let start = Instant::now();
    for question in &questions {
        let asked = Instant::now();
        chain.invoke(question.clone()).await?;
        table.first.get_or_insert(asked.elapsed());
    }
    table.row("one by one", start);

    let start = Instant::now();
    for answer in chain.batch(questions.clone()).max_concurrency(5).await {
        answer?;
    }
    table.row("batch, 5 at a time", start);

    let start = Instant::now();
    // A call is a future, so any combinator for futures can run it.
    let calls = questions.iter().map(|question| async { chain.invoke(question.clone()).await });
    future::try_join_all(calls).await?;
    table.row("concurrently", start);

    let start = Instant::now();
    for question in &questions {
        let asked = Instant::now();
        let mut answer = chain.stream(question.clone());
        while let Some(chunk) = answer.next().await {
            chunk?;
            table.first.get_or_insert(asked.elapsed());
        }
    }
    table.row("streamed, one by one", start);

    let start = Instant::now();
    // Block on a separate thread, because blocking here would stop this runtime.
    let blocking = chain.clone();
    let answers = thread::spawn(move || {
        let chain = Blocking::new(blocking)?;
        let asked = Instant::now();
        let first = chain.invoke(questions[0].clone())?;
        let waited = asked.elapsed();
        let rest = questions[1..].iter().map(|question| chain.invoke(question.clone()));
        let answers: Result<Vec<_>> = std::iter::once(Ok(first)).chain(rest).collect();
        answers.map(|answers| (waited, answers))
    });
    let (first, answers) =
        answers.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))?;
    table.first = Some(first);
    table.row("blocking, one by one", start);

    let mut out = io::stdout();
    write!(out, "{}", table.text)?;
    writeln!(out)?;
    for (country, answer) in COUNTRIES.iter().zip(answers) {
        writeln!(out, "{country}: {}", answer.trim())?;
    }
    Ok(())
}

/// A table with one line for each of the five ways to ask the questions.
#[derive(Default)]
struct Table {
    text: String,
    /// The time until the first chunk of the first answer.
    first: Option<Duration>,
}

impl Table {
    fn row(&mut self, way: &str, start: Instant) {
        let all = start.elapsed().as_secs_f64();
        if self.text.is_empty() {
            self.text = format!("{:<22}{:>10}{:>16}\n", "ten questions", "all", "first answer");
        }
        let first = match self.first.take() {
            Some(first) => format!("{:.3} s", first.as_secs_f64()),
            None => "–".to_owned(),
        };
        self.text += &format!("{way:<22}{:>10}{first:>16}\n", format!("{all:.2} s"));
    }
}
