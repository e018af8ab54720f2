//! The names of runs, and what kind of step they belong to.

use runnable_chat::run_kind::{CHAT_MODEL, TOOL};

use super::one_line::one_line;
use crate::TraceRun;

/// Returns the name of a run on one line. For a run of a model, the name of the model is added.
pub(crate) fn label(name: &str, model: Option<&str>) -> String {
    match model {
        Some(model) => one_line(&format!("{name} ({model})")),
        None => one_line(name),
    }
}

/// Returns the name of a run in a trace, like [`label`].
pub(crate) fn label_of(run: &TraceRun) -> String {
    label(&run.name, run.metadata.get("ls_model_name").and_then(|model| model.as_str()))
}

pub(crate) fn is_chat_model(run: &TraceRun) -> bool {
    *run.kind == *CHAT_MODEL.as_str()
}

pub(crate) fn is_tool(run: &TraceRun) -> bool {
    *run.kind == *TOOL.as_str()
}
