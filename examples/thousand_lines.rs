//! Classifies a thousand lines of a log, with a cache on disk and a rate limit. Shows a progress
//! bar, and the sum of the tokens.
//!
//! ```text
//! cargo run --release --example thousand_lines -- [FILE] [--model MODEL]
//! ```
//!
//! Run the program twice: the second run takes all answers from the cache.

use std::{
    collections::BTreeMap,
    env, fs,
    io::{self, Write},
    process::ExitCode,
    time::Duration,
};

use examples::{Arguments, main_of};
use indicatif::ProgressBar;
use runnable::cache::{AnswerCache, CacheExt, RedbStore};
use runnable::rate_limit::{ModelRateLimitExt, Quantity, RateLimiter};
use runnable::{
    Usage, UsageMeter,
    model::ChatRequest,
    prelude::*,
    testing::{ScriptedChatModel, ScriptedReply},
};

const USAGE: &str = "\
Classifies the lines of a log by their urgency.

Usage: thousand_lines [FILE] [--model MODEL]

  FILE           a log (default: 1,000 invented lines)
  --model MODEL  such as openai:gpt-4o-mini (default: a model inside the program
                 that looks for words)
";

fn main() -> ExitCode {
    main_of(USAGE, thousand_lines)
}

async fn thousand_lines(arguments: Arguments, _: ConsoleTree) -> Result<()> {
    let log = match arguments.rest.first() {
        Some(file) => fs::read_to_string(file).map_err(|error| {
            Error::new(ErrorKind::NotFound, format!("cannot read `{file}`: {error}"))
        })?,
        None => invented_log(),
    };
    let lines: Vec<_> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let model = match arguments.models.first() {
        Some(name) => init_chat_model(name)?,
        None => ScriptedChatModel::from_fn(look_for_words).to_model(),
    };

    let folder = env::temp_dir().join("runnable-thousand-lines");
    fs::create_dir_all(&folder)?;
    let cache = AnswerCache::new(RedbStore::open(folder.join("answers.redb"), 64 << 20)?)
        .time_to_live(Duration::from_secs(24 * 60 * 60));
    let limiter = RateLimiter::new()
        .limit(Quantity::Requests, 20, Duration::from_secs(1))
        .tokens_per_minute(200_000);
    // The limiter is inside the cache, so that only requests that are sent wait for it.
    let model = model.temperature(0.0).with_rate_limiter(&limiter).with_cache(&cache);

    let task = system("Answer with one word: error, warning or harmless.");
    let classify = prompt((task, human_template("{line}"))).pipe(model).pipe(text());
    let meter = UsageMeter::new();
    let config = RunConfig::new().listener(meter.clone()).max_concurrency(32);

    let inputs = lines.iter().map(|line| dict! { line: *line });
    let mut results = classify.batch_as_completed(inputs).config(config);
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    let progress = ProgressBar::new(lines.len() as u64);
    while let Some((_, class)) = results.next().await {
        *classes.entry(class?.trim().to_lowercase()).or_default() += 1;
        progress.inc(1);
    }
    progress.finish_and_clear();

    let mut out = io::stdout();
    for (class, count) in classes {
        writeln!(out, "{count:>5} {class}")?;
    }
    let usage = meter.totals().total().usage;
    let cached = usage.answer_cache_details;
    writeln!(out, "tokens: {} billed", usage.billed().total_tokens)?;
    let saved = cached.input_tokens + cached.output_tokens;
    writeln!(out, "        {saved} in {} answers from the cache", cached.answers)?;
    Ok(())
}

/// Answers for the model, so that the program runs without a key.
fn look_for_words(request: &ChatRequest) -> ScriptedReply {
    let line = request.prompt.messages.last().map(Message::text).unwrap_or_default();
    let class = match () {
        () if line.contains("failed") => "error",
        () if line.contains("slow") => "warning",
        () => "harmless",
    };
    let tokens = request.prompt.text().len().div_ceil(4) as u64;
    ScriptedReply::complete(class).usage(Usage::new(tokens, 1)).delay(Duration::from_millis(20))
}

/// Returns a log in which most lines occur several times, as in the logs of most services.
fn invented_log() -> String {
    const EVENTS: [&str; 4] = ["served", "failed to reach the database for", "was slow for", "saw"];
    let line = |number: usize| format!("GET /items {} item {}\n", EVENTS[number % 4], number % 60);
    (1..=1_000).map(line).collect()
}
