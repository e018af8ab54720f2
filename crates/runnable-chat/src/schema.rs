//! JSON schemas of Rust types, in the form that model APIs accept.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value};

/// Returns the schema of a type, without the `$schema` field.
pub(crate) fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    settings.into_generator().into_root_schema_for::<T>()
}

/// Returns the schema of a tool's arguments. It is always the schema of an object.
///
/// The schema for `()` is an object without properties. The schema for a type that accepts any JSON
/// is an object with any properties.
pub(crate) fn arguments_of<A: JsonSchema>() -> Schema {
    let mut schema = schema_of::<A>();
    if schema.get("type").is_some_and(|kind| kind == "null") {
        return json_schema!({ "type": "object", "properties": {} });
    }
    let type_keywords = ["type", "$ref", "oneOf", "anyOf", "allOf"];
    if type_keywords.iter().all(|key| schema.get(*key).is_none()) {
        schema.insert("type".into(), "object".into());
    }
    schema
}

/// Returns the name of a type in the form that providers accept: up to 64 letters, digits and `_`.
pub(crate) fn name_of<T: JsonSchema>() -> String {
    let allowed = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    T::schema_name().chars().map(allowed).take(64).collect()
}

/// Returns the description in a schema, which is the doc comment of the type.
pub(crate) fn description_of(schema: &Schema) -> Option<String> {
    schema.get("description")?.as_str().map(str::to_owned)
}

/// Rewrites a schema to the form that a provider needs to enforce the schema: every field of an
/// object is required, and additional fields are not allowed.
///
/// If a type accepts additional fields, for example with a flattened map, its schema still accepts
/// them.
pub(crate) fn closed(mut schema: Schema) -> Schema {
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(fields) = schema.as_object_mut() {
        Closing { definitions, joins: JOINS }.close(fields, true);
    }
    schema
}

/// The maximum number of references that are replaced by their targets. Without this limit, a
/// schema that contains itself would grow without end.
const JOINS: usize = 64;

struct Closing {
    definitions: Map<String, Value>,
    /// The number of references that may still be replaced.
    joins: usize,
}

impl Closing {
    /// Closes the objects in a schema: their fields become required, and other fields are
    /// forbidden. `alone` is `false` if another schema also describes the same value, as in
    /// `allOf`. Other fields are then not forbidden, because the other schema may name them.
    fn close(&mut self, fields: &mut Map<String, Value>, alone: bool) {
        self.join(fields);
        let joins = |key: &str| matches!(key, "anyOf" | "oneOf" | "allOf");
        let has_properties = fields.contains_key("properties");
        let is_joined = fields.keys().any(|key| joins(key));
        for (key, value) in &mut *fields {
            match (key.as_str(), value) {
                (
                    "properties" | "patternProperties" | "$defs" | "definitions",
                    Value::Object(named),
                ) => {
                    named
                        .values_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|schema| self.close(schema, true));
                }
                ("prefixItems", Value::Array(items)) => {
                    items
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|schema| self.close(schema, true));
                }
                (key, Value::Array(parts)) if joins(key) => {
                    let alone = alone && !has_properties && key != "allOf";
                    parts
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|schema| self.close(schema, alone));
                }
                ("items" | "additionalProperties", Value::Object(inner)) => self.close(inner, true),
                _ => (),
            }
        }
        if let Some(Value::Object(properties)) = fields.get("properties") {
            let names: Vec<_> = properties.keys().cloned().collect();
            fields.insert("required".into(), names.into());
            if alone && !is_joined {
                fields.entry("additionalProperties").or_insert(Value::Bool(false));
            }
        }
    }

    /// If `fields` contains both a reference and properties, replaces the reference by its target.
    /// The schema of an internally tagged variant that contains a struct has this form. If the
    /// properties and the target were closed separately, each would forbid the fields of the other.
    fn join(&mut self, fields: &mut Map<String, Value>) {
        let Some(Value::String(reference)) = fields.get("$ref") else { return };
        let name = reference.strip_prefix("#/$defs/").filter(|_| fields.contains_key("properties"));
        let Some(Value::Object(target)) = name.and_then(|name| self.definitions.get(name)) else {
            return;
        };
        if self.joins == 0 {
            return;
        }
        self.joins -= 1;
        let target = target.clone();
        fields.shift_remove("$ref");
        for (key, value) in target {
            match (fields.get_mut(&key), value) {
                (None, value) => _ = fields.insert(key, value),
                (Some(Value::Object(all)), Value::Object(more)) if key == "properties" => {
                    more.into_iter().for_each(|(name, value)| _ = all.entry(name).or_insert(value));
                }
                (Some(Value::Array(all)), Value::Array(more)) if key == "required" => {
                    all.extend(more);
                }
                _ => (),
            }
        }
    }
}
