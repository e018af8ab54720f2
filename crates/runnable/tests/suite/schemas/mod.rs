//! Structured output: each service accepts the schemas that it is sent.

mod published;
mod zoo;

use std::sync::{Arc, Mutex};

use runnable::{
    ChatOptions,
    anthropic::AnthropicProtocol,
    model::{ChatProvider, ChatRequest},
    openai::{self, Api, OpenAiBuilder},
    prelude::*,
    tool::ToolDefinition,
    transport::{chat::ChatProtocol, schema::SchemaRules},
};
use runnable_testing::server::{FakeServer, Reply};
use schemars::schema_for;
use serde_json::{Value, json};

use self::{
    published::Published,
    zoo::{Anything, Choice, Counts, Diary, Form, Mixed, Open, Person, Reasoned, Specimen, Tree},
};

/// How a schema was sent.
#[derive(Debug)]
enum Sent {
    /// The request contains the schema in a field that the service enforces.
    Enforced(Value),
    /// The request contains the schema in a field, but the service does not guarantee that answers
    /// follow it.
    Lenient(Value),
    /// The prompt contains instructions, and the request has this response format.
    InPrompt(Value),
}

/// A model that records its request, and answers with this text.
#[derive(Debug)]
struct Notes {
    answer: String,
    recorded: Arc<Mutex<Option<ChatRequest>>>,
}

impl ChatProvider for Notes {
    fn run_name(&self) -> &str {
        "Notes"
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        *self.recorded.lock().unwrap() = Some(request);
        ChunkStream::once(AiMessage::new(self.answer.clone()))
    }
}

/// Returns the request for an answer of this type, after parsing its sample.
async fn request<T: Specimen>() -> ChatRequest {
    let (recorded, sample) = (Arc::default(), T::sample());
    let model = Notes { answer: sample.to_string(), recorded: Arc::clone(&recorded) };
    let ask = ChatModel::new(model).with_structured_output::<T>();
    let value = ask.invoke("Go.").await.expect("the sample is read");
    assert_eq!(serde_json::to_value(value).unwrap(), sample);
    recorded.lock().unwrap().take().expect("a recorded request").without_streaming()
}

fn sent_by(api: &impl ChatProtocol, request: &ChatRequest) -> Sent {
    let call = api.encode(request).expect("the request can be written");
    let body: Value = serde_json::from_slice(call.body()).unwrap();
    let format = &body["response_format"];
    let text = &body["text"]["format"];
    let (schema, strict) = match (format["type"].as_str(), text["type"].as_str()) {
        (Some("json_schema"), _) => {
            (&format["json_schema"]["schema"], &format["json_schema"]["strict"])
        }
        (_, Some("json_schema")) => (&text["schema"], &text["strict"]),
        _ => (&body["output_config"]["format"]["schema"], &Value::Null),
    };
    if schema.is_null() {
        let conversation = [&body["messages"][0], &body["system"], &body["input"][0]];
        let instructions = conversation.map(Value::to_string).concat();
        assert!(instructions.contains("valid against this JSON schema"), "{body}");
        return Sent::InPrompt(format.clone());
    }
    if strict == false { Sent::Lenient(schema.clone()) } else { Sent::Enforced(schema.clone()) }
}

fn groq() -> OpenAiBuilder {
    openai::groq("openai/gpt-oss-120b")
}

fn gateway(rules: SchemaRules) -> OpenAiBuilder {
    openai::openai_compatible("m")
        .provider("gateway")
        .base_url("https://gateway.example/v1")
        .schema_rules(rules)
}

/// The services with their rules. A service that enforces every schema has no lenient mode.
fn services() -> Vec<(&'static str, OpenAiBuilder, Published, bool)> {
    use published::{
        ANTHROPIC, AZURE, CEREBRAS, FINE_TUNED, FIREWORKS, GEMINI, GROQ, MISTRAL, OPENAI,
        PERPLEXITY, XAI,
    };
    let claude = "anthropic/claude-sonnet-4.5";
    vec![
        ("openai", openai::openai("gpt-4o"), OPENAI, true),
        ("responses", openai::openai("gpt-5").api(Api::Responses), OPENAI, true),
        ("fine-tuned", openai::openai("ft:gpt-4o:x"), FINE_TUNED, true),
        ("azure", openai::azure("gpt-4o"), AZURE, true),
        ("groq", groq(), GROQ, true),
        ("cerebras", openai::cerebras("gpt-oss-120b"), CEREBRAS, true),
        ("xai", openai::xai("grok-4"), XAI, true),
        ("openrouter", openai::openrouter("openai/gpt-4o"), OPENAI, true),
        ("openrouter, claude", openai::openrouter(claude), ANTHROPIC, false),
        ("openrouter, gemini", openai::openrouter("google/gemini-2.5-pro"), GEMINI, false),
        ("huggingface, claude", openai::huggingface(claude), ANTHROPIC, false),
        ("fireworks", gateway(SchemaRules::FIREWORKS), FIREWORKS, true),
        ("gemini", gateway(SchemaRules::GEMINI), GEMINI, false),
        ("mistral", openai::mistral("mistral-large-latest"), MISTRAL, true),
        ("perplexity", openai::perplexity("sonar"), PERPLEXITY, false),
    ]
}

