//! Schemas in strict mode.

use providers_openai::{Api, groq, openai, openai_compatible, openrouter, vllm};
use runnable_chat::{
    ChatOptions,
    model::{ResponseFormat, ResponseSchema},
    tool::ToolDefinition,
};
use serde_json::{Value, json};

use crate::written::body;

fn options(schema: &Value) -> ChatOptions {
    let format = ResponseSchema::new("answer", schema.clone());
    ChatOptions::new().response_format(ResponseFormat::JsonSchema(format))
}

fn strict(schema: Value) -> Value {
    let mut sent = body(openai("gpt-4o"), "Hi", options(&schema));
    sent["response_format"]["json_schema"]["schema"].take()
}

#[test]
fn every_nested_object_is_closed() {
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
    let closing = json!({"required": ["list", "either", "named"], "additionalProperties": false});
    assert_eq!(strict(schema(&point, json!({}))), schema(&closed, closing));
}

#[test]
fn schemas_are_rewritten_for_strict_mode() {
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
                "count": {
                    "type": "integer",
                    "description": "Must be in the format `uint32`. The default is 3.",
                },
                "day": {"type": "string", "format": "date"},
                "kind": {"anyOf": [
                    {"type": "string", "const": "a"}, {"type": "string", "const": "b"},
                ]},
                "where": {"description": "Where.", "anyOf": [{"$ref": "#/$defs/City"}]},
            },
            "required": ["count", "day", "kind", "where"],
            "additionalProperties": false,
            "$defs": {"City": {"type": "string"}},
        })
    );
}

#[test]
fn a_property_may_have_the_name_of_a_keyword() {
    let sent = strict(json!({
        "type": "object",
        "properties": {"default": {"type": "string"}, "format": {"type": "string"}},
    }));
    assert_eq!(sent["properties"]["default"], json!({"type": "string"}));
    assert_eq!(sent["required"], json!(["default", "format"]));
}

#[test]
fn an_unsupported_schema_is_sent_without_strict_mode() {
    let open = json!({"type": "object", "properties": {
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
    }});
    let sent = body(openai("gpt-4o"), "Hi", options(&open));
    let format = &sent["response_format"]["json_schema"];
    assert_eq!((&format["strict"], &format["schema"]), (&json!(false), &open));
    let tool = ToolDefinition::new("count", "", open.clone()).strict(true);
    let sent = body(openai("gpt-4o"), "Hi", ChatOptions::new().tools([tool.clone()]));
    let function = &sent["tools"][0]["function"];
    assert_eq!((function.get("strict"), &function["parameters"]), (None, &open));
    let responses = openai("gpt-5").api(Api::Responses);
    let sent = body(responses, "Hi", ChatOptions::new().tools([tool]));
    assert_eq!(sent["tools"][0]["strict"], false);
    // A service without such rules gets the schema unchanged.
    let sent = body(vllm("qwen"), "Hi", options(&open));
    assert_eq!(sent["response_format"]["json_schema"]["schema"], open);
}

#[test]
fn an_optional_property_may_be_null_unless_it_has_a_default() {
    let sent = strict(json!({
        "type": "object",
        "properties": {
            "name": {"type": "string"},
            "nick": {"type": "string"},
            "size": {"enum": ["s", "m"]},
            "place": {"$ref": "#/$defs/Place"},
            "count": {"type": "integer", "default": 1},
            "maybe": {"type": ["string", "null"]},
        },
        "required": ["name"],
        "$defs": {"Place": {"type": "string"}},
    }));
    let all = ["name", "nick", "size", "place", "count", "maybe"];
    assert_eq!(sent["required"], json!(all));
    let properties = &sent["properties"];
    assert_eq!(properties["name"], json!({"type": "string"}));
    assert_eq!(properties["nick"], json!({"type": ["string", "null"]}));
    assert_eq!(
        properties["place"],
        json!({"anyOf": [{"$ref": "#/$defs/Place"}, {"type": "null"}]})
    );
    assert_eq!(properties["size"]["anyOf"][1], json!({"type": "null"}));
    assert_eq!(properties["count"]["type"], "integer");
    assert_eq!(properties["maybe"], json!({"type": ["string", "null"]}));
}

#[test]
fn strict_schemas_share_the_limits_of_claude() {
    let optional = |count: usize| {
        let properties: Value =
            (0..count).map(|n| (format!("p{n}"), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": properties})
    };
    let tool = |name: &str, count| ToolDefinition::new(name, "", optional(count)).strict(true);
    let tools = [tool("a", 20), tool("b", 20), tool("c", 4)];
    let strict = |model| {
        let sent = body(model, "Hi", ChatOptions::new().tools(tools.clone()));
        let tools = sent["tools"].as_array().unwrap().iter();
        tools.map(|tool| tool["function"]["strict"] == true).collect::<Vec<_>>()
    };
    assert_eq!(strict(openrouter("anthropic/claude-sonnet-4.5")), [true, false, true]);
    assert_eq!(strict(openai("gpt-4o")), [true, true, true]);
}

#[test]
fn groq_gets_strict_schemas_only_for_documented_models() {
    let schema = json!({"type": "object", "properties": {"a": {"type": "string"}}});
    for (model, strict) in [
        ("openai/gpt-oss-120b", true),
        ("openai/gpt-oss-20b", true),
        ("qwen/qwen3.8-27b", true),
        ("openai/gpt-oss-safeguard-20b", false),
        ("moonshotai/kimi-k2-instruct-0905", false),
    ] {
        let sent = body(groq(model), "Hi", options(&schema));
        assert_eq!(sent["response_format"]["json_schema"]["strict"], strict, "{model}");
    }
}

#[test]
fn the_rules_follow_from_the_host() {
    let bounded = json!({"type": "object", "properties": {
        "n": {"type": "integer", "minimum": 1}, "s": {"type": "string", "pattern": "^a"},
    }});
    let sent = |url: &str| {
        let model = openai_compatible("m").provider("gateway").base_url(url);
        body(model, "Hi", options(&bounded))["response_format"]["json_schema"]["schema"].take()
    };
    assert_eq!(sent("http://localhost:8000/v1"), bounded);
    let fireworks = sent("https://api.fireworks.ai/inference/v1");
    assert_eq!(fireworks["properties"]["n"]["minimum"], 1);
    assert_eq!(fireworks["properties"]["s"].get("pattern"), None);
    let cerebras = sent("https://api.cerebras.ai/v1");
    assert_eq!(cerebras["properties"]["n"]["description"], "Must be at least 1.");
    let gemini = sent("https://generativelanguage.googleapis.com/v1beta/openai/");
    assert_eq!(gemini["properties"]["s"]["description"], "Must be a match of the pattern `^a`.");
}
