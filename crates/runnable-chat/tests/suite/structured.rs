//! Structured output: the request, the parsed answers, and the errors.

use std::sync::{Arc, Mutex};

use futures::{StreamExt, executor::block_on, stream};
use runnable_chat::{
    message::BlockChunk,
    model::{ChatProvider, ChatRequest, ResponseFormat},
    parser::StructuredAnswer,
    prelude::*,
};
use runnable_core::{Chunk, Chunked, impl_at_once};
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

impl_at_once!(City);

/// A model that gives a fixed answer and stores the request.
#[derive(Debug)]
struct FixedAnswer {
    answer: AiMessageChunk,
    request: Arc<Mutex<Option<ChatRequest>>>,
}

impl ChatProvider for FixedAnswer {
    fn run_name(&self) -> &str {
        "FixedAnswer"
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        *self.request.lock().unwrap() = Some(request);
        ChunkStream::once(AiMessage::from_chunk(self.answer.clone()).unwrap())
    }
}

fn ask(answer: impl Into<AiMessageChunk>) -> (Result<City>, ChatRequest) {
    let request = Arc::default();
    let model = FixedAnswer { answer: answer.into(), request: Arc::clone(&request) };
    let city = block_on(ChatModel::new(model).with_structured_output().invoke("Where?"));
    let request = request.lock().unwrap().take().unwrap();
    (city, request)
}

