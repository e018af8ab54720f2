//! Prompt templates: variables, placeholders, literal messages and errors.

use proptest::prelude::*;
use runnable_chat::{
    message::ReasoningBlock,
    prelude::*,
    prompt::{MessageTemplate, TemplatePart},
};
use serde_json::json;

async fn fill(template: ChatPromptTemplate, values: Dict) -> Result<String> {
    Ok(template.invoke(values).await?.messages[0].text().into_owned())
}

#[tokio::test]
async fn values_that_are_not_strings_are_inserted_as_json() {
    let template = prompt("{n} {flag} {list} {text}");
    let values = dict! { n: 3, flag: true, list: json!(["a", 1]), text: "plain" };
    assert_eq!(fill(template, values).await.unwrap(), r#"3 true ["a",1] plain"#);
}

#[tokio::test]
async fn braces_in_a_value_are_not_variables() {
    let values = dict! { text: "{other} }} {" };
    assert_eq!(fill(prompt("<{text}>"), values).await.unwrap(), "<{other} }} {>");
}

#[tokio::test]
async fn an_error_names_the_missing_variable_and_its_template() {
    let template = prompt([system_template("Be {tone}."), human_template("About {topic}.")])
        .with_name("haiku");
    let error = template.invoke(dict! { tone: "kind", topics: "cats" }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = error.to_string();
    for part in ["`{topic}`", "haiku", "message 2 (user)", "`tone`, `topics`"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn an_invalid_template_fails_when_checked_and_when_run() {
    let template = prompt("{\"a\": 1}");
    let checked = template.clone().check().unwrap_err();
    let run = template.invoke(Dict::new()).await.unwrap_err();
    assert_eq!(checked.message(), run.message());
    assert!(run.message().contains("use `{{`"), "{run}");
}

#[test]
fn input_variables_returns_each_variable_once() {
    let template = prompt([system_template("{b} {a}"), human_template("{b} {{c}}")]);
    assert_eq!(template.input_variables().unwrap(), ["b", "a"]);
}

fn chat() -> ChatPromptTemplate {
    prompt((
        system_template("Be {tone}."),
        messages_placeholder("history"),
        human_template("{question}"),
    ))
    .with_name("chat")
}

#[tokio::test]
async fn a_placeholder_inserts_messages_unchanged() {
    let history = vec![human("What is {x}?"), AiMessage::new("Braces.").into()];
    let values = dict! { tone: "kind", history: history.clone(), question: "Sure?" };
    let filled = chat().invoke(values).await.unwrap();
    let [first, inserted @ .., last] = &filled.messages[..] else { panic!("{filled:?}") };
    assert_eq!((first, last), (&system("Be kind."), &human("Sure?")));
    assert_eq!(inserted, history);
    assert_eq!(chat().input_variables().unwrap(), ["tone", "history", "question"]);
}

#[tokio::test]
async fn a_placeholder_accepts_every_json_form_of_messages() {
    let history = json!([{"role": "user", "content": "Hi"}, {"type": "ai", "content": "Hello"}]);
    let filled =
        prompt(messages_placeholder("history")).invoke(dict! { history: history }).await.unwrap();
    assert_eq!(filled.messages, [human("Hi"), ai("Hello")]);
}

#[tokio::test]
async fn a_placeholder_requires_a_value_unless_it_is_optional() {
    let error = chat().invoke(dict! { tone: "kind", question: "?" }).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    for part in ["chat", "messages placeholder `history`", "`question`, `tone`"] {
        assert!(error.message().contains(part), "{error}");
    }
    let optional = prompt((messages_placeholder("history").optional(), human("Hi")));
    assert_eq!(optional.invoke(dict! {}).await.unwrap().messages, [human("Hi")]);
    let no_history = dict! { history: None::<Vec<Message>> };
    assert_eq!(optional.invoke(no_history.clone()).await.unwrap().messages, [human("Hi")]);
    let values = no_history.with("tone", "kind").with("question", "?");
    assert_eq!(chat().invoke(values).await.unwrap_err().kind(), ErrorKind::InvalidInput);

    let assert_error = |history: serde_json::Value, part: &'static str| async move {
        let values = dict! { tone: "kind", question: "?", history: history };
        let error = chat().invoke(values).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("`history` of prompt template chat"), "{error}");
        assert!(error.message().contains(part), "{error}");
    };
    assert_error(json!("Hi"), "expected a sequence").await;
    assert_error(json!([{"type": "human", "content": "Hi"}, 3]), "`[1]`").await;
}

#[tokio::test]
async fn a_template_is_created_from_text_messages_lists_or_tuples() {
    let all = [
        prompt("Hi"),
        prompt(human_template("Hi")),
        prompt([human_template("Hi")]),
        prompt(human("Hi")),
        prompt(HumanMessage::new("Hi")),
        prompt([human("Hi")]),
        prompt(vec![human("Hi")]),
        prompt(PromptValue::from("Hi")),
    ];
    for template in all {
        assert_eq!(template.invoke(Dict::new()).await.unwrap(), PromptValue::from("Hi"));
    }
    let pair = prompt((system("a"), human("b"))).invoke(Dict::new()).await.unwrap();
    assert_eq!(pair.messages, [system("a"), human("b")]);
}

#[test]
fn values_are_created_from_any_struct() {
    #[derive(serde::Serialize)]
    struct Question {
        topic: &'static str,
        lines: u8,
    }
    let values = Dict::from_serialize(&Question { topic: "cats", lines: 3 }).unwrap();
    assert_eq!(values, dict! { topic: "cats", lines: 3 });
    assert!(Dict::from_serialize(&3).unwrap_err().message().contains('3'));
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    /// Any text is inserted unchanged if its braces are doubled.
    #[test]
    fn doubled_braces_keep_any_text(text in ".{0,40}") {
        let template = prompt(text.replace('{', "{{").replace('}', "}}"));
        let filled = futures::executor::block_on(fill(template, Dict::new())).unwrap();
        prop_assert_eq!(filled, text);
    }

    #[test]
    fn any_text_of_a_literal_message_is_unchanged(text in r"[{}a-z_ é0-9]{0,24}") {
        let filled = futures::executor::block_on(fill(prompt([human(&text)]), dict! { a: "b" }));
        prop_assert_eq!(filled.unwrap(), text);
    }

    #[test]
    fn no_text_makes_a_template_panic(text in r"[{}a-z_ é0-9]{0,24}") {
        let _ = prompt(text).check();
    }
}

/// Fills a template with the value `secret`, and returns the texts of its messages.
async fn texts_with_secret(template: ChatPromptTemplate) -> Vec<String> {
    let filled = template.invoke(dict! { secret: "hunter2" }).await.unwrap();
    filled.messages.iter().map(|message| message.text().into_owned()).collect()
}

#[tokio::test]
async fn a_message_in_a_prompt_is_always_literal() {
    let user = "{secret} {unknown} }} {";
    let human_message = || HumanMessage::new(user);
    for template in [
        prompt(human(user)),
        prompt(human_message()),
        prompt([human(format!("Hi, {user}"))]),
        prompt(vec![human_message()]),
        prompt(PromptValue::from(user)),
        prompt((system(user), ai(user), human(user))),
        prompt((SystemMessage::new(user), AiMessage::new(user), ToolMessage::new("1", user))),
    ] {
        assert!(template.input_variables().unwrap().is_empty());
        for text in texts_with_secret(template.check().unwrap()).await {
            assert!(text.ends_with(user), "{text}");
        }
    }
}

#[tokio::test]
async fn the_url_of_an_image_in_a_message_is_literal() {
    let image = ContentBlock::Image(Media::from_url("https://example.com/{secret}"));
    let message = HumanMessage::new("Look:").with_block(image.clone());
    let filled = prompt(message).invoke(dict! { secret: "hunter2" }).await.unwrap();
    assert_eq!(filled.messages[0].content()[1], image);
}

#[tokio::test]
async fn a_few_shot_answer_may_have_braces() {
    let template = prompt((
        human("Which city?"),
        ai("{\"a\": 1}"),
        human_template("Which {thing}?"),
        ai_template("{{\"a\": {n}}}"),
    ));
    let filled = template.invoke(dict! { thing: "river", n: 2 }).await.unwrap();
    let expected =
        [human("Which city?"), ai("{\"a\": 1}"), human("Which river?"), ai("{\"a\": 2}")];
    assert_eq!(filled.messages, expected);
}

#[tokio::test]
async fn variables_are_replaced_only_in_templates() {
    let template = prompt((human("{secret}"), human_template("{secret}"), system("{secret}")));
    assert_eq!(template.input_variables().unwrap(), ["secret"]);
    assert_eq!(texts_with_secret(template).await, ["{secret}", "hunter2", "{secret}"]);
}

#[tokio::test]
async fn the_parts_of_a_template_can_be_built_at_run_time() {
    let mut parts = vec![TemplatePart::from(system("{secret}"))];
    parts.push(human_template(String::from("{secret}")).into());
    parts.push(messages_placeholder("history").optional().into());
    assert_eq!(texts_with_secret(prompt(parts)).await, ["{secret}", "hunter2"]);
}

#[test]
fn a_prompt_converts_to_text_with_and_without_roles() {
    let call = AiMessage::new("Let me see.").with_block(ToolCall::new("1", "add", json!({"a": 1})));
    let image = ContentBlock::Image(Media::from_url("https://example.com/cat.png"));
    let conversation = PromptValue::from(vec![
        system("Be kind."),
        HumanMessage::new("What is it?").with_block(image).into(),
        call.into(),
        ToolMessage::new("1", "2").into(),
    ]);
    assert_eq!(conversation.text(), "Be kind.\nWhat is it?\nLet me see.\n2");
    let shown = "System: Be kind.\nHuman: What is it? [image]\n\
                 AI: Let me see. [add({\"a\":1})]\nTool: 2";
    assert_eq!(conversation.to_string(), shown);

    assert_eq!(PromptValue::from("hi").text(), "hi");
    assert_eq!(PromptValue::from("hi").to_string(), "Human: hi");
    assert_eq!(PromptValue::default().text(), "");
    assert_eq!(PromptValue::default().to_string(), "");
}

#[tokio::test]
async fn foreign_text_is_literal_in_every_field_of_a_message() {
    let untrusted = "{secret} {{secret}} }} {";
    let call = ToolCall::new("1", "look", json!({"q": untrusted}));
    let messages = vec![
        system(format!("Answer {untrusted}")),
        HumanMessage::new(untrusted).with_name(untrusted).into(),
        AiMessage::new(untrusted).with_block(call).into(),
        ToolMessage::error("1", untrusted).into(),
    ];
    let values = dict! { secret: "hunter2", history: messages.clone(), document: untrusted };

    // Messages as parts, as references, as a conversation, and as a value.
    for template in [
        prompt(messages.clone()),
        prompt(messages.iter().collect::<Vec<_>>()),
        prompt(PromptValue::from(messages.clone())),
        prompt((messages_placeholder("history"),)),
    ] {
        assert_eq!(template.invoke(values.clone()).await.unwrap().messages, messages);
    }
    let document = prompt((human_template("<{document}> {secret}"),));
    let filled = document.invoke(values).await.unwrap();
    assert_eq!(filled.messages, [human(format!("<{untrusted}> hunter2"))]);
}

#[tokio::test]
async fn a_filled_prompt_is_literal_in_the_next_prompt() {
    let first = prompt("I am {user}").invoke(dict! { user: "{secret}" }).await.unwrap();
    let text = first.text().into_owned();
    assert_eq!(texts_with_secret(prompt(first)).await, ["I am {secret}"]);
    let second = prompt((system("Be kind."), human_template("{text}, {secret}")));
    let filled = second.invoke(dict! { text: text, secret: "x" }).await.unwrap();
    assert_eq!(filled.messages[1], human("I am {secret}, x"));
}

#[tokio::test]
async fn a_message_template_changes_only_text_blocks() {
    let call = ToolCall::new("1", "look", json!({"q": "{n}"}));
    let answer = AiMessage::new("{{n}} is {n}")
        .with_block(call.clone())
        .with_block(ReasoningBlock::new("{n}"));
    let filled = prompt(MessageTemplate::new(answer)).invoke(dict! { n: 1 }).await.unwrap();
    let expected =
        AiMessage::new("{n} is 1").with_block(call).with_block(ReasoningBlock::new("{n}"));
    assert_eq!(filled.messages, [expected.into()]);
}

#[tokio::test]
async fn a_borrowed_string_is_a_template() {
    let text = String::from("About {topic}");
    assert_eq!(fill(prompt(&text), dict! { topic: "{rain}" }).await.unwrap(), "About {rain}");
}
