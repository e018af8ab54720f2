//! The sequence diagram of a trace.

use proptest::prelude::*;

use crate::{
    golden::assert_golden,
    random_log::{log_of, steps},
    scenes::weather,
};

#[test]
fn a_diagram_has_the_models_and_tools_of_a_call() {
    assert_golden("weather.mmd", &weather().trace().mermaid().to_string());
}

#[test]
fn further_messages_are_counted() {
    let trace = weather().trace();
    let all = trace.mermaid().to_string().lines().filter(|line| line.contains(": ")).count();
    let diagram = trace.mermaid().max_messages(2).to_string();
    let last = diagram.lines().last().unwrap();
    assert_eq!(last, format!("    Note over p0: {} more messages are left out", all - 2));
    let one = trace.mermaid().max_messages(all - 1).to_string();
    assert!(one.ends_with("Note over p0: 1 more message is left out\n"), "{one}");
}

#[test]
fn the_diagram_of_one_run_has_only_its_messages() {
    let trace = weather().trace();
    let tool = trace.runs().iter().find(|run| &*run.kind == "tool").unwrap();
    let diagram = trace.mermaid().run(tool).to_string();
    let lines: Vec<_> = diagram.lines().map(str::trim).collect();
    assert_eq!(
        lines[..3],
        ["sequenceDiagram", "participant p0 as caller", "participant p1 as weather"]
    );
    assert_eq!(lines.len(), 5, "{diagram}");
}

/// Returns whether a text contains nothing that Mermaid treats as syntax.
fn is_plain(text: &str) -> bool {
    let mut rest = text;
    while let Some(at) = rest.find('#') {
        let Some((number, after)) = rest[at + 1..].split_once(';') else { return false };
        if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return false;
        }
        rest = after;
    }
    let mut words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '#'));
    let without_codes: String =
        text.split('#').map(|part| part.split_once(';').map_or(part, |p| p.1)).collect();
    !text.is_empty()
        && !words.any(|word| word.eq_ignore_ascii_case("end"))
        && !without_codes.contains([';', '<', '>', '%', '$', '{', '}', ':', '"', '\\', '`', '|'])
}

/// Returns whether a line is a line of a sequence diagram.
fn is_valid(line: &str) -> bool {
    let Some(line) = line.strip_prefix("    ") else { return line == "sequenceDiagram" };
    let number =
        |text: &str| text.strip_prefix('p').is_some_and(|number| number.parse::<usize>().is_ok());
    if let Some((participant, name)) =
        line.strip_prefix("participant ").and_then(|line| line.split_once(" as "))
    {
        return number(participant) && is_plain(name);
    }
    let Some((head, text)) = line.split_once(": ") else { return false };
    let arrow = ["-->>", "->>", "--x"].iter().find_map(|arrow| head.split_once(arrow));
    let head = match (arrow, head.strip_prefix("Note over ")) {
        (Some((from, to)), _) => number(from) && number(to),
        (None, Some(over)) => number(over),
        (None, None) => false,
    };
    head && is_plain(text)
}

proptest! {
    #[test]
    fn no_text_breaks_the_syntax(steps in steps(), max in 0..40usize) {
        let diagram = log_of(&steps).trace().mermaid().max_messages(max).to_string();
        for line in diagram.lines() {
            prop_assert!(is_valid(line), "{:?}", line);
        }
        let messages = diagram.lines().filter(|line| line.contains(": ")).count();
        prop_assert!(messages <= max + 1);
    }
}
