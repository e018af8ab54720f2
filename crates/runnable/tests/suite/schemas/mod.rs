//! Structured answers, as each service takes their schemas.

mod published;
mod zoo;

use std::sync::{Arc, Mutex};

use runnable::{
    anthropic::AnthropicProtocol,
    chat::model::{ChatProvider, ChatRequest},
    http::{chat::ChatProtocol, schema::SchemaRules},
    openai::{self, Api, OpenAiBuilder},
    prelude::*,
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
    /// The service keeps the answer to it.
    Enforced(Value),
    /// The service tries to.
    Lenient(Value),
    /// The model is told, with the form of the answer beside it.
    Told(Value),
}

/// A model that notes what it is asked, and answers with this text.
#[derive(Debug)]
struct Notes {
    answer: String,
    asked: Arc<Mutex<Option<ChatRequest>>>,
}

impl ChatProvider for Notes {
    fn run_name(&self) -> &str {
        "Notes"
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        *self.asked.lock().unwrap() = Some(request);
        ChunkStream::once(AiMessage::new(self.answer.clone()))
    }
}

/// What is asked of a model for an answer of this type, whose sample is read on the way.
async fn request<T: Specimen>() -> ChatRequest {
    let (asked, sample) = (Arc::default(), T::sample());
    let model = Notes { answer: sample.to_string(), asked: Arc::clone(&asked) };
    let ask = ChatModel::new(model).with_structured_output::<T>();
    let value = ask.invoke("Go.").await.expect("the sample is read");
    assert_eq!(serde_json::to_value(value).unwrap(), sample);
    asked.lock().unwrap().take().expect("the model was asked").without_streaming()
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
        let told = conversation.map(Value::to_string).concat();
        assert!(told.contains("valid against this JSON schema"), "{body}");
        return Sent::Told(format.clone());
    }
    match strict == false {
        true => Sent::Lenient(schema.clone()),
        false => Sent::Enforced(schema.clone()),
    }
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

/// The services with their rules. One whose schemas are always kept to has no lenient mode.
fn services() -> Vec<(&'static str, OpenAiBuilder, Published, bool)> {
    use published::{ANTHROPIC, AZURE, CEREBRAS, FIREWORKS, GEMINI, GROQ, OPENAI, XAI};
    let claude = "anthropic/claude-sonnet-4.5";
    vec![
        ("openai", openai::openai("gpt-4o"), OPENAI, true),
        ("responses", openai::openai("gpt-5").api(Api::Responses), OPENAI, true),
        ("fine-tuned", openai::openai("ft:gpt-4o:x"), AZURE, true),
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
    ]
}

/// Checks how a schema was sent: enforced as the rules have it, or not enforced.
#[track_caller]
fn assert_accepted(service: &str, sent: &Sent, rules: &Published, is_lenient: bool) {
    match sent {
        Sent::Enforced(schema) => {
            let refused = rules.refused(schema);
            assert!(refused.is_empty(), "{service} refuses {refused:#?}\nby {}", rules.source);
        }
        Sent::Lenient(schema) => {
            assert!(is_lenient, "{service} keeps all answers to their schemas");
            assert_eq!(schema["type"], "object", "{service}");
        }
        Sent::Told(format) => assert_eq!(*format, Value::Null, "{service}"),
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
async fn the_schemas_of_a_zoo_are_accepted_by_every_service() {
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

#[tokio::test]
async fn what_can_be_enforced_is_enforced() {
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
async fn a_map_goes_without_strict_mode_or_in_the_prompt() {
    let request = request::<Counts>().await;
    let Sent::Lenient(schema) = sent_by(&openai::openai("gpt-4o").protocol(), &request) else {
        panic!("not lenient")
    };
    assert_eq!(schema["properties"]["by_name"]["additionalProperties"]["type"], "integer");
    let sent = sent_by(&AnthropicProtocol::new("claude-sonnet-4-5"), &request);
    assert!(matches!(sent, Sent::Told(Value::Null)), "{sent:?}");
    // Services that compile maps keep answers to them.
    let sent = sent_by(&gateway(SchemaRules::XAI).protocol(), &request);
    assert!(matches!(sent, Sent::Enforced(_)), "{sent:?}");
}

#[tokio::test]
async fn deepseek_is_asked_for_json_and_told_the_schema() {
    let sent = sent_by(&openai::deepseek("deepseek-chat").protocol(), &request::<Person>().await);
    let Sent::Told(format) = sent else { panic!("{sent:?}") };
    assert_eq!(format, json!({"type": "json_object"}));
}

#[tokio::test]
async fn models_of_groq_that_have_no_strict_mode_are_not_asked_for_it() {
    let request = request::<Person>().await;
    let sent = sent_by(&openai::groq("llama-3.3-70b-versatile").protocol(), &request);
    assert!(matches!(sent, Sent::Lenient(_)), "{sent:?}");
}

#[tokio::test]
async fn forbidden_keywords_stand_in_plain_words_in_the_description() {
    let request = request::<Person>().await;
    let Sent::Enforced(schema) = sent_by(&AnthropicProtocol::new("claude-sonnet-4-5"), &request)
    else {
        panic!("not enforced")
    };
    let said = |name: &str| schema["properties"][name]["description"].as_str().unwrap_or_default();
    assert_eq!(
        said("age"),
        "In years.\n\nMust be in the format `uint8`, at least 0, and at most 255."
    );
    assert_eq!(said("visits"), "Must be in the format `uint32`, and at least 0.");
    assert_eq!(said("initial"), "Must be at least 1 character long, and at most 1 character long.");
    assert_eq!(said("languages"), "Must be a list without repeated items.");
    assert!(said("place").contains("exactly 2 items, in this order: `number`, `integer`"));
    assert_eq!(said("grid"), "Must be a list of at least 3 items, and a list of at most 3 items.");
    // What a reference stands for is described beside it.
    assert_eq!(said("address"), "Where the person lives.");
}

#[tokio::test]
async fn the_fields_of_a_struct_go_out_in_their_order() {
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
    // That of schemars is in order, too, in a crate that depends on `runnable`.
    let schema = schema_for!(Reasoned).to_value();
    let names: Vec<_> = schema["properties"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["steps", "final_answer", "confidence", "alternatives"]);
}
