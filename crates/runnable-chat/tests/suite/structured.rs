//! Answers of a Rust type: what the model is asked for, and what is made of its answer.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, executor::block_on, stream};
use runnable_chat::{
    message::BlockChunk,
    model::{ChatProvider, ChatRequest, ResponseFormat},
    parser::StructuredAnswer,
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

fn ask_with_raw(answer: impl Into<AiMessageChunk>) -> Result<StructuredAnswer<City>> {
    let answer = answer.into().with_usage(Usage::new(5, 7));
    let model = ChatModel::new(Says { answer, asked: Arc::default() });
    block_on(model.structured_output_with_raw::<City>().invoke("Where?"))
}

#[test]
fn a_value_may_come_with_the_answer_and_its_usage() {
    let answer = ask_with_raw(AiMessageChunk::new(r#"{"name": "Ys", "mayor": null}"#)).unwrap();
    assert_eq!(answer.parsed.as_ref().unwrap().name, "Ys");
    assert_eq!(answer.raw.usage, Some(Usage::new(5, 7)));
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["parsed"], json!({"name": "Ys", "mayor": null}));
    assert_eq!((&json["parsing_error"], &json["raw"]["type"]), (&json!(null), &json!("ai")));
}

#[test]
fn an_answer_that_does_not_fit_is_kept_beside_the_reason() {
    let answer = ask_with_raw(AiMessageChunk::new("It is Ys.")).unwrap();
    assert_eq!(answer.raw.text(), "It is Ys.");
    assert_eq!(answer.raw.usage, Some(Usage::new(5, 7)));
    assert_eq!(answer.parsed.as_ref().unwrap_err().kind(), ErrorKind::Parse);
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["parsed"], json!(null));
    assert!(json["parsing_error"].as_str().unwrap().contains("there is no JSON"), "{json}");

    let refused = ask_with_raw(BlockChunk::refusal("I will not say.")).unwrap();
    assert_eq!(refused.parsed.unwrap_err().kind(), ErrorKind::ContentFilter);
    assert_eq!(refused.raw.refusal().as_deref(), Some("I will not say."));
}

#[test]
fn the_answer_streams_before_the_value_that_is_read_from_it() {
    let pieces = [r#"{"name": "Y"#, r#"s", "mayor"#, r#"": null}"#];
    let answer = || stream::iter(pieces.map(|piece| Ok(AiMessageChunk::new(piece))));
    let parser = json::<City>().with_raw();

    let chunks: Vec<_> = block_on(parser.transform(answer()).collect());
    let chunks: Vec<_> = chunks.into_iter().map(Result::unwrap).collect();
    let texts: Vec<_> =
        chunks.iter().filter_map(|chunk| Some(chunk.raw.as_ref()?.text())).collect();
    assert_eq!(texts, pieces);
    assert!(chunks[..3].iter().all(|chunk| chunk.parsed.is_none()));
    assert!(chunks[3].raw.is_none());

    let gathered = block_on(parser.transform(answer()).gather()).unwrap();
    let invoked = block_on(parser.invoke(AiMessage::new(pieces.concat()))).unwrap();
    assert_eq!(gathered.parsed.unwrap(), invoked.parsed.unwrap());
    assert_eq!(gathered.raw.text(), invoked.raw.text());
}

#[test]
fn an_answer_with_its_value_can_be_cut_and_put_together() {
    for parsed in
        [Ok(City { name: "Ys".into(), mayor: None }), Err(Error::new(ErrorKind::Parse, "no"))]
    {
        let answer = StructuredAnswer::new(AiMessage::new("Ys"), parsed);
        let again = StructuredAnswer::<City>::from_chunk(answer.clone().into_chunk()).unwrap();
        assert_eq!(again.raw, answer.raw);
        assert_eq!(format!("{:?}", again.parsed), format!("{:?}", answer.parsed));
    }
}

#[test]
fn an_error_of_the_model_is_no_answer_that_does_not_fit() {
    let broken = stream::iter([
        Ok(AiMessageChunk::new(r#"{"name""#)),
        Err(Error::new(ErrorKind::Connection, "cut")),
    ]);
    let error = block_on(json::<City>().with_raw().transform(broken).gather()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let none = block_on(json::<City>().with_raw().transform(stream::empty()).gather());
    assert_eq!(none.unwrap_err().kind(), ErrorKind::EmptyStream);
}
