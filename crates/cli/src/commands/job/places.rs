//! Checks the files and folders of a job before it begins.

use std::path::{Path, PathBuf};

use crate::{
    arguments::JobTask,
    exit::{Failure, Result},
};

/// Fails if a job cannot read its inputs, or if it would write over them.
pub(super) fn check(folder: &Path, task: &JobTask) -> Result<()> {
    let input = &task.input;
    let is_stdin = input.file_name().is_some_and(|name| name == "-") && !input.exists();
    if is_stdin || (input.exists() && !input.is_file() && !input.is_dir()) {
        return Err(Failure::new(format!(
            "the input `{}` is not a file: a job reads its inputs again when it continues; write \
             them to a file first",
            if is_stdin { Path::new("-") } else { input }.display()
        )));
    }
    if input.is_dir() && real(folder).starts_with(real(input)) {
        return Err(Failure::new(format!(
            "the folder of the job `{}` is inside of the folder of the inputs, so its files would be \
             inputs, too; choose another folder",
            folder.display()
        )));
    }
    check_outputs(&task.output, Some(input))
}

/// Fails if outputs cannot be written, or would be written over each other or over the inputs.
pub(super) fn check_outputs(outputs: &[PathBuf], input: Option<&Path>) -> Result<()> {
    let input = input.map(|input| (input.is_dir(), real(input)));
    let real_outputs: Vec<_> = outputs.iter().map(|output| real(output)).collect();
    for (index, (path, output)) in outputs.iter().zip(&real_outputs).enumerate() {
        let failed =
            |reason| Err(Failure::new(format!("the output `{}` {reason}", path.display())));
        if output.is_dir() {
            return failed("is a folder; add the name of a file");
        }
        if output.parent().is_some_and(|folder| !folder.is_dir()) {
            return failed("is in a folder that does not exist; create it");
        }
        if real_outputs[..index].contains(output) {
            return failed("is given twice");
        }
        match &input {
            Some((_, input)) if input == output => {
                return failed("is the input, and would replace it; choose another name");
            }
            Some((true, input)) if output.starts_with(input) => {
                return failed(
                    "is inside of the folder of the inputs, so it would be an input, too; choose \
                     another folder",
                );
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns a path without links. The file, and folders around it, can be missing.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    for ancestor in path.ancestors() {
        if let (Ok(real), Ok(rest)) = (ancestor.canonicalize(), path.strip_prefix(ancestor)) {
            return if rest.as_os_str().is_empty() { real } else { real.join(rest) };
        }
    }
    path
}