/// Checks that a schema was sent in a form that the rules accept.
#[track_caller]
fn assert_accepted(service: &str, sent: &Sent, rules: &Published, is_lenient: bool) {
    match sent {
        Sent::Enforced(schema) => {
            let refused = rules.refused(schema);
            assert!(refused.is_empty(), "{service} refuses {refused:#?}\nby {}", rules.source);
        }
        Sent::Lenient(schema) => {
            assert!(is_lenient, "{service} enforces every schema");
            assert_eq!(schema["type"], "object", "{service}");
        }
        Sent::InPrompt(format) => assert_eq!(*format, Value::Null, "{service}"),
    }
}

async fn every_service_accepts<T: Specimen>() {
    let request = request::<T>().await;
    let claude = sent_by(&AnthropicProtocol::new("claude-sonnet-4-5"), &request);
    assert_accepted("anthropic", &claude, &published::ANTHROPIC, false);
    for (service, model, rules, is_lenient) in services() {
        assert_accepted(service, &sent_by(&model.protocol(), &request), &rules, is_lenient);
    }
}

#[tokio::test]
async fn every_service_accepts_all_sample_schemas() {
    every_service_accepts::<Reasoned>().await;
    every_service_accepts::<Person>().await;
    every_service_accepts::<Diary>().await;
    every_service_accepts::<Counts>().await;
    every_service_accepts::<Open>().await;
    every_service_accepts::<Mixed>().await;
    every_service_accepts::<Anything>().await;
    every_service_accepts::<Tree>().await;
    every_service_accepts::<Choice>().await;
    every_service_accepts::<Form>().await;
}

/// Returns the parameters of a tool with the schema of this type, in the request for a strict tool,
/// and whether the tool is sent as a strict tool.
fn tool_sent_by<T: Specimen>(api: &impl ChatProtocol) -> (bool, Value) {
    let tool = ToolDefinition::new("t", "", schema_for!(T).to_value()).strict(true);
    let request = ChatRequest::new("Go.", ChatOptions::new().tools([tool])).without_streaming();
    let body: Value = serde_json::from_slice(api.encode(&request).unwrap().body()).unwrap();
    let tool = &body["tools"][0];
    let tool = tool.get("function").unwrap_or(tool);
    let schema = tool.get("parameters").unwrap_or(&tool["input_schema"]);
    (tool["strict"] == true, schema.clone())
}

/// Checks the strict tool of each service, and returns the services that enforce its schema.
fn services_with_strict_tool<T: Specimen>() -> Vec<&'static str> {
    let mut strict_services = Vec::new();
    let mut check = |service: &'static str, (strict, schema): (bool, Value), rules: &Published| {
        if strict {
            let refused = rules.refused(&schema);
            assert!(refused.is_empty(), "{service} refuses {refused:#?}\nby {}", rules.source);
            strict_services.push(service);
        } else {
            let schema = schema.as_object().expect("a schema");
            let is_schema = ["type", "anyOf", "oneOf"].iter().any(|key| schema.contains_key(*key));
            assert!(is_schema, "{service}: {schema:?}");
        }
    };
    let claude = AnthropicProtocol::new("claude-sonnet-4-5");
    check("anthropic", tool_sent_by::<T>(&claude), &published::ANTHROPIC);
    let deepseek = openai::deepseek("deepseek-chat").protocol();
    check("deepseek", tool_sent_by::<T>(&deepseek), &published::DEEPSEEK);
    for (service, model, rules, _) in services() {
        check(service, tool_sent_by::<T>(&model.protocol()), &rules);
    }
    strict_services
}

