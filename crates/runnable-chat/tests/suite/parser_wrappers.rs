//! Steps around parsers: the original answer, and asking again.

use std::sync::{Arc, Mutex};

use futures::{FutureExt, StreamExt, executor::block_on, stream};
use proptest::{collection::vec, prelude::*, sample::Index};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    parser::{ask_until_parsed, include_raw, numbered_list, one_of, xml_tag},
    prelude::*,
};
use runnable_core::Listener;
use serde_json::json;

use crate::{
    cuts::{answer, chunks_of, cut, merged, whole},
    parrot::Parrot,
};

#[test]
fn the_answer_and_the_output_stream_together() {
    let pieces = ["1. te", "a\n2.", " milk\n", "Bye"];
    let chunks = chunks_of(&include_raw(numbered_list()), pieces).unwrap();
    let shown: Vec<_> = chunks
        .iter()
        .map(|chunk| match (&chunk.raw, &chunk.parsed) {
            (Some(raw), None) => raw.text().into_owned(),
            (None, Some(Ok(items))) => format!("{items:?}"),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(shown, ["1. te", "a\n2.", "[\"tea\"]", " milk\n", "[\"milk\"]", "Bye"]);
}

#[test]
fn an_error_of_the_parser_comes_after_the_complete_answer() {
    let early = stream_error_parser();
    let pieces = ["one ", "two ", "three"];
    let chunks = chunks_of(&include_raw(early), pieces).unwrap();
    let (last, raw) = chunks.split_last().unwrap();
    let text: String = raw.iter().map(|chunk| chunk.raw.as_ref().unwrap().text()).collect();
    assert_eq!(text, "one two three");
    assert!(last.parsed.as_ref().unwrap().is_err());
}

/// A parser that fails with its first chunk.
fn stream_error_parser() -> impl Runnable<Input = AiMessage, Output = String> {
    stream_parser("Fails", |text: ChunkStream<String>, _| {
        text.take(1).map(|_| Result::<String>::Err(Error::new(ErrorKind::Parse, "no")))
    })
}

#[test]
fn an_error_of_the_model_is_an_error_of_the_step() {
    let failed = Error::new(ErrorKind::Connection, "the connection broke");
    let pieces = answer(["1. tea\n"]).chain(stream::iter([Err(failed)]));
    let mut call = include_raw(numbered_list()).transform(pieces);
    let mut seen = 0;
    let error = loop {
        match block_on(call.next()).unwrap() {
            Ok(_) => seen += 1,
            Err(error) => break error,
        }
    };
    assert_eq!((seen, error.kind()), (2, ErrorKind::Connection));
    assert!(block_on(call.next()).is_none());
}

#[test]
fn the_answer_streams_while_the_parser_waits() {
    let pieces = answer(["ye"]).chain(stream::pending());
    let mut call = include_raw(one_of(["yes"])).transform(pieces);
    let first = call.next().now_or_never().unwrap().unwrap().unwrap();
    assert_eq!(first.raw.unwrap().text(), "ye");
    assert!(call.next().now_or_never().is_none());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_answer_and_the_output_do_not_depend_on_chunk_boundaries(
        text in "(<a>|</a>|1\\. |\n|x| ){0,8}", places in vec(any::<Index>(), 0..6),
    ) {
        // An answer without chunks is not an answer.
        prop_assume!(!text.is_empty());
        let list = merged(&include_raw(numbered_list()), cut(&text, &places)).unwrap();
        prop_assert_eq!(list.raw.text(), &*text);
        prop_assert_eq!(list.parsed.unwrap(), whole(&numbered_list(), &text).unwrap());

        let tag = merged(&include_raw(xml_tag("a")), cut(&text, &places)).unwrap();
        let expected = whole(&include_raw(xml_tag("a")), &text).unwrap();
        prop_assert_eq!(tag.raw.text(), expected.raw.text());
        let message = |parsed: Result<String>| parsed.map_err(|error| error.message());
        prop_assert_eq!(message(tag.parsed), message(expected.parsed));
    }
}

/// A model that gives these answers in turn, and records its prompts.
#[derive(Clone, Debug)]
struct InTurn {
    answers: &'static [&'static str],
    prompts: Arc<Mutex<Vec<PromptValue>>>,
}

impl InTurn {
    fn new(answers: &'static [&'static str]) -> Self {
        Self { answers, prompts: Arc::default() }
    }
}

impl ChatProvider for InTurn {
    fn run_name(&self) -> &str {
        "InTurn"
    }

    fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let mut prompts = self.prompts.lock().unwrap();
        let text = self.answers[prompts.len()];
        prompts.push(PromptValue::clone(&request.prompt));
        ChunkStream::once(AiMessage::new(text))
    }
}

