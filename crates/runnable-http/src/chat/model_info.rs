//! [`ModelInfo`]: the description of a model that a service offers.

use std::time::{Duration, SystemTime};

use runnable_core::Metadata;
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use crate::headers::date;

/// A model that a service offers, as the service describes it in its list of models.
///
/// It can be parsed from the JSON of any service. A field with an unexpected type is kept in
/// [`extras`](Self::extras).
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use runnable_http::chat::ModelInfo;
///
/// let model: ModelInfo = serde_json::from_str(
///     r#"{"id": "gpt-4o-mini", "created": 1721172741, "owned_by": "system"}"#,
/// )?;
/// assert_eq!(model.id, "gpt-4o-mini");
/// assert_eq!(model.created_at, Some(SystemTime::UNIX_EPOCH + Duration::from_secs(1_721_172_741)));
/// assert_eq!(model.extras["owned_by"], "system");
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct ModelInfo {
    /// The name of the model, as it is used in requests.
    pub id: String,
    /// The name for display, if the service provides one.
    pub display_name: Option<String>,
    /// The release date of the model.
    pub created_at: Option<SystemTime>,
    /// Additional fields, such as `owned_by`, `context_window` or `pricing`.
    pub extras: Metadata,
}

impl ModelInfo {
    /// Creates the description of a model from its name.
    ///
    /// ```
    /// use runnable_http::chat::ModelInfo;
    ///
    /// let mut model = ModelInfo::new("small");
    /// model.display_name = Some("Small".into());
    /// assert!(model.created_at.is_none());
    /// ```
    pub fn new(id: impl Into<String>) -> Self {
        Self { id: id.into(), display_name: None, created_at: None, extras: Metadata::new() }
    }
}

impl<'de> Deserialize<'de> for ModelInfo {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut extras = Metadata::deserialize(deserializer)?;
        let Some(id) = take(&mut extras, "id", text) else {
            return Err(de::Error::missing_field("id"));
        };
        let display_name =
            take(&mut extras, "display_name", text).or_else(|| take(&mut extras, "name", text));
        let created_at =
            take(&mut extras, "created_at", time).or_else(|| take(&mut extras, "created", time));
        Ok(Self { id, display_name, created_at, extras })
    }
}

/// Removes a field and returns its value. Returns `None` and keeps the field if its value cannot be
/// parsed. A field that is `null` is removed, too.
fn take<T>(fields: &mut Metadata, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
    let value = fields.get(name)?;
    let read_value = read(value);
    if read_value.is_some() || value.is_null() {
        fields.shift_remove(name);
    }
    read_value
}

fn text(value: &Value) -> Option<String> {
    value.as_str().filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Parses a number of seconds since 1970, or a date in the format of RFC 3339. Returns `None` for
/// 0, which services send if they do not know the time.
fn time(value: &Value) -> Option<SystemTime> {
    match value {
        Value::String(text) => date::parse(text),
        value => {
            let seconds = value.as_u64().filter(|seconds| *seconds > 0)?;
            SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(seconds))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: Value) -> ModelInfo {
        serde_json::from_value(value).expect("a valid model")
    }

    #[test]
    fn a_model_is_read_from_the_json_of_every_service() {
        let seconds = |seconds| Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let openai = read(json!({"id": "o3", "object": "model", "created": 1_744_225_308}));
        assert_eq!((openai.display_name, openai.created_at), (None, seconds(1_744_225_308)));
        assert_eq!(openai.extras.keys().collect::<Vec<_>>(), ["object"]);

        let anthropic = read(json!({
            "id": "claude-opus-4-1", "display_name": "Claude Opus 4.1",
            "created_at": "2025-08-05T00:00:00Z",
        }));
        assert_eq!(anthropic.display_name.as_deref(), Some("Claude Opus 4.1"));
        assert_eq!(anthropic.created_at, seconds(1_754_352_000));
        assert!(anthropic.extras.is_empty());

        let openrouter = read(json!({"id": "x-ai/grok-4", "name": "xAI: Grok 4", "created": 0}));
        assert_eq!(openrouter.display_name.as_deref(), Some("xAI: Grok 4"));
        assert_eq!(openrouter.created_at, None);
    }

    #[test]
    fn an_odd_field_of_a_model_stays_in_the_extras() {
        let model =
            read(json!({"id": "m", "display_name": ["M"], "created": "soon", "name": null}));
        assert_eq!((&model.display_name, model.created_at), (&None, None));
        assert_eq!(
            model.extras,
            *json!({"display_name": ["M"], "created": "soon"}).as_object().expect("an object")
        );
    }

    #[test]
    fn a_model_without_an_id_is_an_error() {
        let error = serde_json::from_str::<ModelInfo>(r#"{"id": 7}"#).expect_err("not a name");
        assert_eq!(error.to_string(), "missing field `id`");
    }
}