#[test]
fn every_service_accepts_all_sample_schemas_as_strict_tools() {
    // These schemas comply with all rules after rewriting.
    for strict in [
        services_with_strict_tool::<Reasoned>(),
        services_with_strict_tool::<Person>(),
        services_with_strict_tool::<Diary>(),
    ] {
        assert_eq!(strict.len(), services().len() + 2, "{strict:?}");
    }
    // For some services, these schemas can only be sent without strict mode.
    services_with_strict_tool::<Counts>();
    services_with_strict_tool::<Open>();
    services_with_strict_tool::<Mixed>();
    services_with_strict_tool::<Anything>();
    services_with_strict_tool::<Tree>();
    services_with_strict_tool::<Choice>();
    services_with_strict_tool::<Form>();
}

#[test]
fn a_schema_that_is_too_large_for_a_service_is_not_enforced() {
    let wide = |count: usize| {
        let fields = (0..count).map(|n| (format!("f{n}"), json!({"type": "string"})));
        json!({"type": "object", "properties": fields.collect::<Value>()})
    };
    let deep = |levels: usize| {
        (1..levels).fold(wide(1), |inner, _| json!({"type": "object", "properties": {"a": inner}}))
    };
    let choices = |count: usize| {
        let values: Vec<_> = (0..count).map(|n| n.to_string()).collect();
        json!({"type": "object", "properties": {"a": {"type": "string", "enum": values}}})
    };
    let schemas =
        [wide(101), wide(501), wide(5_001), deep(6), deep(11), choices(501), choices(1_001)];
    for schema in schemas {
        let tool = ToolDefinition::new("t", "", schema).strict(true);
        let request = ChatRequest::new("Go.", ChatOptions::new().tools([tool]));
        let strict_schema = |api: &dyn Fn(&ChatRequest) -> Vec<u8>| {
            let body: Value = serde_json::from_slice(&api(&request)).unwrap();
            let tool = &body["tools"][0];
            let tool = tool.get("function").unwrap_or(tool).clone();
            let schema = tool.get("parameters").or(tool.get("input_schema")).cloned();
            schema.filter(|_| tool["strict"] == true)
        };
        let mut checked = 0;
        let claude = AnthropicProtocol::new("claude-sonnet-4-5");
        let sent = strict_schema(&|it| claude.encode(it).unwrap().body().to_vec());
        checked += usize::from(sent.is_none());
        for (service, model, rules, _) in services() {
            let api = model.protocol();
            let Some(schema) = strict_schema(&|it| api.encode(it).unwrap().body().to_vec()) else {
                checked += 1;
                continue;
            };
            assert!(rules.refused(&schema).is_empty(), "{service}: {:?}", rules.refused(&schema));
        }
        assert!(checked > 0, "at least one service has a limit");
    }
}

#[tokio::test]
async fn the_fields_of_a_struct_keep_their_order_in_every_api() {
    let reasoned = ["steps", "final_answer", "confidence", "alternatives"];
    assert_order::<Reasoned>(&reasoned).await;
    let diary = schema_for!(Diary).to_value();
    let diary: Vec<_> = diary["properties"].as_object().unwrap().keys().cloned().collect();
    assert!(!diary.is_sorted(), "sorted names could not show a lost order");
    assert_order::<Diary>(&diary.iter().map(String::as_str).collect::<Vec<_>>()).await;
}

/// Checks the bytes of the requests of all APIs, for structured output and for strict tools. A
/// comparison of values would ignore the order.
async fn assert_order<T: Specimen>(names: &[&str]) {
    let tool = ToolDefinition::new("t", "", schema_for!(T).to_value()).strict(true);
    let tools = ChatRequest::new("Go.", ChatOptions::new().tools([tool])).without_streaming();
    for request in [request::<T>().await, tools] {
        let claude = AnthropicProtocol::new("claude-sonnet-4-5").encode(&request).unwrap();
        let mut bodies = vec![("anthropic", claude.body().to_vec())];
        let deepseek = ("deepseek", openai::deepseek("deepseek-chat"), published::DEEPSEEK, true);
        for (service, model, ..) in services().into_iter().chain([deepseek]) {
            bodies.push((service, model.protocol().encode(&request).unwrap().body().to_vec()));
        }
        for (service, body) in bodies {
            // In a prompt, the quotation marks of the schema are escaped.
            let body = String::from_utf8(body).unwrap().replace('\\', "");
            let place = |name: &&str| {
                let place = body.find(&format!("\"{name}\":{{"));
                place.unwrap_or_else(|| panic!("{service}, {name}: {body}"))
            };
            let places: Vec<_> = names.iter().map(place).collect();
            assert!(places.is_sorted(), "{service}: {body}");
        }
    }
}

