//! The parsers of lists, tags, thinking and single values.

use proptest::{collection::vec, prelude::*, sample::Index};
use runnable_chat::{
    message::BlockDelta,
    parser::{
        ThinkingToReasoning, bulleted_list, comma_list, enum_value, json_value, numbered_list,
        one_of, thinking_to_reasoning, without_thinking, xml_items, xml_tag, xml_tags,
    },
    prelude::*,
};
use serde::{Deserialize, Serialize};

use crate::{
    cuts::{chunks_of, cut, letters, merged, whole},
    parrot::Parrot,
};

#[test]
fn lists_are_read_line_by_line() {
    let text = "Sure:\n1. tea\n\n 2) milk \nnot an item\n3.sugar\n10. **salt**";
    let expected = ["tea", "milk", "**salt**"];
    assert_eq!(whole(&numbered_list(), text).unwrap(), expected);
    let chunks = chunks_of(&numbered_list(), letters(text)).unwrap();
    assert_eq!(chunks, [vec!["tea"], vec!["milk"], vec!["**salt**"]]);

    let text = "- tea\n  * milk\n+ sugar\r\n• salt\n-pepper\n- ";
    assert_eq!(whole(&bulleted_list(), text).unwrap(), ["tea", "milk", "sugar", "salt"]);
    assert!(whole(&bulleted_list(), "no list").unwrap().is_empty());
}

