//! JSON that is sent to a model or received from it keeps the order of its keys.

use std::collections::BTreeMap;

use futures::executor::block_on;
use runnable_chat::{prelude::*, tool::ToolArgs};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Answer {
    steps: Vec<String>,
    result: Inner,
    certainty: f32,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Inner {
    unit: String,
    amount: u32,
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn the_schema_of_a_tool_keeps_the_order_of_fields() {
    let schema = Answer::definition().parameters;
    assert_eq!(keys(&schema["properties"]), ["steps", "result", "certainty"]);
    assert_eq!(schema["required"], json!(["steps", "result", "certainty"]));
    assert_eq!(keys(&schema["$defs"]["Inner"]["properties"]), ["unit", "amount"]);
    let strict = tool("answer", "", |_: Answer, _| async { Ok(()) }).strict(true);
    assert_eq!(strict.definition().parameters["required"], json!(["steps", "result", "certainty"]));
}

#[test]
fn values_in_a_prompt_keep_their_order() {
    let value = json!({"z": 1, "a": {"y": [{"q": 1, "b": 2}], "c": 3}});
    let filled = block_on(prompt("{value}").invoke(dict! { value: value.clone() })).unwrap();
    assert_eq!(filled.text(), r#"{"z":1,"a":{"y":[{"q":1,"b":2}],"c":3}}"#);
    let answer =
        Answer { steps: vec![], result: Inner { unit: "m".into(), amount: 2 }, certainty: 0.5 };
    let values = Dict::from_serialize(&answer).unwrap();
    assert_eq!(values.names().collect::<Vec<_>>(), ["steps", "result", "certainty"]);
    let filled = block_on(prompt("{result}").invoke(values)).unwrap();
    assert_eq!(filled.text(), r#"{"unit":"m","amount":2}"#);
}

#[test]
fn blocks_and_arguments_keep_the_order_of_their_json() {
    let json = r#"{"type":"text","text":"Hi","zeta":1,"alpha":2,"beta":3}"#;
    let block: ContentBlock = serde_json::from_str(json).unwrap();
    let ContentBlock::Text(text) = &block else { panic!("{block:?}") };
    assert_eq!(text.extras.keys().collect::<Vec<_>>(), ["zeta", "alpha", "beta"]);
    let call = r#"{"type":"tool_call","name":"f","args":{"z":1,"a":2},"id":"c"}"#;
    let block: ContentBlock = serde_json::from_str(call).unwrap();
    assert!(serde_json::to_string(&block).unwrap().contains(r#""args":{"z":1,"a":2}"#));
}

#[test]
fn growing_json_keeps_the_order_of_keys() {
    let text = r#"{"z": 1, "a": {"y": 2, "b": 3}, "m": 4}"#;
    let pieces = text.split_inclusive(' ').map(|piece| Ok(AiMessageChunk::new(piece)));
    let grown = block_on(json_value().transform(futures::stream::iter(pieces)).concat()).unwrap();
    assert_eq!(grown.to_string(), text.replace(' ', ""));
    let whole = block_on(json_value().invoke(AiMessage::new(text))).unwrap();
    assert_eq!(whole.to_string(), grown.to_string());
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Flat {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, u32>,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
struct Tagged {
    name: String,
    #[serde(flatten)]
    shape: Shape,
}

#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind")]
enum Shape {
    Circle { radius: u32 },
    Square { side: u32 },
}

fn strict_schema<T: JsonSchema + serde::de::DeserializeOwned + 'static>() -> Value {
    tool("t", "", |_: T, _| async { Ok(()) }).strict(true).definition().parameters.clone()
}

#[test]
fn objects_with_additional_fields_stay_open() {
    let flat = strict_schema::<Flat>();
    assert_ne!(flat["additionalProperties"], false);
    // The struct and the variants describe the same object. If one of them were closed, it would
    // forbid the fields of the other.
    let tagged = strict_schema::<Tagged>();
    assert_eq!(tagged.get("additionalProperties"), None, "{tagged}");
    for choice in tagged["oneOf"].as_array().unwrap() {
        assert_eq!(choice.get("additionalProperties"), None, "{tagged}");
    }
}