#[tokio::test]
async fn schemas_are_enforced_if_possible() {
    for request in
        [request::<Reasoned>().await, request::<Person>().await, request::<Diary>().await]
    {
        let sent = sent_by(&AnthropicProtocol::new("claude-sonnet-4-5"), &request);
        assert!(matches!(sent, Sent::Enforced(_)), "{sent:?}");
        for (service, model, ..) in services() {
            let sent = sent_by(&model.protocol(), &request);
            assert!(matches!(sent, Sent::Enforced(_)), "{service}: {sent:?}");
        }
    }
}

#[tokio::test]
async fn a_map_is_sent_without_strict_mode_or_in_the_prompt() {
    let request = request::<Counts>().await;
    let Sent::Lenient(schema) = sent_by(&openai::openai("gpt-4o").protocol(), &request) else {
        panic!("not lenient")
    };
    assert_eq!(schema["properties"]["by_name"]["additionalProperties"]["type"], "integer");
    let sent = sent_by(&AnthropicProtocol::new("claude-sonnet-4-5"), &request);
    assert!(matches!(sent, Sent::InPrompt(Value::Null)), "{sent:?}");
    // Services that support maps enforce them.
    let sent = sent_by(&gateway(SchemaRules::XAI).protocol(), &request);
    assert!(matches!(sent, Sent::Enforced(_)), "{sent:?}");
}

#[tokio::test]
async fn deepseek_gets_the_schema_in_the_prompt() {
    let sent = sent_by(&openai::deepseek("deepseek-chat").protocol(), &request::<Person>().await);
    let Sent::InPrompt(format) = sent else { panic!("{sent:?}") };
    assert_eq!(format, json!({"type": "json_object"}));
}

#[tokio::test]
async fn groq_models_without_strict_mode_get_lenient_schemas() {
    let request = request::<Person>().await;
    let sent = sent_by(&openai::groq("llama-3.3-70b-versatile").protocol(), &request);
    assert!(matches!(sent, Sent::Lenient(_)), "{sent:?}");
}

#[tokio::test]
async fn unsupported_keywords_are_described_in_words() {
    let request = request::<Person>().await;
    let Sent::Enforced(schema) = sent_by(&AnthropicProtocol::new("claude-sonnet-4-5"), &request)
    else {
        panic!("not enforced")
    };
    let description =
        |name: &str| schema["properties"][name]["description"].as_str().unwrap_or_default();
    assert_eq!(
        description("age"),
        "In years.\n\nMust be in the format `uint8`, at least 0, and at most 255."
    );
    assert_eq!(description("visits"), "Must be in the format `uint32`, and at least 0.");
    assert_eq!(
        description("initial"),
        "Must be at least 1 character long, and at most 1 character long."
    );
    assert_eq!(description("languages"), "Must be a list without repeated items.");
    assert!(description("place").contains("exactly 2 items, in this order: `number`, `integer`"));
    assert_eq!(
        description("grid"),
        "Must be a list of at least 3 items, and a list of at most 3 items."
    );
    // The description of a referenced schema is next to the reference.
    assert_eq!(description("address"), "Where the person lives.");
}

#[tokio::test]
async fn the_fields_of_a_struct_keep_their_order() {
    let answer = json!({"choices": [{"index": 0, "finish_reason": "stop", "message": {
        "role": "assistant", "content": Reasoned::sample().to_string(),
    }}]});
    let server = FakeServer::script([Reply::json(200, &answer)]).await.unwrap();
    let model = openai::openai("gpt-4o").api_key("k").base_url(server.url());
    let model = model.http(|client| client.no_proxy()).build().unwrap();
    model.with_structured_output::<Reasoned>().invoke("Why?").await.unwrap();

    let body = String::from_utf8(server.requests()[0].body().to_vec()).unwrap();
    let place =
        |name: &str| body.find(&format!("\"{name}\":{{")).unwrap_or_else(|| panic!("{body}"));
    let places = ["steps", "final_answer", "confidence", "alternatives"].map(place);
    assert!(places.is_sorted(), "{body}");
    assert!(
        body.contains(r#""required":["steps","final_answer","confidence","alternatives"]"#),
        "{body}"
    );
    // The schema of schemars keeps the order too, in a crate that depends on `runnable`.
    let schema = schema_for!(Reasoned).to_value();
    let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["steps", "final_answer", "confidence", "alternatives"]);
}
