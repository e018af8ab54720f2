//! Reads and changes the keyword `type` of a schema.

use serde_json::{Map, Value, json};

use super::words::Words;

type Fields = Map<String, Value>;

/// Returns whether the keyword `type` of a schema is this type, or is a list that contains it.
pub(super) fn has_type(fields: &Fields, wanted: &str) -> bool {
    match fields.get("type") {
        Some(Value::String(kind)) => kind == wanted,
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == wanted),
        _ => false,
    }
}

/// Returns whether a schema describes objects.
pub(super) fn is_object(fields: &Fields) -> bool {
    has_type(fields, "object") || fields.get("type").is_none() && fields.contains_key("properties")
}

/// Adds the keyword `type` to a constant or an enumeration that does not have it, because services
/// require it.
pub(super) fn name(fields: &mut Fields) {
    if fields.contains_key("type") {
        return;
    }
    let mut kinds: Vec<Value> = Vec::new();
    for value in values(fields) {
        let kind = Value::from(of(value));
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let kind = match kinds.len() {
        0 => return,
        1 => kinds.remove(0),
        _ => kinds.into(),
    };
    fields.insert("type".into(), kind);
}

/// Converts a constant to an enumeration, and removes enumerations of values other than strings and
/// numbers. A boolean constant is described in words instead. Used for services that support no
/// other enumerations.
pub(super) fn enumerate(fields: &mut Fields, words: &mut Words) {
    if let Some(value) = fields.shift_remove("const") {
        fields.entry("enum").or_insert_with(|| json!([value]));
    }
    let Some(Value::Array(values)) = fields.get("enum") else { return };
    if values.iter().all(|value| value.is_string() || value.is_number()) {
        return;
    }
    if fields.get("type").is_some_and(Value::is_array) {
        // Each choice of the new `anyOf` is processed separately later.
        return split(fields);
    }
    if let [value @ Value::Bool(_)] = values.as_slice() {
        words.add("const", value);
    }
    fields.shift_remove("enum");
}

/// Returns whether all constants and enumeration values of a schema are scalars.
pub(super) fn has_scalars_only(fields: &Fields) -> bool {
    values(fields).all(|value| !value.is_object() && !value.is_array())
}

/// Returns the values that a schema lists as a constant or an enumeration.
fn values(fields: &Fields) -> impl Iterator<Item = &Value> {
    let listed = fields.get("enum").and_then(Value::as_array);
    fields.get("const").into_iter().chain(listed.into_iter().flatten())
}

fn of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Returns a schema that allows the values of each of these schemas, without duplicates.
pub(super) fn any_of(schemas: Vec<Value>) -> Value {
    let mut unique: Vec<Value> = Vec::new();
    for schema in schemas {
        if !unique.contains(&schema) {
            unique.push(schema);
        }
    }
    match unique.len() {
        1 => unique.remove(0),
        _ => json!({"anyOf": unique}),
    }
}

/// Changes a schema so that it allows `null`.
pub(super) fn allow_null(schema: &mut Value) {
    let Value::Object(fields) = schema else { return };
    for key in ["anyOf", "oneOf"] {
        if let Some(Value::Array(choices)) = fields.get_mut(key) {
            if !choices.iter().any(|choice| choice["type"] == "null") {
                choices.push(json!({"type": "null"}));
            }
            return;
        }
    }
    if has_type(fields, "null") {
        return;
    }
    let has_const = fields.contains_key("const");
    match fields.get_mut("type") {
        Some(kind) if !has_const => {
            match kind {
                Value::Array(kinds) => kinds.push("null".into()),
                kind => *kind = json!([kind.take(), "null"]),
            }
            if let Some(Value::Array(values)) = fields.get_mut("enum") {
                values.push(Value::Null);
            }
        }
        _ => {
            let choice = std::mem::take(fields);
            fields.insert("anyOf".into(), json!([choice, {"type": "null"}]));
        }
    }
}

/// Replaces a list of types by an `anyOf`.
pub(super) fn split(fields: &mut Fields) {
    let Some(Value::Array(kinds)) = fields.get("type") else { return };
    let kinds = kinds.clone();
    let mut rest = std::mem::take(fields);
    rest.shift_remove("type");
    for key in ["title", "description"] {
        if let Some(text) = rest.shift_remove(key) {
            fields.insert(key.into(), text);
        }
    }
    let choices = kinds.into_iter().map(|kind| {
        if kind == "null" {
            return json!({"type": "null"});
        }
        let mut choice = Map::from_iter([("type".to_owned(), kind.clone())]);
        choice.extend(rest.clone());
        if let Some(Value::Array(values)) = choice.get_mut("enum") {
            values.retain(|value| kind == of(value) || kind == "number" && value.is_number());
        }
        Value::Object(choice)
    });
    fields.insert("anyOf".into(), choices.collect());
}
