//! The JSON schema of a Rust type, as models take it.

use schemars::{
    JsonSchema, Schema,
    generate::SchemaSettings,
    json_schema,
    transform::{RecursiveTransform, Transform},
};
use serde_json::Value;

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
pub(crate) fn closed(mut schema: Schema) -> Schema {
    RecursiveTransform(close).transform(&mut schema);
    schema
}

fn close(schema: &mut Schema) {
    if let Some(Value::Object(properties)) = schema.get("properties") {
        let names: Vec<_> = properties.keys().cloned().collect();
        schema.insert("required".into(), names.into());
        schema.insert("additionalProperties".into(), false.into());
    }
}
