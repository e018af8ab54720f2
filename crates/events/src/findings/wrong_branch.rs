//! Finds branches that were probably meant to be taken, but were not.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;

use super::{
    amount::value,
    analysis::Analysis,
    finding::{Finding, FindingLevel},
    finding_code::FindingCode,
};
use crate::TraceRun;

/// The maximum length in bytes of a text that is compared with the names of conditions. A longer
/// text often contains a word of a name by chance.
const LONGEST: usize = 200;

/// The shortest word of a name that is compared, in bytes.
const SHORTEST_WORD: usize = 4;

/// The number of inputs from which a branch is reported as wrong if its conditions never hold.
const INPUTS: usize = 3;

/// A run of a branch.
struct Choice<'a> {
    run: &'a TraceRun,
    /// The conditions that were false.
    refused: Vec<&'a TraceRun>,
    /// The position of the step that ran, such as `branch:default`.
    chosen: &'a str,
}

pub(super) fn find(analysis: &mut Analysis<'_>) {
    let mut steps: BTreeMap<String, Vec<Choice<'_>>> = BTreeMap::new();
    for run in analysis.trace.runs() {
        if let Some(choice) = choice_of(analysis, run) {
            steps.entry(step_of(analysis, run)).or_default().push(choice);
        }
    }
    for choices in steps.into_values() {
        let found = of_step(&choices);
        analysis.findings.extend(found);
    }
}

/// Returns what a run has chosen, if it is the run of a branch.
fn choice_of<'a>(analysis: &Analysis<'a>, run: &'a TraceRun) -> Option<Choice<'a>> {
    let tag = |child: &&TraceRun, prefix: &str| {
        child.position.tag.as_deref().is_some_and(|tag| tag.starts_with(prefix))
    };
    // Most runs are not branches, and can have many children.
    analysis.trace.children(run).next().filter(|first| tag(first, "condition:"))?;
    let children = || analysis.trace.children(run);
    let chosen = children().find(|child| tag(child, "branch:"))?.position.tag.as_deref()?;
    let number = chosen.strip_prefix("branch:")?;
    let holds = |condition: &&TraceRun| {
        let tag = condition.position.tag.as_deref();
        tag.and_then(|tag| tag.strip_prefix("condition:")) == Some(number)
    };
    let conditions = children().filter(|child| tag(child, "condition:"));
    Some(Choice {
        run,
        refused: conditions.filter(|condition| !holds(condition)).collect(),
        chosen,
    })
}

