//! Schemas in the form that OpenAI asks of those that it makes sure of.

use runnable_core::{Error, ErrorKind, Result};
use serde_json::{Map, Value, json};

/// Formats of texts that OpenAI knows; any other makes it refuse the schema.
const FORMATS: [&str; 9] =
    ["date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6", "uuid"];

/// The same schema in the [form for strict mode]: each object names all its properties, requires
/// them, and allows no others.
///
/// What strict mode spells otherwise is respelled: `oneOf` is `anyOf`, a reference that has something
/// beside it is the only choice of one, and a default is left out.
///
/// # Errors
///
/// Of kind [`InvalidInput`](ErrorKind::InvalidInput) for an object whose properties are not known
/// beforehand, naming where it is.
///
/// [form for strict mode]: https://platform.openai.com/docs/guides/structured-outputs#supported-schemas
pub(crate) fn strict(schema: &Value) -> Result<Value> {
    let mut root = schema.clone();
    if let Value::Object(fields) = &mut root {
        fields.remove("$schema");
        // Strict mode wants an object at the root to say so.
        if fields.contains_key("properties") {
            fields.entry("type").or_insert_with(|| "object".into());
        }
    }
    close(&mut root, &mut Vec::new())?;
    Ok(root)
}

fn close(schema: &mut Value, path: &mut Vec<String>) -> Result<()> {
    let Value::Object(fields) = schema else { return Ok(()) };
    part(fields);
    fields.remove("default");
    if let Some(variants) = fields.remove("oneOf") {
        fields.insert("anyOf".into(), variants);
    }
    if fields.get("format").is_some_and(|it| it.as_str().is_none_or(|it| !FORMATS.contains(&it))) {
        fields.remove("format");
    }
    if is_object(fields) {
        close_object(fields, path)?;
    }
    for key in ["properties", "$defs", "definitions"] {
        if let Some(Value::Object(inner)) = fields.get_mut(key) {
            for (name, schema) in inner {
                within(path, &[key, name], |path| close(schema, path))?;
            }
        }
    }
    for key in ["anyOf", "allOf", "prefixItems"] {
        if let Some(Value::Array(inner)) = fields.get_mut(key) {
            for (index, schema) in inner.iter_mut().enumerate() {
                within(path, &[key, &index.to_string()], |path| close(schema, path))?;
            }
        }
    }
    match fields.get_mut("items") {
        Some(items) => within(path, &["items"], |path| close(items, path)),
        None => Ok(()),
    }
}

fn is_object(fields: &Map<String, Value>) -> bool {
    match fields.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => fields.contains_key("properties"),
    }
}

fn close_object(fields: &mut Map<String, Value>, path: &[String]) -> Result<()> {
    match fields.get("additionalProperties") {
        None | Some(Value::Bool(false)) => (),
        Some(_) => return Err(refused(path, "allows properties that it does not name")),
    }
    fields.insert("additionalProperties".into(), false.into());
    let properties = fields.entry("properties").or_insert_with(|| Map::new().into());
    let names = properties.as_object().into_iter().flat_map(Map::keys);
    let names: Vec<Value> = names.map(|name| name.as_str().into()).collect();
    fields.insert("required".into(), names.into());
    Ok(())
}

/// Takes the one part of an `allOf`, and parts a reference from what stands beside it.
fn part(fields: &mut Map<String, Value>) {
    if let Some(Value::Array(parts)) = fields.get("allOf")
        && let [Value::Object(only)] = parts.as_slice()
    {
        let only = only.clone();
        fields.remove("allOf");
        for (key, value) in only {
            fields.entry(key).or_insert(value);
        }
    }
    if fields.len() > 1
        && let Some(reference) = fields.remove("$ref")
    {
        fields.insert("anyOf".into(), json!([{"$ref": reference}]));
    }
}

fn within<T>(
    path: &mut Vec<String>,
    keys: &[&str],
    f: impl FnOnce(&mut Vec<String>) -> Result<T>,
) -> Result<T> {
    let length = path.len();
    path.extend(keys.iter().map(|key| (*key).to_owned()));
    let done = f(path);
    path.truncate(length);
    done
}

fn refused(path: &[String], what: &str) -> Error {
    let place = match path {
        [] => "the root".to_owned(),
        path => format!("`/{}`", path.join("/")),
    };
    let message = format!(
        "the schema at {place} {what}, which strict mode does not know: name all properties, or \
         turn strict mode off"
    );
    Error::new(ErrorKind::InvalidInput, message)
}
