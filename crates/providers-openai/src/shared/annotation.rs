//! Citations and other annotations of an answer.

use runnable_chat::message::{Annotation, Citation};
use serde_json::{Map, Value};

/// Converts an annotation of either API of OpenAI: `{"type": "url_citation", …}`. Its fields are
/// next to the type, or in an object with the name of the type.
pub(crate) fn annotation(value: Value) -> Option<Annotation> {
    let Value::Object(mut fields) = value else { return None };
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or_default();
    if !matches!(kind, "url_citation" | "file_citation" | "container_file_citation") {
        return Some(Annotation::Other(fields));
    }
    let kind = kind.to_owned();
    if let Some(Value::Object(inner)) = fields.shift_remove(&kind) {
        fields.extend(inner);
    }
    if kind == "url_citation" {
        fields.shift_remove("type");
    }
    Some(Annotation::Citation(citation(fields)))
}

/// Converts a search result of Perplexity to a citation.
pub(crate) fn source(value: Value) -> Option<Annotation> {
    let mut fields = match value {
        Value::Object(fields) => fields,
        Value::String(url) => Map::from_iter([("url".to_owned(), url.into())]),
        _ => return None,
    };
    if let Some(snippet) = fields.shift_remove("snippet").filter(|text| text != "") {
        fields.insert("content".into(), snippet);
    }
    Some(Annotation::Citation(citation(fields)))
}

fn citation(mut fields: Map<String, Value>) -> Citation {
    let mut text = |key: &str| match fields.get(key) {
        Some(Value::String(_)) => match fields.shift_remove(key) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        },
        _ => None,
    };
    let mut citation = Citation::new();
    citation.url = text("url");
    citation.title = text("title").or_else(|| text("filename"));
    citation.cited_text = text("content").or_else(|| text("quote"));
    let mut index = |key: &str| {
        let index = fields.get(key).and_then(Value::as_u64)?;
        fields.shift_remove(key);
        Some(index)
    };
    (citation.start_index, citation.end_index) = (index("start_index"), index("end_index"));
    citation.extras = fields.into_iter().filter(|(_, value)| !value.is_null()).collect();
    citation
}

/// Converts an annotation back to OpenAI's form, so that it can be sent in a later request.
pub(crate) fn written_annotation(annotation: &Annotation) -> Option<Value> {
    let citation = match annotation {
        Annotation::Citation(citation) => citation,
        Annotation::Other(fields) => return Some(fields.clone().into()),
        _ => return None,
    };
    let mut fields = citation.extras.clone();
    let kind = fields.get("type").and_then(Value::as_str).unwrap_or("url_citation").to_owned();
    let title = if kind == "url_citation" { "title" } else { "filename" };
    let texts = [("url", &citation.url), (title, &citation.title)];
    fields.extend(texts.into_iter().filter_map(|(key, text)| {
        text.as_ref().map(|text| (key.to_owned(), Value::from(text.as_str())))
    }));
    let indices = [("start_index", citation.start_index), ("end_index", citation.end_index)];
    fields.extend(
        indices.into_iter().filter_map(|(key, index)| Some((key.to_owned(), Value::from(index?)))),
    );
    fields.insert("type".into(), kind.into());
    Some(fields.into())
}
