//! `runnable findings`: prints what is slow, wrong or wasted.

use runnable::events::FindingLevel;

use crate::{
    arguments::{Color, Findings},
    exit::{Outcome, Result},
    input, output,
};

pub(super) fn run(arguments: &Findings, color: Color) -> Result {
    let trace = input::trace(&arguments.recorded)?;
    let findings = trace.findings();
    let is_colored = color.on_stdout();
    output::print(|out| {
        if arguments.json {
            for finding in &findings {
                serde_json::to_writer(&mut *out, finding)?;
                writeln!(out)?;
            }
            return Ok(());
        }
        for (number, finding) in findings.iter().enumerate() {
            let separator = if number == 0 { "" } else { "\n" };
            let text = finding.to_string();
            let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
            let first = paint(first, finding.level, is_colored);
            writeln!(out, "{separator}{first}\n{rest}")?;
        }
        Ok(())
    })?;
    if findings.is_empty() {
        eprintln!("runnable: no findings");
        return Ok(Outcome::Success);
    }
    Ok(Outcome::Found)
}

fn paint(text: &str, level: FindingLevel, is_colored: bool) -> String {
    let code = match level {
        FindingLevel::Error => "31",
        FindingLevel::Warning => "33",
        _ => "36",
    };
    if is_colored { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}
