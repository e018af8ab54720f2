//! Writes requests of all kinds to files. `schemas.py` then compares them with the specifications
//! of the services.

use std::{fs, path::Path};

use runnable_chat::{
    ChatOptions,
    message::ReasoningBlock,
    model::{ReasoningEffort, ResponseFormat, ResponseSchema},
    prelude::*,
    tool::{ToolChoice, ToolDefinition},
};
use runnable_testing::server::{FakeServer, Reply};
use serde_json::json;

use crate::{dialect::Dialect, place::place};

/// A request: its name, its prompt and its options.
type Request = (&'static str, PromptValue, ChatOptions);

fn plain() -> PromptValue {
    "What is this?".into()
}

fn tool() -> ToolDefinition {
    let schema = json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": false,
    });
    ToolDefinition::new("get_weather", "The weather in a city", schema)
}

fn schema() -> ResponseSchema {
    let schema = json!({
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": false,
    });
    ResponseSchema::new("person", schema).description("Somebody")
}

fn conversations() -> Vec<Request> {
    let with = |block| PromptValue::from(HumanMessage::new("What is this?").with_block(block));
    let picture = Media::from_bytes("image/png", b"\x89PNG\r\n\x1a\n");
    let paper = Media::from_bytes("application/pdf", b"%PDF-1.4").with_filename("paper.pdf");
    let turns = vec![
        system("You are terse."),
        system("You are kind."),
        human("Hello."),
        ai("Hello!"),
        human("How are you?"),
        human("And where?"),
    ];
    let prompts = [
        ("text", plain()),
        ("turns", turns.into()),
        ("image-url", with(ContentBlock::Image(Media::from_url("https://example.com/a.png")))),
        ("image-data", with(ContentBlock::Image(picture))),
        ("file-data", with(ContentBlock::File(paper))),
        ("file-id", with(ContentBlock::File(Media::from_file_id("file_123")))),
    ];
    prompts.into_iter().map(|(name, prompt)| (name, prompt, ChatOptions::new())).collect()
}

fn tools() -> Vec<Request> {
    let two = AiMessage::new("Let me see.")
        .with_block(ToolCall::new("call_1", "get_weather", json!({"city": "Paris"})))
        .with_block(ToolCall::new("call_2", "get_weather", json!({"city": "Rome"})));
    let results = vec![
        human("What is the weather?"),
        two.into(),
        ToolMessage::new("call_1", "Mild.").into(),
        ToolMessage::error("call_2", "No such city.").into(),
    ];
    let options = || ChatOptions::new().tools([tool()]);
    vec![
        ("tools", plain(), options()),
        ("tools-strict", plain(), ChatOptions::new().tools([tool().strict(true)])),
        ("tools-auto", plain(), options().tool_choice(ToolChoice::Auto)),
        ("tools-none", plain(), options().tool_choice(ToolChoice::None)),
        ("tools-required", plain(), options().tool_choice(ToolChoice::Required)),
        ("tools-one", plain(), options().tool_choice(ToolChoice::Tool("get_weather".into()))),
        ("tools-alone", plain(), options().parallel_tool_calls(false)),
        ("tool-results", results.into(), options()),
    ]
}

fn options() -> Vec<Request> {
    let settings = ChatOptions::new().temperature(0.5).top_p(0.9).max_tokens(100);
    let lenient = ResponseFormat::JsonSchema(schema().strict(false));
    let all = [
        ("settings", settings),
        ("seed", ChatOptions::new().seed(7)),
        ("stop", ChatOptions::new().stop(["STOP", "END"])),
        ("logprobs", ChatOptions::new().logprobs(2)),
        ("json", ChatOptions::new().response_format(ResponseFormat::Json)),
        ("schema", ChatOptions::new().response_format(ResponseFormat::JsonSchema(schema()))),
        ("schema-lenient", ChatOptions::new().response_format(lenient)),
        ("effort-low", ChatOptions::new().reasoning_effort(ReasoningEffort::Low)),
        ("effort-high", ChatOptions::new().reasoning_effort(ReasoningEffort::High)),
        ("effort-none", ChatOptions::new().reasoning_effort(ReasoningEffort::None)),
        ("effort-budget", ChatOptions::new().reasoning_effort(ReasoningEffort::Budget(2_048))),
    ];
    all.into_iter().map(|(name, options)| (name, plain(), options)).collect()
}

/// A request that sends reasoning back to its service.
fn thoughts(dialect: Dialect) -> Request {
    let mut shown = ReasoningBlock::new("Six times seven.");
    let mut hidden = ReasoningBlock::new("");
    hidden.encrypted = Some("c2VhbGVk".into());
    match dialect {
        Dialect::Messages => shown.signature = Some("c2lnbmVk".into()),
        Dialect::Responses => (shown.id, hidden.id) = (Some("rs_1".into()), Some("rs_2".into())),
        Dialect::Chat => {}
    }
    let mut answer = AiMessage::new("").with_block(shown).with_block(hidden).with_block("42.");
    answer.provider = Some(dialect.provider().into());
    let conversation = vec![human("Think."), answer.into(), human("Go on.")];
    ("thoughts", conversation.into(), ChatOptions::new().max_tokens(4_096))
}

/// Returns whether an API does not support a request, so that it is refused before it is sent.
fn is_refused(dialect: Dialect, name: &str) -> bool {
    match dialect {
        Dialect::Messages => ["logprobs", "json", "seed"].contains(&name),
        Dialect::Chat => name == "effort-budget",
        Dialect::Responses => ["effort-budget", "seed", "stop"].contains(&name),
    }
}

#[tokio::test]
#[ignore = "needs servers: cargo xtask e2e"]
async fn every_kind_of_request_is_written_to_a_file() {
    let (folder, mut failures) = (place("E2E_REQUESTS"), Vec::new());
    for dialect in Dialect::ALL {
        let mut requests = conversations();
        requests.extend(tools());
        requests.extend(options());
        requests.push(thoughts(dialect));
        for (name, prompt, options) in requests {
            for streamed in [false, true] {
                // Only the request matters here.
                let error_body =
                    json!({"error": {"type": "invalid_request_error", "message": "read"}});
                let server =
                    FakeServer::script([Reply::json(400, &error_body)]).await.expect("a server");
                let model = dialect.model(&server.url()).with_options(options.clone());
                let error = if streamed {
                    model.stream(prompt.clone()).next().await.and_then(Result::err)
                } else {
                    model.invoke(prompt.clone()).await.err()
                };
                let error = error.expect("a refusal");
                let expected = if is_refused(dialect, name) {
                    ErrorKind::Unsupported
                } else {
                    ErrorKind::InvalidRequest
                };
                if error.kind() != expected {
                    failures.push(format!("{dialect:?}, {name}: {error}"));
                }
                for request in server.requests() {
                    let file =
                        format!("{dialect:?}-{name}{}", if streamed { "-streamed" } else { "" });
                    let body = json!({
                        "path": request.path(),
                        "beta": request.header("anthropic-beta").is_some(),
                        "body": request.json(),
                    });
                    let file = Path::new(&folder).join(file).with_extension("json");
                    fs::write(file, body.to_string()).expect("a file");
                }
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
