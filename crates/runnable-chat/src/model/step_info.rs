//! The step info of models, with the metadata that tracing tools display.

use runnable_core::{RunKind, StepInfo};

/// Returns the step info of a model. Its metadata contains the names of the provider and the model,
/// if they are known, under the keys that tracing tools expect.
pub(crate) fn about(
    kind: RunKind,
    name: &str,
    provider: Option<&str>,
    model: Option<&str>,
) -> StepInfo {
    let known = [("ls_provider", provider), ("ls_model_name", model)];
    let known = known.into_iter().filter_map(|(key, value)| Some((key, value?)));
    known.fold(StepInfo::new(name.to_owned()).with_kind(kind), |info, (key, value)| {
        info.with_metadata(key, value)
    })
}

/// Adds the type of the model to a step info, and sets whether runs of the model have chunk events.
pub(crate) fn about_answering(info: StepInfo, model_type: &str, streams: bool) -> StepInfo {
    let info = info.with_metadata("ls_model_type", model_type);
    if streams { info.streams_when_watched() } else { info.without_chunk_events() }
}