fn number<I: runnable_chat::parser::Source>() -> impl Runnable<Input = I, Output = u32> {
    parser("Number", |text: String| text.trim().parse::<u32>())
}

#[tokio::test]
async fn the_model_is_asked_again_with_the_error() {
    let model = InTurn::new(&["four", "4!", "4"]);
    let ask = ask_until_parsed(ChatModel::new(model.clone()), number());
    assert_eq!(ask.invoke("2 + 2?").await.unwrap(), 4);

    let prompts = model.prompts.lock().unwrap();
    assert_eq!(prompts.len(), 3);
    let [question, wrong, correction] = &prompts[1].messages[..] else { panic!("{prompts:?}") };
    assert_eq!((question, wrong), (&human("2 + 2?"), &ai("four")));
    assert!(correction.text().contains("invalid digit found in string"), "{correction:?}");
    assert_eq!(prompts[2].messages.len(), 5);
}

#[tokio::test]
async fn the_number_of_attempts_is_limited() {
    let model = InTurn::new(&["a", "b", "c", "4"]);
    let ask = ask_until_parsed(ChatModel::new(model.clone()), number());
    let error = ask.clone().max_attempts(2).invoke("?").await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Parse, 2));
    assert_eq!(model.prompts.lock().unwrap().len(), 2);
    // A stream yields nothing that must be taken back.
    let chunks: Vec<_> = ask.stream("?").collect().await;
    assert_eq!(chunks.into_iter().map(Result::unwrap).collect::<Vec<_>>(), [4]);
}

#[tokio::test]
async fn each_tool_call_of_a_wrong_answer_has_a_result() {
    /// A model that calls a tool before it answers.
    #[derive(Debug)]
    struct CallsFirst;
    impl ChatProvider for CallsFirst {
        fn run_name(&self) -> &str {
            "CallsFirst"
        }
        fn stream(&self, request: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
            let [_, .., result, correction] = &request.prompt.messages[..] else {
                let call = ToolCall::new("call_1", "add", json!({}));
                return ChunkStream::once(AiMessage::new("").with_block(call));
            };
            assert!(matches!(correction, Message::Human(_)));
            let Message::Tool(result) = result else { panic!("{result:?}") };
            assert_eq!(result.tool_call_id, "call_1");
            ChunkStream::once(AiMessage::new("4"))
        }
    }
    let ask = ask_until_parsed(ChatModel::new(CallsFirst), number());
    assert_eq!(ask.invoke("2 + 2?").await.unwrap(), 4);
}

#[tokio::test]
async fn other_errors_are_returned_immediately() {
    let model = InTurn::new(&["a", "4", "5"]);
    let refused = parser("Refuses", |_: String| {
        Result::<u32>::Err(Error::new(ErrorKind::ContentFilter, "no"))
    });
    let ask = ask_until_parsed(ChatModel::new(model.clone()), refused);
    assert_eq!(ask.invoke("?").await.unwrap_err().kind(), ErrorKind::ContentFilter);
    assert_eq!(model.prompts.lock().unwrap().len(), 1);
    let all = ask.when(|_| true).correction(|error| human(error.message())).max_attempts(2);
    assert!(all.invoke("?").await.is_err());
    assert_eq!(model.prompts.lock().unwrap()[2].messages[2], human("no"));
}

#[tokio::test]
async fn attempts_are_child_runs_and_retry_events() {
    #[derive(Default)]
    struct Names(Mutex<Vec<String>>);
    impl Listener for Names {
        fn on_event(&self, event: &runnable_core::RunEvent<'_>) {
            use runnable_core::RunEventData::{Retry, Start};
            let line = match event.data {
                Start { .. } => event.run.name.to_string(),
                Retry { attempt, .. } => format!("retry {attempt}"),
                _ => return,
            };
            self.0.lock().unwrap().push(line);
        }
    }
    let names = Arc::new(Names::default());
    let ask = ask_until_parsed(ChatModel::new(InTurn::new(&["a", "4"])), number());
    let config = RunConfig::new().listener(Arc::clone(&names));
    assert_eq!(ask.invoke("?").config(config).await.unwrap(), 4);
    let expected = ["AskUntilParsed", "InTurn", "Number", "retry 1", "InTurn", "Number"];
    assert_eq!(*names.0.lock().unwrap(), expected);
}

#[tokio::test]
async fn wrappers_follow_prompts_and_models() {
    let model = ChatModel::new(Parrot);
    let chain = prompt("{n}").pipe(ask_until_parsed(model.clone(), number()));
    assert_eq!(chain.invoke(dict! { n: 3 }).await.unwrap(), 3);
    let chain = model.pipe(include_raw(number()));
    assert_eq!(chain.invoke("5").await.unwrap().parsed.unwrap(), 5);
}
