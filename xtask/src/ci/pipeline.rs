//! Runs the steps of CI in order, up to the first failure.

use std::io::Write;
use std::time::{Duration, Instant};

use super::step::Step;
use crate::failure::Failure;
use crate::paint::Paint;
use crate::table::Table;

/// Runs all steps, or only the step with the name `only`.
pub(crate) fn run(only: Option<&str>, out: &mut dyn Write) -> Result<(), Failure> {
    run_steps(&chosen(Step::all(), only)?, out)
}

/// Prints the steps, each with its command line.
pub(crate) fn list(out: &mut dyn Write) -> Result<(), Failure> {
    let steps = Step::all();
    let width = steps.iter().map(|step| step.name.len()).max().unwrap_or_default();
    for step in steps {
        writeln!(out, "{:width$}  {step}", step.name)?;
    }
    Ok(())
}

fn chosen(steps: Vec<Step>, only: Option<&str>) -> Result<Vec<Step>, Failure> {
    let Some(only) = only else { return Ok(steps) };
    let names = steps.iter().map(|step| step.name).collect::<Vec<_>>().join(", ");
    let chosen: Vec<_> = steps.into_iter().filter(|step| step.name == only).collect();
    if chosen.is_empty() {
        return Err(Failure::Usage(format!("unknown step `{only}`: expected one of {names}")));
    }
    Ok(chosen)
}

fn run_steps(steps: &[Step], out: &mut dyn Write) -> Result<(), Failure> {
    let mut table = Table::new(["step", "time", "result"]);
    let mut outcome = Ok(());
    for (at, step) in steps.iter().enumerate() {
        if outcome.is_err() {
            table.push([step.name.into(), "-".into(), "not run".into()]);
            continue;
        }
        let heading = format!("==> {}/{} {}: {step}", at + 1, steps.len(), step.name);
        writeln!(out, "\n{}", Paint::Bold.on(&heading))?;
        let start = Instant::now();
        outcome = step.run(out).map_err(|why| repeatable(step, &why));
        let result = if outcome.is_ok() { "ok" } else { "failed" };
        table.push([step.name.into(), seconds(start.elapsed()), result.into()]);
    }
    write!(out, "\n{table}")?;
    let verdict = match outcome {
        Ok(()) => Paint::Green.on("all steps passed"),
        Err(_) => Paint::Red.on("failed"),
    };
    writeln!(out, "{verdict}")?;
    outcome
}

/// Returns the failure of a step, with the command that repeats this step added to its message.
fn repeatable(step: &Step, why: &Failure) -> Failure {
    let why = match why {
        Failure::Usage(why) | Failure::Check(why) => why,
    };
    Failure::Check(format!("{why}\nto repeat it: cargo xtask ci --only {}", step.name))
}

fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_is_selected_by_name() {
        let steps = chosen(Step::all(), Some("tidy")).expect("a step");
        assert_eq!(steps.iter().map(|step| step.name).collect::<Vec<_>>(), ["tidy"]);
        let failure = chosen(Step::all(), Some("tidi")).expect_err("no step");
        assert!(
            matches!(&failure, Failure::Usage(why) if why.contains("fmt, clippy")),
            "{failure}"
        );
    }

    #[test]
    fn no_step_runs_after_a_failure() {
        let steps = [
            Step::chore("one", "cargo one", |out| Ok(writeln!(out, "one runs")?)),
            Step::chore("two", "cargo two", |_| Err(Failure::Check("two is wrong".into()))),
            Step::chore("three", "cargo three", |out| Ok(writeln!(out, "three runs")?)),
        ];
        let mut out = Vec::new();
        let failure = run_steps(&steps, &mut out).expect_err("two fails");
        assert_eq!(failure.to_string(), "two is wrong\nto repeat it: cargo xtask ci --only two");
        let out = String::from_utf8(out).expect("text");
        assert!(out.contains("==> 2/3 two: cargo two"), "{out}");
        assert!(out.contains("one runs") && !out.contains("three runs"), "{out}");
        let result = |name| out.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        assert!(result("one  ").ends_with(" ok"), "{out}");
        assert!(result("two  ").ends_with(" failed"), "{out}");
        assert!(result("three  ").ends_with(" not run"), "{out}");
    }
}
