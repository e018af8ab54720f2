//! The step info of models, with the metadata that tracing tools display.

use runnable_core::{RunKind, StepInfo};

use super::ChatOptions;

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

/// Adds the type and the options of the model to a step info, and sets whether runs of the model
/// have chunk events.
pub(crate) fn about_answering(
    info: StepInfo,
    model_type: &str,
    streams: bool,
    options: &ChatOptions,
) -> StepInfo {
    let info = with_options(info.with_metadata("ls_model_type", model_type), options);
    if streams { info.streams_when_watched() } else { info.without_chunk_events() }
}

/// Adds the options that tracing tools display, with LangChain's names.
fn with_options(mut info: StepInfo, options: &ChatOptions) -> StepInfo {
    if let Some(temperature) = options.temperature {
        // Convert the number through its text. Otherwise 0.7 would become 0.699999988079071.
        let temperature = temperature.to_string().parse().unwrap_or(f64::from(temperature));
        info = info.with_metadata("ls_temperature", temperature);
    }
    if let Some(max_tokens) = options.max_tokens {
        info = info.with_metadata("ls_max_tokens", max_tokens);
    }
    if !options.stop.is_empty() {
        info = info.with_metadata("ls_stop", options.stop.clone());
    }
    info
}
