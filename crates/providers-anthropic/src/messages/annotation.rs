//! Citations: the standard form, and the API's.

use runnable_chat::message::{Annotation, Citation};
use serde_json::{Map, Value};

/// The standard form of a citation. What the standard does not name stands in `extras` as it came,
/// so that [`to_api`] gives back what was read.
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
    citation.url = citation.url.or_else(|| text(SOURCE).filter(|it| it.starts_with("http")));
    citation.extras = fields;
    Annotation::Citation(citation)
}

/// A document's title, and where a search result is from: the standard form has copies of them.
const DOCUMENT_TITLE: &str = "document_title";
const SOURCE: &str = "source";

/// The API's form of a citation that was read from it; `None` of any other.
pub(super) fn to_api(annotation: &Annotation) -> Option<Map<String, Value>> {
    let Annotation::Citation(citation) = annotation else { return None };
    let mut fields = citation.extras.clone();
    // The kind of place that it names. Other providers' have none.
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
