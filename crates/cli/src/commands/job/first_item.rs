//! Checks a prompt with the first item, before any call is paid.

use runnable::{Dict, prelude::*};

use super::{inputs, question::Question};
use crate::{
    arguments::JobTask,
    exit::{Failure, Result},
};

/// Fails if the first item does not fill the prompt, because no other item would, either.
pub(super) async fn check(task: &JobTask) -> Result<()> {
    let question = Question::new(task)?;
    if !question.has_variables()? {
        eprintln!(
            "runnable: the prompt contains no variable such as {{text}}, so it is the same for all \
             items"
        );
    }
    let Some(row) = inputs::first(inputs::inputs(task)?).await? else {
        return Ok(());
    };
    let hint = delimiter_hint(&row);
    match question.into_step().invoke(row).await {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::new(format!(
            "the first item of `{}` does not fit the prompt: {}{hint}",
            task.input.display(),
            error.message()
        ))),
    }
}

/// Explains why a file seems to have one column only.
fn delimiter_hint(row: &Dict) -> String {
    let mut names = row.names();
    let (Some(name), None) = (names.next(), names.next()) else { return String::new() };
    let hint = |delimiter| match delimiter {
        '\t' => "; if the columns are separated by tabs, add `--format tsv`".to_owned(),
        _ => format!(
            "; if the columns are separated by `{delimiter}`, add `--delimiter '{delimiter}'`"
        ),
    };
    let delimiter = name.chars().find(|char| matches!(char, ';' | '\t' | '|' | ','));
    delimiter.map(hint).unwrap_or_default()
}
