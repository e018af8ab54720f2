//! Answers of a Rust type: what the model is asked for, and what is made of its answer.

use std::sync::{Arc, Mutex};

use futures::executor::block_on;
use runnable_chat::{
    message::BlockChunk,
    model::{ChatProvider, ChatRequest, ResponseFormat},
    prelude::*,
};
use runnable_core::whole;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

/// A place where people live.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct City {
    name: String,
    mayor: Option<Mayor>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
struct Mayor {
    name: String,
}

whole!(City);

#[derive(Debug)]
struct Says {
    answer: AiMessageChunk,
    asked: Arc<Mutex<Option<ChatRequest>>>,
}

impl ChatProvider for Says {
    fn name(&self) -> &str {
        "Says"
    }

    fn stream(&self, request: ChatRequest, _: Context) -> ChunkStream<AiMessage> {
        *self.asked.lock().unwrap() = Some(request);
        ChunkStream::once(AiMessage::from_chunk(self.answer.clone()).unwrap())
    }
}

fn ask(answer: impl Into<AiMessageChunk>) -> (Result<City>, ChatRequest) {
    let asked = Arc::default();
    let model = ChatModel::new(Says { answer: answer.into(), asked: Arc::clone(&asked) });
    let city = block_on(model.structured_output().invoke("Where?"));
    let request = asked.lock().unwrap().take().unwrap();
    (city, request)
}

#[test]
fn an_answer_is_asked_for_by_the_schema_of_its_type_and_read() {
    let (city, request) = ask(AiMessageChunk::new(r#"{"name": "Ys", "mayor": null}"#));
    assert_eq!(city.unwrap(), City { name: "Ys".into(), mayor: None });

    let Some(ResponseFormat::JsonSchema(format)) = request.options.response_format else {
        panic!("no schema")
    };
    assert_eq!((&*format.name, format.strict), ("City", true));
    assert_eq!(format.description.as_deref(), Some("A place where people live."));
    // Providers that make sure of a schema want every object closed, the inner ones, too.
    for object in [&format.schema, &format.schema["$defs"]["Mayor"]] {
        assert_eq!(object["additionalProperties"], false);
    }
    assert_eq!(format.schema["required"], json!(["mayor", "name"]));
}

#[test]
fn an_answer_that_does_not_fit_is_an_error_with_the_place() {
    let (city, _) = ask(AiMessageChunk::new(r#"{"name": "Ys", "mayor": {"name": 3}}"#));
    let error = city.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("`mayor.name`: invalid type"), "{error}");
    assert_eq!(error.path().last(), Some("JsonOutputParser"));
}

#[test]
fn a_refusal_is_told_in_the_words_of_the_model() {
    let (city, _) = ask(BlockChunk::refusal("I will not say."));
    let error = city.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContentFilter);
    assert!(error.message().contains("I will not say."), "{error}");
}
