//! The JSON schema of a Rust type, as models take it.

use schemars::{JsonSchema, Schema, generate::SchemaSettings, json_schema};
use serde_json::{Map, Value};

/// The schema of a type, without what is said of the schema itself.
pub(crate) fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.meta_schema = None);
    settings.into_generator().into_root_schema_for::<T>()
}

/// The schema of the arguments of a tool, which are an object: of no arguments, if the type is `()`,
/// and of any, if it fits anything.
pub(crate) fn arguments_of<A: JsonSchema>() -> Schema {
    let mut schema = schema_of::<A>();
    if schema.get("type").is_some_and(|kind| kind == "null") {
        return json_schema!({ "type": "object", "properties": {} });
    }
    let says = ["type", "$ref", "oneOf", "anyOf", "allOf"];
    if says.iter().all(|key| schema.get(*key).is_none()) {
        schema.insert("type".into(), "object".into());
    }
    schema
}

/// The name of a type, in letters, digits and `_`, of which 64 at most: what providers take.
pub(crate) fn name_of<T: JsonSchema>() -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    T::schema_name().chars().map(fits).take(64).collect()
}

/// What the documentation of a type says, in its schema.
pub(crate) fn description_of(schema: &Schema) -> Option<String> {
    schema.get("description")?.as_str().map(str::to_owned)
}

/// The same schema as providers want it to keep an answer to it: every object has all of its
/// fields, and no others.
///
/// An object of a type that has further fields, such as a flattened map, stays open.
pub(crate) fn closed(mut schema: Schema) -> Schema {
    let definitions = schema.get("$defs").and_then(Value::as_object).cloned().unwrap_or_default();
    if let Some(fields) = schema.as_object_mut() {
        Closing { definitions, joins: JOINS }.close(fields, true);
    }
    schema
}

/// The number of references that are replaced at most by what they refer to, so that a schema which
/// contains itself does not grow for ever.
const JOINS: usize = 64;

struct Closing {
    definitions: Map<String, Value>,
    /// The number of references that may still be replaced.
    joins: usize,
}

impl Closing {
    /// `alone`: whether the schema describes a value without the help of another.
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
                        .for_each(|it| self.close(it, true));
                }
                ("prefixItems", Value::Array(items)) => {
                    items
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|it| self.close(it, true));
                }
                (key, Value::Array(parts)) if joins(key) => {
                    let alone = alone && !has_properties && key != "allOf";
                    parts
                        .iter_mut()
                        .filter_map(Value::as_object_mut)
                        .for_each(|it| self.close(it, alone));
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

    /// Replaces a reference beside properties by what it refers to, as in a variant that holds a struct
    /// and is told by a tag: closed, neither would allow what the other names.
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
                    more.into_iter().for_each(|(name, it)| _ = all.entry(name).or_insert(it));
                }
                (Some(Value::Array(all)), Value::Array(more)) if key == "required" => {
                    all.extend(more);
                }
                _ => (),
            }
        }
    }
}
