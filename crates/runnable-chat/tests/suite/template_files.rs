//! Templates from YAML, TOML and JSON.

use std::path::PathBuf;

use runnable_chat::{prelude::*, prompt::few_shot};
use serde_json::json;

const YAML: &str = "
name: translate
partial: {language: French}
input_variables: [history, text, photo, report]
messages:
  - role: system
    content: You translate to {language}.
  - examples:
      - {english: '{cat}', french: chat}
      - {english: dog, french: chien}
    messages:
      - {role: human, content: '{english}'}
      - {role: assistant, content: '{french}'}
    max_length: 100
  - placeholder: history
    optional: true
  - {role: user, content: '{literal}', literal: true}
  - role: user
    content: |
      Translate:
      {text}
    images: [photo]
    files: [report]
  - {role: tool, content: '{text}', tool_call_id: call_1}
";

#[tokio::test]
async fn all_kinds_of_parts_can_be_written_in_a_file() {
    let template = ChatPromptTemplate::from_yaml(YAML).unwrap();
    let values = dict! { text: "{b}", photo: "https://a.test/p", report: "https://a.test/r" };
    let filled = template.invoke(values).await.unwrap();
    let last = HumanMessage::new("Translate:\n{b}\n")
        .with_block(ContentBlock::Image(Media::from_url("https://a.test/p")))
        .with_block(ContentBlock::File(Media::from_url("https://a.test/r")));
    let expected = [
        system("You translate to French."),
        human("{cat}"),
        ai("chat"),
        human("dog"),
        ai("chien"),
        human("{literal}"),
        last.into(),
        ToolMessage::new("call_1", "{b}").into(),
    ];
    assert_eq!(filled.messages, expected);
    let error = template.invoke(dict! {}).await.unwrap_err();
    assert!(error.message().contains("of prompt template translate"), "{error}");
}

#[tokio::test]
async fn yaml_toml_and_json_give_the_same_template() {
    let toml = r#"
        template = "Why is {thing} {color}?"
        [partial]
        color = "blue"
    "#;
    let yaml = "template: Why is {thing} {color}?\npartial:\n  color: blue\n";
    let json = json!({"template": "Why is {thing} {color}?", "partial": {"color": "blue"}});
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    let write = |name: &str, text: &str| {
        std::fs::write(folder.join(name), text).unwrap();
        ChatPromptTemplate::from_file(folder.join(name))
    };
    let templates = [
        ChatPromptTemplate::from_toml(toml).unwrap(),
        ChatPromptTemplate::from_yaml(yaml).unwrap(),
        write("ask.toml", toml).unwrap(),
        write("ask.yml", yaml).unwrap(),
        write("ask.yaml", yaml).unwrap(),
        write("ask.json", &json.to_string()).unwrap(),
    ];
    for template in templates {
        let filled = template.invoke(dict! { thing: "it" }).await.unwrap();
        assert_eq!(filled.messages, [human("Why is it blue?")]);
    }
    let error = write("ask.txt", yaml).unwrap_err();
    assert!(error.message().contains("expected the extension `yaml`"), "{error}");
    let error = ChatPromptTemplate::from_file(folder.join("missing.yaml")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    let error = write("large.yaml", &" ".repeat((1 << 20) + 1)).unwrap_err();
    assert!(error.message().contains("larger than 1048576 bytes"), "{error}");
}

#[tokio::test]
async fn a_file_of_langchain_can_be_read() {
    let yaml = "
_type: prompt
input_types: {}
input_variables: [topic]
metadata: null
name: null
optional_variables: []
output_parser: null
partial_variables: {adjective: funny}
tags: null
template: Tell me a {adjective} joke about {topic}.
template_format: f-string
validate_template: true
";
    let template = ChatPromptTemplate::from_yaml(yaml).unwrap();
    let filled = template.invoke(dict! { topic: "cats" }).await.unwrap();
    assert_eq!(filled.messages, [human("Tell me a funny joke about cats.")]);
}

#[test]
fn an_error_in_a_file_says_what_is_wrong() {
    for (yaml, part) in [
        ("message: []", "message"),
        ("{}", "expected either `messages` or `template`"),
        ("template: a\nmessages: [{role: user, content: a}]", "expected either"),
        ("messages: [{role: usr, content: a}]", "usr"),
        ("messages: [{role: user}]", "part 1: a message needs `content`"),
        ("messages: [{role: tool, content: a}]", "needs `tool_call_id`"),
        ("messages: [{placeholder: a, role: user}]", "exactly one of"),
        ("messages: [{content: a}]", "exactly one of"),
        ("messages: [{placeholder: a, content: b}]", "unexpected `content` in a placeholder"),
        ("messages: [{placeholder: a, images: [b]}]", "unexpected `images` in a placeholder"),
        ("messages: [{examples: []}]", "examples need `messages`"),
        ("messages: [{role: user, content: a, optional: true}]", "unexpected `optional`"),
        ("messages: [{role: user, content: a, tool_call_id: b}]", "unexpected `tool_call_id`"),
        ("messages: [{examples: [], literal: true}]", "unexpected `literal` in examples"),
        (
            "messages: [{examples: [{texts: a}], messages: [{role: user, content: '{text}'}]}]",
            "of example 1 of prompt template ChatPromptTemplate; received values for `texts`; did \
             you mean `text` where you wrote `texts`?",
        ),
        ("template: !include secret.txt", "unsupported tag `!include` at line 1"),
        ("template: a\ntemplate: b", "duplicate mapping key `template`"),
        ("template: 'a {b'", "unclosed `{` at byte 2"),
        ("template: '{topic}'\ninput_variables: [topics]", "did you mean `topic`?"),
        ("template: '{a}{topic}'\ninput_variables: [a]", "the template uses `topic`"),
        ("template: '{a}'\npartial: {b: 1}", "unexpected partial value `b`"),
        ("format: mustache\ntemplate: a", "mustache"),
        ("template: [", "invalid prompt template"),
    ] {
        let error = ChatPromptTemplate::from_yaml(yaml).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains(part), "{yaml}: {error}");
        assert!(!error.message().contains('\n'), "{error}");
    }
}

