//! [`Question`]: the prompt of a job, whose variables are the columns of the inputs.

use runnable::{ChatPromptTemplate, Dict, PromptValue, Result as RunnableResult, prelude::*};

use crate::{
    arguments::JobTask,
    exit::{Failure, Result},
};

/// The maximum number of columns in an error.
const LISTED: usize = 10;

/// The prompt of a job. Its variables can have the names of any columns, such as `{Ticket ID}`.
pub(super) struct Question {
    prompt: ChatPromptTemplate,
    /// The columns that a prompt template does not accept as the names of variables. In the template,
    /// they have other names.
    columns: Vec<String>,
}

impl Question {
    /// Returns the prompt of a job, or an error if it is not valid.
    pub(super) fn new(task: &JobTask) -> Result<Self> {
        let mut columns = Vec::new();
        let text = task.prompt.as_deref().unwrap_or_default();
        if text.trim().is_empty() {
            return Err(Failure::new("the prompt is empty; write a question for each item"));
        }
        let question = human_template(with_variables(text, &mut columns));
        let system = task.system.as_deref().map(|text| with_variables(text, &mut columns));
        let prompt = match system {
            Some(system) => prompt((system_template(system), question)),
            None => prompt(question),
        };
        Ok(Self { prompt: prompt.check()?, columns })
    }

    /// Returns whether the prompt depends on the item.
    pub(super) fn has_variables(&self) -> Result<bool> {
        Ok(!self.prompt.input_variables()?.is_empty())
    }

    /// Returns the step from a row to its prompt.
    pub(super) fn into_step(self) -> impl Runnable<Input = Dict, Output = PromptValue> + use<> {
        let Self { prompt, columns } = self;
        try_lambda(move |row: Dict| with_names(row, &columns)).pipe(prompt)
    }
}

/// Returns the name of a column in the template.
fn variable(index: usize) -> String {
    format!("_column_{index}")
}

/// Replaces the names in braces that are not names of variables, and adds them to the columns.
fn with_variables(template: &str, columns: &mut Vec<String>) -> String {
    let (mut written, mut rest) = (String::new(), template);
    while let Some(at) = rest.find('{') {
        let (before, after) = rest.split_at(at + 1);
        written.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('{') {
            written.push('{');
            rest = after;
            continue;
        }
        let Some(end) = rest.find('}') else { break };
        let name = rest[..end].trim();
        if is_other_name(name) {
            let known = columns.iter().position(|column| column == name);
            let index = known.unwrap_or_else(|| {
                columns.push(name.to_owned());
                columns.len() - 1
            });
            written.push_str(&variable(index));
            rest = &rest[end..];
        }
    }
    written + rest
}

/// Returns whether a name in braces can be a column, but not a variable of a template.
///
/// Quotes and line breaks are in JSON rather than in the name of a column, and the error of the
/// template explains how to write it.
fn is_other_name(name: &str) -> bool {
    // A conversion and a format can follow the name of a variable.
    let start = name.split(['!', ':']).next().unwrap_or_default().trim_end();
    let mut letters = start.chars();
    let is_variable = letters.next().is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(|letter| letter.is_alphanumeric() || letter == '_');
    !is_variable && !start.is_empty() && !name.contains(['{', '"', '\n'])
}

/// Adds the values of the columns under the names that they have in the template.
fn with_names(mut row: Dict, columns: &[String]) -> RunnableResult<Dict> {
    // Some programs write a space after each comma, also in the header.
    let spaced: Vec<_> = row
        .iter()
        .map(|(name, value)| (name.trim(), name, value))
        .filter(|(trimmed, name, _)| trimmed != name && row.get(trimmed).is_none())
        .map(|(trimmed, _, value)| (trimmed.to_owned(), value.clone()))
        .collect();
    row.extend(spaced);
    for (index, column) in columns.iter().enumerate() {
        let Some(value) = row.get(column).cloned() else {
            let names: Vec<_> = row.names().take(LISTED).map(|name| format!("`{name}`")).collect();
            let message = format!(
                "missing column `{column}`: expected one of {}; to write a literal brace in the \
                 prompt, use `{{{{`",
                names.join(", ")
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        row.insert(variable(index), value);
    }
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_columns_are_replaced() {
        let replaced = |template| {
            let mut columns = Vec::new();
            (with_variables(template, &mut columns), columns)
        };
        for template in ["{a}", "{{a b}}", "{ a!r:>10}", "{}", "{\"a\": 1}", "{a b", "}", "{{{a}}}"]
        {
            assert_eq!(replaced(template), (template.to_owned(), vec![]));
        }
        let expected = "{{{_column_0}}} {_column_1} {_column_0} {b}";
        let columns = vec!["a b".to_owned(), "2".to_owned()];
        assert_eq!(replaced("{{{a b}}} {2} { a b } {b}"), (expected.to_owned(), columns));
    }
}
