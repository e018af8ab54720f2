//! [`ModelPage`]: a list of models, or a page of it.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::{Map, Value};

use super::ModelInfo;
use crate::{ApiError, lenient::RepeatedKeys};

/// A list of models, as services send it, or a page of a list that is sent in pages.
///
/// It can be parsed from `{"data": […]}` and from a list without an enclosing object. A model
/// without an `id` is left out. Parsing fails if none of the models has an `id`, or if the list is
/// empty and comes with an error.
///
/// ```
/// use runnable_http::chat::ModelPage;
///
/// let page: ModelPage = serde_json::from_str(
///     r#"{"data": [{"id": "small"}, null], "has_more": true, "last_id": "small"}"#,
/// )?;
/// assert_eq!(page.models[0].id, "small");
/// assert_eq!(page.next_after.as_deref(), Some("small"));
///
/// let list: ModelPage = serde_json::from_str(r#"[{"id": "small"}]"#)?;
/// assert_eq!(list.next_after, None);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct ModelPage {
    /// The models of the page, in the order in which the service lists them.
    pub models: Vec<ModelInfo>,
    /// The ID after which the next page starts, or `None` if this is the last page.
    pub next_after: Option<String>,
}

impl<'de> Deserialize<'de> for ModelPage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let RepeatedKeys(page) = RepeatedKeys::deserialize(deserializer)?;
        let (list, mut fields) = match page {
            Value::Object(mut fields) => (fields.shift_remove("data"), fields),
            list => (Some(list), Map::new()),
        };
        let Some(Value::Array(list)) = list else {
            return Err(D::Error::custom("missing a list of models in `data`"));
        };
        let is_empty = list.is_empty();
        let models: Vec<_> =
            list.into_iter().filter_map(|model| serde_json::from_value(model).ok()).collect();
        if models.is_empty() && !is_empty {
            return Err(D::Error::custom("expected models with an `id`"));
        }
        let (last_id, has_more) = (fields.shift_remove("last_id"), fields.shift_remove("has_more"));
        if is_empty && ApiError::told_by(&Value::Object(fields)).is_some() {
            return Err(D::Error::custom("expected models, found an error"));
        }
        let next_after = match (last_id, has_more) {
            (Some(Value::String(last)), Some(Value::Bool(true))) => Some(last),
            _ => None,
        };
        Ok(Self { models, next_after })
    }
}
