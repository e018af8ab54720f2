//! Converts citations between the standard form and the form of the API.

use runnable_chat::message::{Annotation, Citation};
use serde_json::{Map, Value};

/// Converts a citation to the standard form. Fields without a standard name are kept in `extras`,
/// so that [`to_api`] restores the original.
pub(super) fn from_api(mut fields: Map<String, Value>) -> Annotation {
    let mut take = |key: &str| match fields.shift_remove(key) {
        Some(Value::String(text)) => Some(text),
        Some(other) => {
            fields.insert(key.to_owned(), other);
            None
        }
        None => None,
    };
    let mut citation = Citation::new();
    (citation.url, citation.title) = (take("url"), take("title"));
    citation.cited_text = take("cited_text");
    let text = |key: &str| Some(fields.get(key)?.as_str()?.to_owned());
    citation.title = citation.title.or_else(|| text(DOCUMENT_TITLE));
    citation.url =
        citation.url.or_else(|| text(SOURCE).filter(|source| source.starts_with("http")));
    citation.extras = fields;
    Annotation::Citation(citation)
}

/// The fields of the API that contain the title of a document, and the source of a search result.
/// The standard form keeps them in the extras, and also copies them to `title` and `url`.
const DOCUMENT_TITLE: &str = "document_title";
const SOURCE: &str = "source";

/// Converts a citation back to the form of the API. Returns `None` for a citation of another
/// provider.
pub(super) fn to_api(annotation: &Annotation) -> Option<Map<String, Value>> {
    let Annotation::Citation(citation) = annotation else { return None };
    let mut fields = citation.extras.clone();
    // A citation without a type was not created by this API, so it cannot be sent back.
    fields.get("type")?.as_str()?;
    let mut put = |key: &str, value: &Option<String>| {
        fields.extend(value.clone().map(|value| (key.to_owned(), Value::String(value))));
    };
    put("cited_text", &citation.cited_text);
    if !citation.extras.contains_key(DOCUMENT_TITLE) {
        put("title", &citation.title);
    }
    if !citation.extras.contains_key(SOURCE) {
        put("url", &citation.url);
    }
    Some(fields)
}