#[test]
fn items_between_commas_can_be_quoted() {
    for (text, expected) in [
        ("a, b,c", vec!["a", "b", "c"]),
        ("a\nb,, ,\n c ", vec!["a", "b", "c"]),
        (r#""a, b", c"#, vec!["a, b", "c"]),
        (r#""say ""hi"""  , b"#, vec![r#"say "hi""#, "b"]),
        (r#"5" nails, "" "#, vec![r#"5" nails"#, ""]),
        (r#""open, b"#, vec!["open, b"]),
        ("", vec![]),
    ] {
        assert_eq!(whole(&comma_list(), text).unwrap(), expected, "{text}");
        assert_eq!(merged(&comma_list(), letters(text)).unwrap(), expected, "{text}");
    }
    let chunks = chunks_of(&comma_list(), ["a,", " b", ","]).unwrap();
    assert_eq!(chunks, [["a"], ["b"]]);
}

#[test]
fn the_text_of_a_tag_streams_as_it_arrives() {
    let pieces = ["Hm. <ans", "wer>\n 4", "2 is < 43 ", "</b> ", "\n</an", "swer> bye"];
    let chunks = chunks_of(&xml_tag("answer"), pieces).unwrap();
    assert_eq!(chunks, ["4", "2 is < 43", " </b>"]);
    assert_eq!(whole(&xml_tag("answer"), &pieces.concat()).unwrap(), "42 is < 43 </b>");
}

#[test]
fn tags_can_have_attributes_and_can_be_empty() {
    for (text, expected) in [
        ("<a lang=\"en\" x='1'>b</a>", "b"),
        ("<a\n>b</a >", "b"),
        ("<a x=\"1>2\" y='\"/>'>b</a>", "b"),
        ("<a x='>' />c", ""),
        ("<a it's = 'x'>b</a>", "b"),
        ("<a x='<a>b</a>", "b"),
        ("<a/>", ""),
        ("<a x=\"1\" />c", ""),
        ("<ab>c</ab><a>b</a><a>second</a>", "b"),
        ("<a is < 3, <a>b</a>", "b"),
        ("<<a>b<</a>", "b<"),
        ("<a><a>b</a></a>", "<a>b"),
    ] {
        assert_eq!(whole(&xml_tag("a"), text).unwrap(), expected, "{text}");
        assert_eq!(merged(&xml_tag("a"), letters(text)).unwrap(), expected, "{text}");
    }
}

#[test]
fn a_missing_or_unclosed_tag_is_an_error() {
    let error = whole(&xml_tag("answer"), "I cannot say.").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    let expected = "missing `<answer>` in the model's answer, which begins with `I cannot say.`";
    assert_eq!(error.message(), expected);
    let error = whole(&xml_tag("answer"), "").unwrap_err();
    assert!(error.message().ends_with("which is empty"), "{error}");
    assert_eq!(whole(&xml_tag("answer").optional(), "Hm.").unwrap(), "");

    let cut_answer = "<answer>4";
    let error = whole(&xml_tag("answer"), cut_answer).unwrap_err();
    assert!(error.message().contains("ended before the end tag `</answer>`"), "{error}");
    assert!(whole(&xml_tag("answer").optional(), cut_answer).is_err());
    assert_eq!(whole(&xml_tag("answer").allow_unclosed(), "<answer>4 </ans").unwrap(), "4 </ans");
    assert!(whole(&xml_items("li"), "<li>a</li><li>b").is_err());
    let items = whole(&xml_items("li").allow_unclosed(), "<li>a</li><li> b").unwrap();
    assert_eq!(items, ["a", "b"]);
}

#[test]
fn several_tags_stream_as_a_dict() {
    let text = "<plan>Add <b>both</b>.</plan> So: <result>\n3\n</result> <plan>again</plan>";
    let expected = dict! { plan: "Add <b>both</b>.", result: "3" };
    let parser = xml_tags(["plan", "result"]);
    assert_eq!(whole(&parser, text).unwrap(), expected);
    assert_eq!(merged(&parser, letters(text)).unwrap(), expected);

    let chunks = chunks_of(&parser, ["<plan>Add", " it.</plan><res", "ult>3</result>"]).unwrap();
    let chunks: Vec<_> = chunks.iter().map(|c| serde_json::to_string(c).unwrap()).collect();
    assert_eq!(chunks, [r#"{"plan":"Add"}"#, r#"{"plan":" it."}"#, r#"{"result":"3"}"#]);

    assert!(whole(&parser, "<plan>a</plan>").unwrap_err().message().contains("`<result>`"));
    let values = whole(&parser.optional(), "<plan></plan>").unwrap();
    assert_eq!(values, dict! { plan: "" });
}

#[test]
fn thinking_is_removed_at_the_start() {
    for (text, expected) in [
        ("<think>a</think>\n\nb", "b"),
        (" \n<thinking>a <b> </thought></thinking>b ", "b "),
        ("<think>a</think> <think>b</think> c", "c"),
        ("<think></think>", ""),
        (" no thinking", " no thinking"),
        ("Use <think>x</think> for it.", "Use <think>x</think> for it."),
        ("<thinker>a", "<thinker>a"),
        ("<thin", "<thin"),
        ("", ""),
    ] {
        assert_eq!(whole(&without_thinking(), text).unwrap(), expected, "{text}");
        assert_eq!(merged(&without_thinking(), letters(text)).unwrap(), expected, "{text}");
    }
    let anywhere = without_thinking().anywhere();
    assert_eq!(whole(&anywhere, "a <think>b</think>c <think>d</think>").unwrap(), "a c ");
    let opened = without_thinking().starts_thinking();
    assert_eq!(whole(&opened, "a\n</think>\nb </think>").unwrap(), "b </think>");
    for parser in [without_thinking(), without_thinking().anywhere()] {
        let error = whole(&parser, "<think>a").unwrap_err();
        assert!(error.message().contains("ended inside its thinking"), "{error}");
    }
    assert!(whole(&opened, "a").is_err());
}

#[test]
fn text_after_the_thinking_streams() {
    let pieces = ["<thi", "nk>a", "b</think>", "\n", "\nThe ", "answer <", "i", ">."];
    let chunks = chunks_of(&without_thinking(), pieces).unwrap();
    assert_eq!(chunks, ["The ", "answer <", "i", ">."]);
}

/// Returns the reasoning and the text of an answer whose text has these pieces.
fn split(step: &ThinkingToReasoning, text: &str) -> (String, String) {
    let parts = |answer: AiMessage| (answer.reasoning(), answer.text().into_owned());
    let whole = whole(step, text).unwrap();
    assert_eq!(whole, merged(step, letters(text)).unwrap(), "{text}");
    parts(whole)
}

#[test]
fn thinking_becomes_reasoning() {
    for (text, reasoning, answer) in [
        ("<think>\na b\n\nc\n</think>\n\nb", "a b\n\nc", "b"),
        ("<think>a</think> <thought>b</thought>c", "a\nb", "c"),
        ("<think></think>a", "", "a"),
        ("<think>a</think>", "a", ""),
        ("<think>a</thin", "a</thin", ""),
        ("a <think>b</think>", "", "a <think>b</think>"),
        ("<thin", "", "<thin"),
        ("", "", ""),
    ] {
        let expected = (reasoning.to_owned(), answer.to_owned());
        assert_eq!(split(&thinking_to_reasoning(), text), expected, "{text}");
    }
    let anywhere = thinking_to_reasoning().anywhere();
    assert_eq!(split(&anywhere, "a <think>b</think>c"), ("b".into(), "a c".into()));
    let opened = thinking_to_reasoning().starts_thinking();
    assert_eq!(split(&opened, "a\n</think>\nb"), ("a".into(), "b".into()));
}

#[test]
fn reasoning_and_text_stream_as_they_arrive() {
    let pieces = ["<thi", "nk>\na", " b\n", "c</think>", "\n", "\nThe ", "answer"];
    let chunks = chunks_of(&thinking_to_reasoning(), pieces).unwrap();
    let deltas = chunks.iter().flat_map(AiMessageChunk::blocks).map(|block| match &block.delta {
        BlockDelta::Text(block) => format!("text {:?}", block.text),
        BlockDelta::Reasoning(block) => format!("reasoning {:?}", block.reasoning),
        other => panic!("{other:?}"),
    });
    assert_eq!(
        deltas.collect::<Vec<_>>(),
        [
            r#"reasoning "a""#,
            r#"reasoning " b""#,
            r#"reasoning "\nc""#,
            r#"text "The ""#,
            r#"text "answer""#,
        ]
    );
}

#[tokio::test]
async fn everything_else_in_an_answer_stays() {
    let call = ToolCall::new("1", "clock", serde_json::json!({}));
    let mut answer = AiMessage::new("<think>a</think>b").with_block(call.clone());
    answer.usage = Some(Usage::new(3, 4));
    answer.finish_reason = Some(FinishReason::ToolCalls);
    answer.id = Some("id".into());
    let split = thinking_to_reasoning().invoke(answer.clone()).await.unwrap();
    assert_eq!((split.reasoning(), split.text()), ("a".into(), "b".into()));
    assert_eq!(split.tool_calls().collect::<Vec<_>>(), [&call]);
    answer.content.clone_from(&split.content);
    assert_eq!(split, answer);
    let streamed = thinking_to_reasoning().stream(answer.clone()).concat().await.unwrap();
    assert_eq!(streamed, answer);
}

#[tokio::test]
async fn text_parsers_follow_models_and_text() {
    let model = ChatModel::new(Parrot);
    let chain = model.clone().pipe(without_thinking()).pipe(numbered_list());
    assert_eq!(chain.invoke("<think>1. no</think>1. yes").await.unwrap(), ["yes"]);
    let chain = model.pipe(text()).pipe(xml_tag("a")).pipe(one_of(["yes", "no"]));
    assert_eq!(chain.invoke("<a>Yes!</a>").await.unwrap_err().kind(), ErrorKind::Parse);
    assert_eq!(chain.invoke("<a>Yes.</a>").await.unwrap(), "yes");
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Mood {
    Happy,
    #[serde(rename = "SAD")]
    Sad,
    VerySad,
}
runnable_core::impl_at_once!(Mood);

#[test]
fn one_of_several_names_is_recognized() {
    for (text, expected) in [
        ("happy", Mood::Happy),
        (" **Happy**.\n", Mood::Happy),
        ("\"sad\"", Mood::Sad),
        ("VERY_SAD", Mood::VerySad),
    ] {
        assert_eq!(whole(&enum_value::<Mood, _>(), text).unwrap(), expected, "{text}");
    }
    let error = whole(&enum_value::<Mood, _>(), "verysad").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert_eq!(
        error.message(),
        "unknown value `verysad` in the model's answer: expected one of `happy`, `SAD`, \
         `very_sad`; did you mean `very_sad`?"
    );
    let cases = one_of(["A", "a", "C++", "*"]);
    for text in ["A", "a", "C++", "*"] {
        assert_eq!(whole(&cases, text).unwrap(), text);
    }
    assert!(whole(&cases, "").unwrap_err().message().contains("unknown value ``"));
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Topic {
    #[serde(alias = "bill")]
    Invoice,
    #[serde(other)]
    Other,
}
runnable_core::impl_at_once!(Topic);

#[test]
fn another_name_is_the_variant_for_other_names() {
    for (text, expected) in [
        ("Invoice.", Topic::Invoice),
        ("bill", Topic::Invoice),
        ("other", Topic::Other),
        ("the weather", Topic::Other),
        ("", Topic::Other),
    ] {
        assert_eq!(whole(&enum_value::<Topic, _>(), text).unwrap(), expected, "{text}");
    }
}

#[test]
fn an_error_is_one_line() {
    let text = "First,\nI think\u{1b}[2J\nno";
    let expected = "`First,\\nI think\\u{1b}[2J\\nno`";
    let errors = [
        whole(&one_of(["yes"]), text).unwrap_err(),
        whole(&xml_tag("a"), text).unwrap_err(),
        whole(&json_value(), text).unwrap_err(),
    ];
    for error in errors {
        assert!(error.message().contains(expected), "{error}");
    }
    let error = whole(&json_value(), "[1\n2\n]").unwrap_err();
    assert!(error.message().ends_with("(near `[1\\n⟨here⟩2\\n]`)"), "{error}");
}

#[test]
fn format_instructions_describe_the_format() {
    let mood = enum_value::<Mood, AiMessage>();
    assert!(mood.format_instructions().ends_with("happy, SAD, very_sad"));
    let parser = runnable_chat::parser::xml_tags::<AiMessage>(["a", "b"]);
    assert!(parser.format_instructions().contains("<a>…</a>\n<b>…</b>"));
    assert!(comma_list::<AiMessage>().format_instructions().contains("commas"));
}

/// Texts with many tags, quotes, commas and list markers.
fn texts() -> impl Strategy<Value = String> {
    let parts = [
        "<a>",
        "</a>",
        "<a x='1'>",
        "<a/>",
        "<b>",
        "</b>",
        "<think>",
        "</think>",
        "<",
        ">",
        "/",
        "</",
        "<a",
        "1. ",
        "2) ",
        "- ",
        "* ",
        "\n",
        ", ",
        "\"",
        "\"\"",
        " ",
        "é",
        "x",
        "yz",
        ".",
    ];
    vec(prop::sample::select(parts.to_vec()), 0..24).prop_map(|parts| parts.concat())
}

/// Checks that a parser gives the same output for any chunk boundaries.
fn check<P>(parser: P, text: &str, places: &[Index]) -> Result<(), TestCaseError>
where
    P: Runnable<Input = AiMessage>,
    P::Output: PartialEq + std::fmt::Debug,
{
    let pieces: Vec<_> = cut(text, places);
    let message = |result: Result<P::Output>| result.map_err(|error| error.message());
    let expected = message(whole(&parser, text));
    prop_assert_eq!(message(merged(&parser, pieces)), expected, "{}", text);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_output_does_not_depend_on_chunk_boundaries(
        text in texts(), places in vec(any::<Index>(), 0..12),
    ) {
        check(numbered_list(), &text, &places)?;
        check(bulleted_list(), &text, &places)?;
        check(comma_list(), &text, &places)?;
        check(xml_tag("a"), &text, &places)?;
        check(xml_tag("a").optional().allow_unclosed(), &text, &places)?;
        check(xml_tags(["a", "b"]), &text, &places)?;
        check(xml_tags(["b", "a"]).optional().allow_unclosed(), &text, &places)?;
        check(xml_items("a"), &text, &places)?;
        check(xml_items("a").allow_unclosed(), &text, &places)?;
        check(without_thinking(), &text, &places)?;
        check(without_thinking().anywhere(), &text, &places)?;
        check(without_thinking().starts_thinking(), &text, &places)?;
        check(thinking_to_reasoning(), &text, &places)?;
        check(thinking_to_reasoning().anywhere(), &text, &places)?;
        check(thinking_to_reasoning().starts_thinking(), &text, &places)?;
    }

    #[test]
    fn quoted_items_are_read_unchanged(items in vec("[a-z\", \n]{0,6}", 0..5)) {
        let text: Vec<_> = items.iter().map(|i| format!("\"{}\"", i.replace('"', "\"\""))).collect();
        prop_assert_eq!(whole(&comma_list(), &text.join(", ")).unwrap(), items);
    }
}
