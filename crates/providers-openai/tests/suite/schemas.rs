//! Schemas in strict mode.

use providers_openai::{openai, vllm};
use runnable_chat::{
    ChatOptions,
    model::{JsonSchema, ResponseFormat},
};
use serde_json::{Value, json};

use crate::written::{body, refusal};

fn options(schema: &Value) -> ChatOptions {
    let format = JsonSchema::new("answer", schema.clone());
    ChatOptions::new().response_format(ResponseFormat::JsonSchema(format))
}

fn strict(schema: Value) -> Value {
    let mut sent = body(openai("gpt-4o"), "Hi", options(&schema));
    sent["response_format"]["json_schema"]["schema"].take()
}

#[test]
fn every_object_is_closed_wherever_it_is() {
    let point = json!({"type": "object", "properties": {"x": {"type": "number"}}});
    let closed = json!({
        "type": "object",
        "properties": {"x": {"type": "number"}},
        "required": ["x"],
        "additionalProperties": false,
    });
    let schema = |point: &Value, closing: Value| {
        let mut schema = json!({
            "type": "object",
            "properties": {
                "list": {"type": "array", "items": point},
                "either": {"anyOf": [point, {"type": "null"}]},
                "named": {"$ref": "#/$defs/Point"},
            },
            "$defs": {"Point": point},
        });
        schema.as_object_mut().expect("an object").extend(closing.as_object().cloned().unwrap());
        schema
    };
    let closing = json!({"required": ["either", "list", "named"], "additionalProperties": false});
    assert_eq!(strict(schema(&point, json!({}))), schema(&closed, closing));
}

#[test]
fn what_strict_mode_spells_otherwise_is_respelled() {
    let sent = strict(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {
            "count": {"type": "integer", "format": "uint32", "default": 3},
            "day": {"type": "string", "format": "date"},
            "kind": {"oneOf": [{"const": "a"}, {"const": "b"}]},
            "where": {"description": "Where.", "$ref": "#/$defs/City"},
        },
        "$defs": {"City": {"type": "string"}},
    }));
    assert_eq!(
        sent,
        json!({
            "type": "object",
            "properties": {
                "count": {"type": "integer"},
                "day": {"type": "string", "format": "date"},
                "kind": {"anyOf": [{"const": "a"}, {"const": "b"}]},
                "where": {"description": "Where.", "anyOf": [{"$ref": "#/$defs/City"}]},
            },
            "required": ["count", "day", "kind", "where"],
            "additionalProperties": false,
            "$defs": {"City": {"type": "string"}},
        })
    );
}

#[test]
fn a_property_may_be_called_like_a_keyword() {
    let sent = strict(json!({
        "type": "object",
        "properties": {"default": {"type": "string"}, "format": {"type": "string"}},
    }));
    assert_eq!(sent["properties"]["default"], json!({"type": "string"}));
    assert_eq!(sent["required"], json!(["default", "format"]));
}

#[test]
fn properties_that_are_not_known_beforehand_are_refused_with_their_place() {
    let open = json!({"type": "object", "properties": {
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    }});
    let said = refusal(openai("gpt-4o"), "Hi", options(&open));
    assert!(said.contains("`answer`: the schema at `/properties/counts`"), "{said}");
    // A service that does not ask for it gets the schema as it is.
    let sent = body(vllm("qwen"), "Hi", options(&open));
    assert_eq!(sent["response_format"]["json_schema"]["schema"], open);
}
