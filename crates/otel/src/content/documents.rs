//! The documents of a retriever, and the texts of an embedding model.

use serde_json::{Value, json};

use crate::{attributes::Attributes, names};

/// Returns the IDs of the documents that a retriever has returned, as JSON.
pub(super) fn ids_of_documents(documents: &Value) -> String {
    let documents = documents.as_array().into_iter().flatten();
    documents.map(|document| json!({ "id": document["id"] })).collect::<Value>().to_string()
}

/// Adds the documents that a retriever has returned.
pub(super) fn add_documents(documents: &Value, attributes: &mut Attributes<'_>) {
    for (index, document) in documents.as_array().into_iter().flatten().enumerate() {
        let prefix = format!("{}.{index}.document", names::OI_RETRIEVAL_DOCUMENTS);
        if let Some(id) = document["id"].as_str() {
            attributes.add(format!("{prefix}.id"), id.to_owned());
        }
        let content = document["page_content"].as_str().unwrap_or_default();
        attributes.add(format!("{prefix}.content"), content.to_owned());
        if let Some(score) = document["metadata"]["score"].as_f64() {
            attributes.add(format!("{prefix}.score"), score);
        }
        if document["metadata"].as_object().is_some_and(|metadata| !metadata.is_empty()) {
            attributes.add(format!("{prefix}.metadata"), document["metadata"].to_string());
        }
    }
}

/// Adds the texts that an embedding model receives.
pub(super) fn add_embedded_texts(texts: &Value, attributes: &mut Attributes<'_>) {
    for (index, text) in texts.as_array().into_iter().flatten().enumerate() {
        let name = format!("{}.{index}.embedding.text", names::OI_EMBEDDINGS);
        attributes.add(name, text.as_str().unwrap_or_default().to_owned());
    }
}
