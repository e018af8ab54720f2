//! [`notes`]: what the reader of a table must know besides the numbers.

use std::fmt::Write;

use super::candidate_report::CandidateReport;

/// The length in characters at which an error is cut, because an error can contain the answer of a
/// model. The file of the report has the complete errors.
const LONGEST_ERROR: usize = 200;

/// Returns a line for each problem of the report, and for the cost of each scorer.
pub(super) fn notes(candidates: &[CandidateReport]) -> String {
    let mut notes = String::new();
    if let Some(candidate) = candidates.first() {
        missing_values(&mut notes, candidate);
    }
    for candidate in candidates {
        failures(&mut notes, candidate);
        scorers(&mut notes, candidate);
    }
    notes
}

/// Adds how many examples have no expected value. All candidates have the same examples.
fn missing_values(notes: &mut String, candidate: &CandidateReport) {
    let mut missing = candidate.items.iter().filter(|item| item.lacks_expected);
    // Without a scorer, nothing is compared with an expected value.
    let (Some(first), false) = (missing.next(), candidate.scores.is_empty()) else { return };
    let examples = match 1 + missing.count() {
        1 => "1 example has".to_owned(),
        count => format!("{count} examples have"),
    };
    _ = writeln!(notes, "{examples} no expected value; the first is `{}`", first.key);
}

/// Adds how often a candidate failed, and its first error.
fn failures(notes: &mut String, candidate: &CandidateReport) {
    let errors = candidate.items.iter().filter_map(|item| Some((&item.key, item.error.as_ref()?)));
    let examples = match candidate.failed {
        1 => "1 example".to_owned(),
        count => format!("{count} examples"),
    };
    if let Some(first) = first(errors) {
        _ = writeln!(notes, "{} failed for {examples}; {first}", candidate.name);
    }
}

/// Adds what each scorer cost, how often it failed, and its first error.
fn scorers(notes: &mut String, candidate: &CandidateReport) {
    let name = &candidate.name;
    for summary in &candidate.scores {
        let scorer = &summary.scorer;
        if !summary.usage.is_empty() {
            _ = writeln!(notes, "scoring {name} by {scorer}: {}", summary.usage);
        }
        let errors = candidate.items.iter().filter_map(|item| {
            let error = item.scores.get(scorer)?.error.as_ref()?;
            Some((&item.key, error))
        });
        let answers = match summary.failed {
            1 => "1 answer has".to_owned(),
            count => format!("{count} answers have"),
        };
        if let Some(first) = first(errors) {
            _ = writeln!(
                notes,
                "{name}: {answers} no score by {scorer}, because it failed; {first}"
            );
        }
    }
}

/// Returns the first error and its example.
fn first<'a>(mut errors: impl Iterator<Item = (&'a String, &'a String)>) -> Option<String> {
    let (key, error) = errors.next()?;
    let line = error.lines().next().unwrap_or_default();
    let mut text: String = line.chars().take(LONGEST_ERROR).collect();
    if text.len() < error.len() {
        text.push('…');
    }
    Some(format!("the first is `{key}`: {text}"))
}
