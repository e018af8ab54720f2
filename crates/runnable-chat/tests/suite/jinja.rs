//! Templates in Jinja's syntax.

use proptest::prelude::*;
use runnable_chat::{prelude::*, prompt::few_shot};
use serde_json::json;

fn filled(template: &str, values: Dict) -> Result<String> {
    let template = prompt(human_template(template).jinja());
    Ok(futures::executor::block_on(template.invoke(values))?.text().into_owned())
}

#[test]
fn statements_and_filters_are_supported() {
    let text =
        "{% for item in items if item.n > 1 %}{{ item.name | upper }};{% else %}none{% endfor %}";
    let items = json!([{"name": "a", "n": 1}, {"name": "b", "n": 2}]);
    assert_eq!(filled(text, dict! { items: items }).unwrap(), "B;");
    assert_eq!(filled(text, dict! { items: json!([]) }).unwrap(), "none");
    assert_eq!(
        filled("{{ x | tojson }} {x}", dict! { x: json!({"a": 1}) }).unwrap(),
        "{\"a\": 1} {x}"
    );
    // Nothing is escaped, because the text is not HTML.
    assert_eq!(filled("{{ x }}", dict! { x: "<b>" }).unwrap(), "<b>");
}

#[test]
fn a_missing_value_is_an_error_unless_it_has_a_default() {
    let error = filled("{{ topic }}", dict! { topics: 1 }).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let part = "missing value for variable `{{ topic }}` in message 1 (user)";
    assert!(error.message().contains(part), "{error}");
    assert!(error.message().ends_with("did you mean `topic` where you wrote `topics`?"), "{error}");
    assert_eq!(
        filled("{{ x | default('-') }}{% if y is defined %}y{% endif %}", dict! {}).unwrap(),
        "-"
    );
    assert!(filled("{{ x.y.z }}", dict! { x: json!({}) }).is_err());
}

#[test]
fn an_error_names_the_value_that_is_missing() {
    let missing = |template, values| filled(template, values).unwrap_err().message();
    let message = missing("{{ a | default('-') }} {{ topic }}", dict! { topics: 1 });
    assert!(message.contains("missing value for variable `{{ topic }}`"), "{message}");
    assert!(message.ends_with("did you mean `topic` where you wrote `topics`?"), "{message}");
    let message = missing("{% for i in range(2) %}{{ topic }}{% endfor %}", dict! {});
    assert!(message.contains("`{{ topic }}`"), "{message}");
    // The value `x` exists, but not its field.
    let message = missing("{{ a | default('-') }}{{ x.y }}", dict! { x: json!({}) });
    assert!(message.ends_with("undefined value in line 1"), "{message}");
}

#[test]
fn values_that_are_not_strings_are_inserted_as_in_python() {
    let values = json!([true, null, 1.5, "a", {"b": false}]);
    assert_eq!(
        filled("{{ x }} {{ x | tojson }}", dict! { x: values }).unwrap(),
        r#"[True, None, 1.5, 'a', {'b': False}] [true, null, 1.5, "a", {"b": false}]"#
    );
}

#[test]
fn variables_do_not_include_functions_and_local_names() {
    let text = "{% for i in range(n) %}{{ i }}{% endfor %}{% set a = b %}{{ a }}";
    let template = prompt((human_template(text).jinja(), human_template("{c}")));
    let mut names = template.input_variables().unwrap();
    names.sort_unstable();
    assert_eq!(names, ["b", "c", "n"]);
}

#[test]
fn an_invalid_template_is_an_error_with_its_line() {
    let error = prompt(human_template("a\n{% if %}").jinja()).check().unwrap_err();
    assert!(error.message().contains("invalid message 1 (user)"), "{error}");
    assert!(error.message().contains("line 2"), "{error}");
    let error = filled("{% include 'secret.txt' %}", dict! {}).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[test]
fn a_template_that_does_not_end_is_stopped() {
    let text = "{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}";
    let error = filled(text, dict! {}).unwrap_err();
    assert!(error.message().contains("fuel"), "{error}");
}

#[test]
fn examples_can_be_written_in_jinja() {
    let example = human_template("{{ word }}!").jinja();
    let template = prompt(few_shot(example, [dict! { word: "{{ x }}" }]));
    let shown = futures::executor::block_on(template.invoke(dict! { x: 1 })).unwrap();
    assert_eq!(shown.text(), "{{ x }}!");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_value_is_read_as_a_template(value in r"(\{\{|\}\}|\{%|%\}|x| |<|&){0,8}") {
        let text = filled("<{{ value }}>", dict! { value: value.clone(), x: "secret" }).unwrap();
        prop_assert_eq!(text, format!("<{value}>"));
    }

    #[test]
    fn no_text_makes_a_template_panic(text in r"(\{\{|\}\}|\{%|%\}|x| |if|end|for|\||'){0,8}") {
        let _ = filled(&text, dict! { x: 1 });
    }
}