#[test]
fn structured_output_requests_the_schema_of_the_type() {
    let (city, request) = ask(AiMessageChunk::new(r#"{"name": "Ys", "mayor": null}"#));
    assert_eq!(city.unwrap(), City { name: "Ys".into(), mayor: None });

    let Some(ResponseFormat::JsonSchema(format)) = request.options.response_format else {
        panic!("no schema")
    };
    assert_eq!((&*format.name, format.strict), ("City", true));
    assert_eq!(format.description.as_deref(), Some("A place where people live."));
    // Providers that enforce a schema require that all objects are closed, including inner objects.
    for object in [&format.schema, &format.schema["$defs"]["Mayor"]] {
        assert_eq!(object["additionalProperties"], false);
    }
    assert_eq!(format.schema["required"], json!(["name", "mayor"]));
}

#[test]
fn an_answer_of_the_wrong_type_is_an_error_with_the_field() {
    let (city, _) = ask(AiMessageChunk::new(r#"{"name": "Ys", "mayor": {"name": 3}}"#));
    let error = city.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().contains("`mayor.name`: invalid type"), "{error}");
    assert_eq!(error.path().last(), Some("JsonOutputParser"));
}

#[test]
fn a_refusal_is_an_error_with_its_text() {
    let (city, _) = ask(BlockChunk::refusal("I will not say."));
    let error = city.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ContentFilter);
    assert!(error.message().contains("I will not say."), "{error}");
}

fn ask_with_raw(answer: impl Into<AiMessageChunk>) -> Result<StructuredAnswer<City>> {
    let answer = answer.into().with_usage(Usage::new(5, 7));
    let model = ChatModel::new(FixedAnswer { answer, request: Arc::default() });
    block_on(model.with_structured_output_and_raw::<City>().invoke("Where?"))
}

#[test]
fn the_raw_answer_is_returned_with_the_value() {
    let answer = ask_with_raw(AiMessageChunk::new(r#"{"name": "Ys", "mayor": null}"#)).unwrap();
    assert_eq!(answer.parsed.as_ref().unwrap().name, "Ys");
    assert_eq!(answer.raw.usage, Some(Usage::new(5, 7)));
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["parsed"], json!({"name": "Ys", "mayor": null}));
    assert_eq!((&json["parsing_error"], &json["raw"]["type"]), (&json!(null), &json!("ai")));
}

#[test]
fn the_raw_answer_is_returned_with_the_parse_error() {
    let answer = ask_with_raw(AiMessageChunk::new("It is Ys.")).unwrap();
    assert_eq!(answer.raw.text(), "It is Ys.");
    assert_eq!(answer.raw.usage, Some(Usage::new(5, 7)));
    assert_eq!(answer.parsed.as_ref().unwrap_err().kind(), ErrorKind::Parse);
    let json = serde_json::to_value(&answer).unwrap();
    assert_eq!(json["parsed"], json!(null));
    assert!(json["parsing_error"].as_str().unwrap().contains("no JSON found"), "{json}");

    let refused = ask_with_raw(BlockChunk::refusal("I will not say.")).unwrap();
    assert_eq!(refused.parsed.unwrap_err().kind(), ErrorKind::ContentFilter);
    assert_eq!(refused.raw.refusal().as_deref(), Some("I will not say."));
}

#[test]
fn the_raw_answer_streams_before_the_value() {
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

    let gathered = block_on(parser.transform(answer()).concat()).unwrap();
    let invoked = block_on(parser.invoke(AiMessage::new(pieces.concat()))).unwrap();
    assert_eq!(gathered.parsed.unwrap(), invoked.parsed.unwrap());
    assert_eq!(gathered.raw.text(), invoked.raw.text());
}

#[test]
fn a_structured_answer_survives_chunking() {
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
fn an_error_of_the_model_fails_the_step() {
    let broken = stream::iter([
        Ok(AiMessageChunk::new(r#"{"name""#)),
        Err(Error::new(ErrorKind::Connection, "cut")),
    ]);
    let error = block_on(json::<City>().with_raw().transform(broken).concat()).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    let none = block_on(json::<City>().with_raw().transform(stream::empty()).concat());
    assert_eq!(none.unwrap_err().kind(), ErrorKind::EmptyStream);
}

/// Parses the same answer with `invoke`, `transform` and `batch`.
fn every_way(chunks: Vec<AiMessageChunk>) -> Vec<StructuredAnswer<City>> {
    let parser = json::<City>().with_raw();
    let merge = |mut all: AiMessageChunk, next| {
        all.merge(next);
        all
    };
    let whole = chunks.iter().cloned().reduce(merge).unwrap();
    let whole = AiMessage::from_chunk(whole).unwrap();
    let mut answers = vec![
        block_on(parser.invoke(whole.clone())).unwrap(),
        block_on(parser.transform(stream::iter(chunks.into_iter().map(Ok))).concat()).unwrap(),
    ];
    answers.extend(block_on(parser.batch([whole])).into_iter().map(Result::unwrap));
    answers
}

#[test]
fn a_refusal_in_chunks_is_the_error_in_every_method() {
    let pieces = ["I will ", "not."].map(|text| BlockChunk::refusal(text).with_index(0).into());
    let usage = AiMessageChunk::default().with_usage(Usage::new(5, 7));
    for answer in every_way(pieces.into_iter().chain([usage]).collect()) {
        let error = answer.parsed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ContentFilter);
        assert!(error.message().ends_with("I will not."), "{error}");
        assert_eq!(answer.raw.usage, Some(Usage::new(5, 7)));
    }
}

#[test]
fn a_truncated_answer_is_the_error_in_every_method() {
    let cut = AiMessageChunk::default()
        .with_finish_reason(FinishReason::Length)
        .with_usage(Usage::new(5, 7));
    let pieces = [r#"{"name": "#, r#""Y"#].map(AiMessageChunk::new);
    for answer in every_way(pieces.into_iter().chain([cut]).collect()) {
        let error = answer.parsed.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Parse);
        assert!(error.message().contains("max_tokens"), "{error}");
        assert_eq!(answer.raw.text(), r#"{"name": "Y"#);
        assert_eq!(answer.raw.usage, Some(Usage::new(5, 7)));
    }
}

#[test]
fn parse_errors_are_returned_with_the_raw_answer() {
    for (text, part) in [("", "empty"), (r#"{"name": 3, "mayor": null}"#, "name")] {
        let piece = AiMessageChunk::new(text).with_usage(Usage::new(1, 0));
        for answer in every_way(vec![piece]) {
            let error = answer.parsed.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Parse);
            assert!(error.message().contains(part), "{error}");
            assert_eq!(answer.raw.usage, Some(Usage::new(1, 0)));
        }
    }
}

#[test]
fn merging_chunks_with_errors_is_associative() {
    let value = || City { name: "Ys".into(), mayor: None }.into_chunk();
    let chunk = |parsed| {
        let answer = StructuredAnswer::<City>::new(AiMessage::new("a"), parsed);
        answer.into_chunk()
    };
    let city = || Ok(City::from_chunk(value()).unwrap());
    let error = |message: &str| Err(Error::new(ErrorKind::Parse, message.to_owned()));
    let chunks = [chunk(city()), chunk(error("first")), chunk(error("second")), chunk(city())];
    for [a, b, c] in [[0, 1, 3], [1, 2, 3], [3, 0, 1], [1, 3, 2]] {
        let at = |i: usize| chunks[i].clone();
        let (mut left, mut right) = (at(a), at(b));
        left.merge(at(b));
        left.merge(at(c));
        right.merge(at(c));
        let mut all = at(a);
        all.merge(right);
        assert_eq!(format!("{left:?}"), format!("{all:?}"));
    }
}
