//! Measures the cost of a model in addition to the network: `cargo bench -p providers-openai`.
//!
//! The program compares a model with a minimal client ([bare]), which uses the same HTTP client and
//! reads only the text of the JSON. Both send requests to the same [server]. The server is a
//! separate process, so the CPU time of this process is the time of the model or of the minimal
//! client. The two take turns. The program prints the medians of their times, and the median of the
//! ratio within each turn. With `-- --check`, the program fails if the model misses a goal.

mod bare;
mod clock;
mod model;
mod sample;
mod server;

use std::{env, fmt, process::ExitCode};

use bare::Read;
use clock::{Spent, measure};
use runnable_core::{Error, ErrorKind, Result};
use server::{Address, Server};

/// The number of tokens of a streamed response.
const TOKENS: usize = 20_000;
/// The number of requests in a batch.
const REQUESTS: usize = 10_000;
/// The number of requests of a batch that run at once.
const AT_ONCE: usize = 64;

/// The time until the server sends a complete response, in milliseconds. It is shorter than the
/// time of any real model.
const MODEL_MILLIS: usize = 5;

/// The maximum time of a model for a streamed response, relative to the minimal client.
const MOST_TIME: f64 = 1.5;
/// The minimum throughput of a model in a batch, relative to the minimal client.
const LEAST_THROUGHPUT: f64 = 0.9;
/// The maximum time of calls that each create a new model, relative to calls of one model.
const MOST_FOR_MODELS: f64 = 1.3;

