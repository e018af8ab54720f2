//! Tools that are made with `#[tool]`.

use runnable_agents::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::json;

#[derive(Deserialize, JsonSchema)]
struct Sum {
    a: i64,
    /// The second number.
    b: i64,
}

/// Adds two numbers.
///
/// The numbers are whole.
#[tool]
async fn add(Sum { a, b }: Sum) -> Result<i64> {
    Ok(a + b)
}

#[tool(name = "where_am_i", description = "Tells the city.", strict)]
async fn place(cx: RunContext) -> Result<String> {
    Ok(cx.resource::<&'static str>()?.to_string())
}

/// Lists the first numbers.
#[tool]
async fn numbers() -> Result<impl serde::Serialize + use<>> {
    Ok(vec![1, 2, 3])
}

/// Tells the time.
#[tool]
pub(crate) async fn clock() -> Result<ToolOutput> {
    Ok(ToolOutput::text("noon").with_artifact(12))
}

#[tokio::test]
async fn the_doc_comment_and_the_argument_describe_the_tool() {
    let add = add();
    assert_eq!(add.name(), "add");
    let definition = add.definition();
    assert_eq!(definition.description, "Adds two numbers.\n\nThe numbers are whole.");
    assert_eq!(definition.parameters["properties"]["b"]["description"], "The second number.");
    assert_eq!(add.invoke(json!({"a": 1, "b": 2})).await.unwrap(), 3);
    let error = add.invoke(json!({"a": 1})).await.unwrap_err();
    assert_eq!(error.message(), "invalid arguments for tool `add`: missing field `b`");
}

#[tokio::test]
async fn the_attribute_sets_the_name_and_the_description() {
    let place = place();
    assert_eq!((place.name(), &*place.definition().description), ("where_am_i", "Tells the city."));
    assert!(place.definition().strict);
    let config = RunConfig::new().resource("Paris");
    assert_eq!(place.invoke(json!({})).config(config).await.unwrap(), "Paris");
}

#[tokio::test]
async fn a_tool_can_return_a_type_without_a_name() {
    assert_eq!(numbers().invoke(json!({})).await.unwrap(), json!([1, 2, 3]));
}

#[tokio::test]
async fn a_tool_without_arguments_can_return_an_artifact() {
    let answer = AiMessage::new("").with_block(ToolCall::new("1", "clock", json!({})));
    let results = toolbox([clock()]).invoke(answer).await.unwrap();
    assert_eq!(results[0], ToolMessage::new("1", "noon").with_name("clock").with_artifact(12));
}