#[test]
fn a_syntax_error_names_its_line_once() {
    let yaml = ChatPromptTemplate::from_yaml("name: a\ntemplat: b").unwrap_err();
    assert!(
        yaml.message().starts_with("invalid prompt template: unknown field `templat`"),
        "{yaml}"
    );
    assert!(yaml.message().ends_with("at line 2, column 1"), "{yaml}");
    let toml = ChatPromptTemplate::from_toml("name = 'a'\ntemplat = 'b'").unwrap_err();
    assert!(
        toml.message().starts_with("invalid prompt template: unknown field `templat`"),
        "{toml}"
    );
    assert!(toml.message().ends_with("at line 2"), "{toml}");
    assert!(ChatPromptTemplate::from_toml("name = ").unwrap_err().message().ends_with("at line 1"));
}

#[test]
fn a_byte_order_mark_and_a_capital_extension_are_accepted() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR"));
    for (name, text) in [
        ("mark.json", r#"{"template": "{a}"}"#),
        ("mark.toml", "template = '{a}'"),
        ("MARK.YAML", "template: '{a}'"),
    ] {
        std::fs::write(folder.join(name), format!("\u{feff}{text}")).unwrap();
        let template = ChatPromptTemplate::from_file(folder.join(name)).unwrap();
        assert_eq!(template.input_variables().unwrap(), ["a"], "{name}");
    }
}

#[cfg(feature = "jinja")]
#[tokio::test]
async fn a_file_can_be_written_in_jinja() {
    let template =
        ChatPromptTemplate::from_yaml("format: jinja2\ntemplate: '{{ a }} {b}'").unwrap();
    let filled = template.invoke(dict! { a: 1 }).await.unwrap();
    assert_eq!(filled.messages, [human("1 {b}")]);
}

#[tokio::test]
async fn aliases_cannot_blow_up_a_file() {
    let mut yaml = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let previous = format!("*a{}, ", level - 1).repeat(9);
        yaml.push_str(&format!("a{level}: &a{level} [{previous}]\n"));
    }
    assert!(ChatPromptTemplate::from_yaml(&yaml).is_err());
}

#[test]
fn a_template_from_a_file_equals_the_same_template_in_rust() {
    let yaml = "messages: [{examples: [{a: 1}], messages: [{role: user, content: '{a}'}]}]";
    let from_file = ChatPromptTemplate::from_yaml(yaml).unwrap();
    let in_rust = prompt(few_shot(vec![human_template("{a}")], [dict! { a: 1 }]));
    assert_eq!(format!("{from_file:?}"), format!("{in_rust:?}"));
}