fn main() -> ExitCode {
    let words: Vec<String> = env::args().skip(1).collect();
    let says = |word: &str| words.iter().any(|it| it == word);
    let done = match says(server::SERVE) {
        true => {
            server::serve().map(|()| true).map_err(|error| Error::wrap(ErrorKind::Other, error))
        }
        false if says("--bench") => compare(&Plan::FULL),
        // `cargo test` runs this program too, without the argument `--bench`.
        false => compare(&Plan::SHORT),
    };
    match done {
        Ok(good) if good || !says("--check") => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// The amount of work to measure.
struct Plan {
    tokens: usize,
    answers: usize,
    requests: usize,
    batches: usize,
    models: usize,
}

impl Plan {
    const FULL: Self =
        Self { tokens: TOKENS, answers: 25, requests: REQUESTS, batches: 7, models: 1_000 };
    const SHORT: Self = Self { tokens: 200, answers: 1, requests: 100, batches: 1, models: 20 };
}

/// Measures everything, prints the results, and returns whether the goals were reached.
#[tokio::main(flavor = "current_thread")]
async fn compare(plan: &Plan) -> Result<bool> {
    let server = Server::start().map_err(|error| Error::wrap(ErrorKind::Other, error))?;
    let mut good = true;
    println!("a streamed answer of {} tokens, {}:", plan.tokens, clock::WHAT);
    for (per_write, name) in [(64, "64 events a write"), (1, "1 event a write")] {
        let turns = answers(plan, &server.streaming(plan.tokens, per_write)).await?;
        let cost = |spent: &Spent| spent.own.as_secs_f64() * 1e3;
        let line = Comparison::of(&turns, cost);
        good &= line.ratio <= MOST_TIME;
        println!("  {name:<18} {line:.1} ms; the goal is {MOST_TIME:.2} at most");
    }
    println!("a batch of {} requests, {AT_ONCE} at a time:", plan.requests);
    let settings = [
        (MODEL_MILLIS, Read::Text, "answered in 5 ms"),
        // These two measure only the clients, because the server responds without a delay. No real
        // model is that fast.
        (0, Read::Text, "answered at once"),
        (0, Read::Value, "… against `Value`"),
    ];
    for (millis, how, name) in settings {
        let turns = batches(plan, &server.answering(millis), how).await?;
        let throughput = |spent: &Spent| plan.requests as f64 / spent.wall.as_secs_f64();
        let line = Comparison::of(&turns, throughput);
        let goal = match millis {
            0 => String::new(),
            _ => format!("; the goal is {LEAST_THROUGHPUT:.2} at least"),
        };
        good &= millis == 0 || line.ratio >= LEAST_THROUGHPUT;
        println!("  {name:<18} {line:.0} /s{goal}");
        let cost = |spent: &Spent| spent.own.as_secs_f64() * 1e6 / plan.requests as f64;
        println!("  {:<18} {:.1} µs a request", clock::WHAT, Comparison::of(&turns, cost));
    }
    println!("{} calls of a model each, against as many of one model:", plan.models);
    let turns = models(plan, &server.answering(0)).await?;
    let cost = |spent: &Spent| spent.own.as_secs_f64() * 1e6 / plan.models as f64;
    let line = Comparison::of(&turns, cost);
    good &= line.ratio <= MOST_FOR_MODELS;
    let [one, each] = [line.bare, line.model];
    println!(
        "  {:<18} ratio {:.2}: {each:.1} µs a call, {one:.1} with one model; the goal is \
         {MOST_FOR_MODELS:.2} at most",
        clock::WHAT,
        line.ratio
    );
    println!("{}", if good { "all goals are reached" } else { "a goal is MISSED" });
    Ok(good)
}

/// The times of the minimal client and of the model, turn by turn.
type Turns = Vec<(Spent, Spent)>;

async fn answers(plan: &Plan, address: &Address) -> Result<Turns> {
    let (bare, model) = (bare::Client::new(address)?, model::model(address)?);
    let mut turns = Turns::new();
    // The first turn opens connections, so it does not count.
    for _ in 0..=plan.answers {
        let (spent_by_bare, said) = measure(bare.stream()).await?;
        let (spent, said_to_model) = measure(model::stream(&model)).await?;
        agree(said, said_to_model)?;
        turns.push((spent_by_bare, spent));
    }
    Ok(turns.split_off(1))
}

async fn batches(plan: &Plan, address: &Address, how: Read) -> Result<Turns> {
    let (bare, model) = (bare::Client::new(address)?, model::model(address)?);
    let mut turns = Turns::new();
    for _ in 0..=plan.batches {
        let (spent_by_bare, said) = measure(bare.batch(plan.requests, AT_ONCE, how)).await?;
        let (spent, said_to_model) = measure(model::batch(&model, plan.requests, AT_ONCE)).await?;
        agree(said, said_to_model)?;
        turns.push((spent_by_bare, spent));
    }
    Ok(turns.split_off(1))
}

/// Measures calls of one model, and calls that each create a new model.
async fn models(plan: &Plan, address: &Address) -> Result<Turns> {
    let mut turns = Turns::new();
    for _ in 0..=plan.batches {
        let (spent_by_one, said) = measure(model::calls_of_one(address, plan.models)).await?;
        let (spent, said_to_each) = measure(model::calls_of_each(address, plan.models)).await?;
        agree(said, said_to_each)?;
        turns.push((spent_by_one, spent));
    }
    Ok(turns.split_off(1))
}

/// Checks that both clients have read the same number of bytes.
fn agree(bare: usize, model: usize) -> Result<()> {
    if bare == model && bare > 0 {
        return Ok(());
    }
    let what = format!("the bare loop read {bare} bytes of text, and the model {model}");
    Err(Error::new(ErrorKind::Other, what))
}

/// The medians of the measurements.
struct Comparison {
    bare: f64,
    model: f64,
    ratio: f64,
}

impl Comparison {
    fn of(turns: &Turns, figure: impl Fn(&Spent) -> f64) -> Self {
        let median = |of: &dyn Fn(&(Spent, Spent)) -> f64| {
            let mut figures: Vec<f64> = turns.iter().map(of).collect();
            figures.sort_by(f64::total_cmp);
            figures[figures.len() / 2]
        };
        Self {
            bare: median(&|(bare, _)| figure(bare)),
            model: median(&|(_, model)| figure(model)),
            ratio: median(&|(bare, model)| figure(model) / figure(bare)),
        }
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = f.precision().unwrap_or_default();
        let Self { bare, model, ratio } = self;
        write!(f, "ratio {ratio:.2}: model {model:.digits$}, bare {bare:.digits$}")
    }
}
