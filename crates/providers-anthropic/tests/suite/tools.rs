//! Encoding tools and the response format.

use runnable_chat::{
    ChatOptions,
    model::{ResponseFormat, ResponseSchema},
    tool::{ToolChoice, ToolDefinition},
};
use serde_json::{Value, json};

use super::wire::{body, refusal};

fn clock() -> ToolDefinition {
    let zone = json!({"type": "object", "properties": {"zone": {"type": "string"}}});
    ToolDefinition::new("clock", "Tells the time.", zone)
}

fn with(options: ChatOptions) -> Value {
    body("Time?", options)
}

#[test]
fn tools_of_the_caller_precede_server_tools() {
    let search = json!({"type": "web_search_20250305", "name": "web_search", "max_uses": 2});
    let options = ChatOptions::new()
        .tools([clock(), ToolDefinition::new("now", "", Value::Null)])
        .extra("tools", json!([search]));
    assert_eq!(
        with(options)["tools"],
        json!([
            {
                "name": "clock",
                "description": "Tells the time.",
                "input_schema": {"type": "object", "properties": {"zone": {"type": "string"}}},
            },
            {"name": "now", "input_schema": {"type": "object", "properties": {}}},
            search,
        ])
    );
}

#[test]
fn the_objects_of_a_strict_tool_are_closed() {
    let schema = json!({
        "type": "object",
        "properties": {
            "place": {"type": ["object", "null"], "properties": {}},
            "properties": {"type": "array", "items": {"$ref": "#/$defs/one"}},
        },
        "$defs": {"one": {"type": "object"}},
        "default": {"type": "object"},
    });
    let tool = &with(
        ChatOptions::new().tools([ToolDefinition::new("go", "", schema).strict(true)]),
    )["tools"][0];
    assert_eq!(tool["strict"], true);
    assert_eq!(
        tool["input_schema"],
        json!({
            "type": "object",
            "additionalProperties": false,
            "properties": {
                "place": {
                    "type": ["object", "null"], "properties": {}, "additionalProperties": false,
                },
                "properties": {"type": "array", "items": {"$ref": "#/$defs/one"}},
            },
            "$defs": {"one": {"type": "object", "additionalProperties": false}},
            "default": {"type": "object"},
        })
    );
}

#[test]
fn the_strict_schemas_of_a_request_share_the_limits_of_the_api() {
    // The API counts the properties that are not required, in all schemas of a request together.
    let optional = |count: usize| {
        let properties: Value =
            (0..count).map(|n| (format!("p{n}"), json!({"type": "string"}))).collect();
        json!({"type": "object", "properties": properties})
    };
    let tool = |name: &str, count| ToolDefinition::new(name, "", optional(count)).strict(true);
    let strict = |options: ChatOptions| {
        let body = with(options);
        let tools = body["tools"].as_array().unwrap().iter();
        let strict: Vec<_> = tools.map(|tool| tool["strict"] == true).collect();
        (strict, body["output_config"]["format"].is_object())
    };
    let tools = [tool("a", 20), tool("b", 20), tool("c", 4), tool("d", 1)];
    let options = ChatOptions::new().tools(tools);
    assert_eq!(strict(options.clone()), (vec![true, false, true, false], false));
    // The schema of the answer uses the shared limits before the tools.
    let format = ResponseSchema::new("Dog", optional(20));
    let options = options.response_format(ResponseFormat::JsonSchema(format));
    assert_eq!(strict(options), (vec![false, false, true, false], true));
}

#[test]
fn the_tool_choice_is_written() {
    let choice = |choice: Option<ToolChoice>, parallel: Option<bool>| {
        let mut options = ChatOptions::new().tools([clock()]);
        (options.tool_choice, options.parallel_tool_calls) = (choice, parallel);
        with(options)["tool_choice"].take()
    };
    assert_eq!(choice(None, None), Value::Null);
    assert_eq!(choice(None, Some(true)), Value::Null);
    assert_eq!(
        choice(None, Some(false)),
        json!({"type": "auto", "disable_parallel_tool_use": true})
    );
    assert_eq!(choice(Some(ToolChoice::Auto), None), json!({"type": "auto"}));
    assert_eq!(choice(Some(ToolChoice::None), Some(false)), json!({"type": "none"}));
    assert_eq!(choice(Some(ToolChoice::Required), None), json!({"type": "any"}));
    assert_eq!(
        choice(Some(ToolChoice::Tool("clock".into())), Some(false)),
        json!({"type": "tool", "name": "clock", "disable_parallel_tool_use": true})
    );
}

#[test]
fn a_schema_is_written_as_the_output_format() {
    let dog = json!({"type": "object", "properties": {"name": {"type": "string"}}});
    let schema = ResponseSchema::new("Dog", dog).description("A good dog.");
    let options = ChatOptions::new().response_format(ResponseFormat::JsonSchema(schema));
    assert_eq!(
        with(options.extra("output_config", json!({"effort": "low"})))["output_config"],
        json!({
            "effort": "low",
            "format": {"type": "json_schema", "schema": {
                "type": "object",
                "description": "A good dog.",
                "properties": {"name": {"type": "string"}},
                "additionalProperties": false,
            }},
        })
    );
    let options = ChatOptions::new().response_format(ResponseFormat::Json);
    assert!(refusal("A dog, please.", options).contains("`ResponseFormat::JsonSchema`"));
}
