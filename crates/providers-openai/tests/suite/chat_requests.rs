//! Options in the form of Chat Completions.

use providers_openai::{deepseek, groq, mistral, openai, openai_compatible, openrouter};
use runnable_chat::{
    ChatOptions,
    model::{ChatRequest, ReasoningEffort, ResponseFormat, ResponseSchema},
    tool::{ToolChoice, ToolDefinition},
};
use runnable_http::chat::ChatProtocol;
use serde_json::{Value, json};

use crate::written::{body, refusal};

fn options() -> ChatOptions {
    ChatOptions::new()
}

fn lookup() -> ToolDefinition {
    let parameters = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    ToolDefinition::new("lookup", "Looks a city up.", parameters)
}

#[test]
fn options_have_their_names() {
    let requested = options().temperature(0.7).top_p(0.9).seed(7).max_tokens(50).stop(["END"]);
    assert_eq!(
        body(openai("gpt-4o-mini"), "Hi", requested.logprobs(2)),
        json!({
            "model": "gpt-4o-mini",
            "messages": [{"role": "user", "content": "Hi"}],
            "temperature": 0.7,
            "top_p": 0.9,
            "seed": 7,
            "max_completion_tokens": 50,
            "stop": ["END"],
            "logprobs": true,
            "top_logprobs": 2,
        })
    );
}

#[test]
fn services_have_their_own_names_for_options() {
    let requested = options().seed(7).max_tokens(50).tools([lookup()]);
    let requested = requested.tool_choice(ToolChoice::Required);
    let sent = body(mistral("mistral-small"), "Hi", requested.clone());
    assert_eq!(sent["random_seed"], 7);
    assert_eq!(sent["max_tokens"], 50);
    assert_eq!(sent["tool_choice"], "any");
    let sent = body(groq("qwen3"), "Hi", requested);
    assert_eq!(sent["seed"], 7);
    assert_eq!(sent["max_completion_tokens"], 50);
    assert_eq!(sent["tool_choice"], "required");
}

#[test]
fn the_usage_of_a_stream_is_requested_if_necessary() {
    let streamed = |model: providers_openai::OpenAiBuilder| -> Value {
        let request = ChatRequest::new("Hi", options());
        let request = model.protocol().encode(&request).expect("an encoded request");
        serde_json::from_slice(request.body()).expect("valid JSON")
    };
    let sent = streamed(openai("gpt-4o"));
    assert_eq!(sent["stream"], true);
    assert_eq!(sent["stream_options"], json!({"include_usage": true}));
    let sent = streamed(mistral("mistral-small"));
    assert_eq!(sent["stream"], true);
    assert_eq!(sent.get("stream_options"), None);
}

#[test]
fn tools_are_functions() {
    let requested = options().tools([lookup()]).parallel_tool_calls(false);
    let sent =
        body(openai("gpt-4o"), "Hi", requested.tool_choice(ToolChoice::Tool("lookup".into())));
    assert_eq!(
        sent["tools"],
        json!([{"type": "function", "function": {
            "name": "lookup",
            "description": "Looks a city up.",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        }}])
    );
    assert_eq!(sent["parallel_tool_calls"], false);
    assert_eq!(sent["tool_choice"], json!({"type": "function", "function": {"name": "lookup"}}));
}

#[test]
fn a_strict_tool_requires_all_its_arguments() {
    let sent = body(openai("gpt-4o"), "Hi", options().tools([lookup().strict(true)]));
    let function = &sent["tools"][0]["function"];
    assert_eq!(function["strict"], true);
    assert_eq!(function["parameters"]["required"], json!(["city"]));
    assert_eq!(function["parameters"]["additionalProperties"], false);
}

#[test]
fn the_response_format_is_written() {
    let sent = body(openai("gpt-4o"), "Hi", options().response_format(ResponseFormat::Json));
    assert_eq!(sent["response_format"], json!({"type": "json_object"}));
    let schema = json!({"type": "object", "properties": {"city": {"type": "string"}}});
    let format = ResponseSchema::new("answer", schema.clone()).description("Where.");
    let strict = options().response_format(ResponseFormat::JsonSchema(format.clone()));
    assert_eq!(
        body(openai("gpt-4o"), "Hi", strict)["response_format"],
        json!({"type": "json_schema", "json_schema": {
            "name": "answer",
            "description": "Where.",
            "strict": true,
            "schema": {
                "type": "object",
                "properties": {"city": {"type": "string"}},
                "required": ["city"],
                "additionalProperties": false,
            },
        }})
    );
    let lenient = options().response_format(ResponseFormat::JsonSchema(format.strict(false)));
    let sent = body(openai("gpt-4o"), "Hi", lenient);
    assert_eq!(sent["response_format"]["json_schema"]["schema"], schema);
    assert_eq!(sent["response_format"]["json_schema"]["strict"], false);
}

#[test]
fn each_service_has_its_own_form_of_effort() {
    let requested = |effort| options().reasoning_effort(effort);
    let sent = body(openai("gpt-5"), "Hi", requested(ReasoningEffort::Low));
    assert_eq!(sent["reasoning_effort"], "low");
    let sent = body(openai("gpt-5.2"), "Hi", requested(ReasoningEffort::Max));
    assert_eq!(sent["reasoning_effort"], "xhigh");
    let sent = body(groq("gpt-oss"), "Hi", requested(ReasoningEffort::Max));
    assert_eq!(sent["reasoning_effort"], "high");
    let sent = body(openrouter("anthropic/claude"), "Hi", requested(ReasoningEffort::Budget(2000)));
    assert_eq!(sent["reasoning"], json!({"max_tokens": 2000}));
    let sent = body(openrouter("anthropic/claude"), "Hi", requested(ReasoningEffort::Medium));
    assert_eq!(sent["reasoning"], json!({"effort": "medium"}));
    let sent = body(deepseek("deepseek-chat"), "Hi", requested(ReasoningEffort::High));
    assert_eq!(sent["thinking"], json!({"type": "enabled"}));
    let sent = body(deepseek("deepseek-chat"), "Hi", requested(ReasoningEffort::None));
    assert_eq!(sent["thinking"], json!({"type": "disabled"}));
    let error = refusal(openai("gpt-5"), "Hi", requested(ReasoningEffort::Budget(2000)));
    assert!(error.contains("`ReasoningEffort::Budget` is not supported"), "{error}");
}

#[test]
fn extras_are_sent_unchanged() {
    let requested = options().max_tokens(50).tools([lookup()]);
    let requested = requested
        .extra("max_completion_tokens", 60)
        .extra("n", 2)
        .extra("tools", json!([{"type": "custom", "custom": {"name": "sql"}}]))
        .extra("metadata", json!({"team": "search"}));
    let sent =
        body(openai_compatible("m").provider("mine").base_url("http://localhost"), "Hi", requested);
    assert_eq!(sent["max_completion_tokens"], 60);
    assert_eq!(sent["max_tokens"], 50);
    assert_eq!(sent["n"], 2);
    assert_eq!(sent["metadata"], json!({"team": "search"}));
    assert_eq!(sent["tools"][0]["function"]["name"], "lookup");
    assert_eq!(sent["tools"][1]["custom"]["name"], "sql");
}
