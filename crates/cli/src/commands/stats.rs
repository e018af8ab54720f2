//! `runnable stats`: percentiles of times, tokens and costs.

use runnable::{events::Trace, pricing::Prices};

use crate::{
    arguments::Stats,
    exit::{Failure, Outcome, Result},
    input, output,
    statistics::{Group, Percentiles, Statistics},
    table::Table,
};

pub(super) fn run(arguments: &Stats) -> Result {
    let traces = arguments.files.iter().map(|file| {
        let recording = input::recording(file)?;
        Ok(Trace::from_events(recording.events()))
    });
    let traces = traces.collect::<std::result::Result<Vec<Trace>, Failure>>()?;
    let statistics = Statistics::of(&traces, &Prices::shipped());
    if arguments.json {
        output::print_json(&statistics)?;
        return Ok(Outcome::Success);
    }
    output::print(|out| {
        let Statistics { calls, steps, models } = &statistics;
        write!(out, "{}", table("call", calls))?;
        for (name, groups) in [("step", steps), ("model", models)] {
            if !groups.is_empty() {
                write!(out, "\n{}", table(name, groups))?;
            }
        }
        Ok(())
    })?;
    Ok(Outcome::Success)
}

fn table(name: &str, groups: &[Group]) -> Table {
    let columns = [
        name,
        "runs",
        "failed",
        "p50",
        "p90",
        "p99",
        "max",
        "first chunk",
        "tokens in",
        "tokens out",
        "cost",
    ];
    let mut table = Table::new(columns);
    for group in groups {
        let time = |of: fn(&Percentiles) -> f64| {
            group.duration_ms.as_ref().map(|times| duration(of(times))).unwrap_or_default()
        };
        let first_chunk = group.first_chunk_ms.as_ref().map(|times| duration(times.p50));
        table.push([
            group.name.clone(),
            group.runs.to_string(),
            count(group.failed),
            time(|times| times.p50),
            time(|times| times.p90),
            time(|times| times.p99),
            time(|times| times.max),
            first_chunk.unwrap_or_default(),
            count(group.usage.input_tokens),
            count(group.usage.output_tokens),
            group.cost_text(),
        ]);
    }
    table
}

/// Formats a number. Returns an empty text for zero, so that the other numbers are easy to see.
fn count(number: u64) -> String {
    if number == 0 { String::new() } else { number.to_string() }
}

/// Formats a number of milliseconds with a suitable unit.
fn duration(milliseconds: f64) -> String {
    match milliseconds {
        _ if milliseconds < 1.0 => format!("{:.0} µs", milliseconds * 1e3),
        _ if milliseconds < 10.0 => format!("{milliseconds:.1} ms"),
        _ if milliseconds < 1_000.0 => format!("{milliseconds:.0} ms"),
        _ if milliseconds < 120_000.0 => format!("{:.2} s", milliseconds / 1e3),
        _ => format!("{:.0} min", milliseconds / 60e3),
    }
}
