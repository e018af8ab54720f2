//! What a run of a model says of it.

use runnable_core::{RunKind, StepInfo};

/// What a run of a model says of it: under the keys that tracing tools know, as far as the provider
/// knows itself.
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

/// The same, of a model of this type whose answer comes in pieces, or all at once.
pub(crate) fn about_answering(info: StepInfo, model_type: &str, streams: bool) -> StepInfo {
    let info = info.with_metadata("ls_model_type", model_type);
    match streams {
        true => info.streams_when_watched(),
        false => info.without_chunk_events(),
    }
}