/// Returns the findings about all choices of one step.
fn of_step(choices: &[Choice<'_>]) -> Vec<Finding> {
    let mut taken: HashMap<String, &Choice<'_>> = HashMap::new();
    for choice in choices.iter().filter(|choice| choice.chosen != "branch:default") {
        if let Some(input) = normalized(choice.run) {
            taken.entry(input).or_insert(choice);
        }
    }
    let mut found: Vec<_> = choices
        .iter()
        .filter_map(|choice| by_name(choice).or_else(|| by_similar_input(choice, &taken)))
        .collect();
    let defaults = choices.iter().filter(|choice| choice.chosen == "branch:default");
    if found.is_empty() && defaults.count() == choices.len() {
        found.extend(by_default(choices));
    }
    found
}

/// Finds a condition that was false although a word of its name is in the input.
fn by_name(choice: &Choice<'_>) -> Option<Finding> {
    let input = choice.run.input.as_deref()?;
    let texts = short_texts(input);
    let mut words = choice
        .refused
        .iter()
        .flat_map(|condition| words(&condition.name).map(move |word| (*condition, word)));
    let (condition, word) = words
        .find(|(_, word)| texts.iter().any(|text| words_of(text).any(|other| other == *word)))?;
    Some(
        finding_about(choice)
            .title(format!(
                "`{}` returned false, although the input contains \"{word}\"",
                condition.name
            ))
            .text(format!("For the input {}, the step at `{}` ran.", value(input), choice.chosen)),
    )
}

/// Finds an input that differs only in case, spaces or punctuation from an input that took another
/// branch.
fn by_similar_input(choice: &Choice<'_>, taken: &HashMap<String, &Choice<'_>>) -> Option<Finding> {
    let other = taken.get(&normalized(choice.run)?)?;
    if choice.chosen != "branch:default" {
        return None;
    }
    let (input, other_input) = (choice.run.input.as_deref()?, other.run.input.as_deref()?);
    Some(finding_about(choice).title("Similar inputs took different branches".to_owned()).text(
        format!(
            "The default ran for the input {}, and the step at `{}` for {}.",
            value(input),
            other.chosen,
            value(other_input),
        ),
    ))
}

/// Reports a branch whose default ran for all inputs.
fn by_default(choices: &[Choice<'_>]) -> Option<Finding> {
    let first = choices.first()?;
    let input = first.run.input.as_deref().map_or_else(|| "unknown".to_owned(), value);
    let names: Vec<_> =
        first.refused.iter().map(|condition| format!("`{}`", condition.name)).collect();
    let conditions = match &names[..] {
        [name] => format!("condition {name} was"),
        names => format!("conditions {} were", names.join(", ")),
    };
    let text = format!("The {conditions} false, for example for the input {input}.");
    let advice = "Check what the conditions compare: the case, spaces and punctuation of a model's \
                  answer vary.";
    let runs = choices.iter().map(|choice| choice.run);
    let finding = if choices.len() >= INPUTS {
        Finding::new(FindingCode::WrongBranch, FindingLevel::Warning, runs).title(format!(
            "No condition of `{}` was true for any of {} inputs",
            first.run.name,
            choices.len()
        ))
    } else {
        Finding::new(FindingCode::DefaultBranch, FindingLevel::Info, runs)
            .title(format!("No condition of `{}` was true, so the default ran", first.run.name))
    };
    Some(finding.text(text).advice(advice))
}

fn finding_about(choice: &Choice<'_>) -> Finding {
    Finding::new(FindingCode::WrongBranch, FindingLevel::Warning, [choice.run]).advice(
        "Check what the condition compares: the case, spaces and punctuation of a model's answer \
         vary. Structured output returns one of a fixed list of values.",
    )
}

/// Returns the names and positions from the root to a run.
fn step_of(analysis: &Analysis<'_>, run: &TraceRun) -> String {
    let steps = [run].into_iter().chain(analysis.trace.ancestors(run));
    let steps = steps
        .map(|run| format!("{} {}", run.name, run.position.tag.as_deref().unwrap_or_default()));
    steps.collect::<Vec<_>>().join("\n")
}

/// Returns the short texts of an input: the input itself, or its fields.
fn short_texts(input: &Value) -> Vec<&str> {
    let texts: Vec<&str> = match input {
        Value::String(text) => vec![text],
        Value::Object(fields) => fields.values().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    texts.into_iter().filter(|text| text.len() <= LONGEST).collect()
}

/// Returns the words of a name that can be compared with an input.
fn words(name: &str) -> impl Iterator<Item = String> {
    // Closures and combinators have these names.
    const GENERAL: [&str; 6] =
        ["lambda", "runnable", "condition", "branch", "sequence", "generator"];
    words_of(name).filter(|word| word.len() >= SHORTEST_WORD && !GENERAL.contains(&&**word))
}

fn words_of(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase)
}

/// Returns the input of a run without case, spaces and punctuation. Returns `None` for a long
/// input, and for an input without text.
fn normalized(run: &TraceRun) -> Option<String> {
    let json = run.input.as_deref()?.to_string();
    if json.len() > LONGEST {
        return None;
    }
    let letters = json.replace("\\n", " ").replace("\\t", " ");
    let letters: String = letters.chars().filter(|c| c.is_alphanumeric()).collect();
    Some(letters.to_lowercase()).filter(|letters| !letters.is_empty())
}
