//! Parsers with regular expressions.

use proptest::{collection::vec, prelude::*, sample::Index};
use runnable_chat::{
    parser::{regex_lines, regex_match},
    prelude::*,
};

use crate::cuts::{chunks_of, cut, letters, merged, whole};

#[test]
fn named_groups_of_the_first_match_are_values() {
    let parser = regex_match(r"(?<key>\w+)=(?<value>\w+)(?:;(?<note>\w+))?").unwrap();
    let expected = dict! { key: "a", value: "1" };
    assert_eq!(whole(&parser, "x a=1 b=2;c").unwrap(), expected);
    assert_eq!(merged(&parser, letters("x a=1 b=2;c")).unwrap(), expected);
    let error = whole(&parser, "Nothing here").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().ends_with("it begins with `Nothing here`"), "{error}");
}

#[test]
fn each_matching_line_streams() {
    let parser = regex_lines(r"^(?<n>\d+): (?<text>.*)$").unwrap();
    let chunks = chunks_of(&parser, ["Hi\n1: a", "b\r\n2", ": c"]).unwrap();
    let expected = [vec![dict! { n: "1", text: "ab" }], vec![dict! { n: "2", text: "c" }]];
    assert_eq!(chunks, expected);
    assert!(whole(&parser, "Hi").unwrap().is_empty());
}

#[test]
fn an_invalid_expression_is_an_error() {
    let error = regex_match::<AiMessage>("(").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("invalid regular expression `(`"), "{error}");
    assert!(regex_lines::<String>("[").is_err());
    for pattern in [r"Score: (\d+)", ""] {
        let error = regex_match::<AiMessage>(pattern).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().ends_with("write a group as `(?<name>…)`"), "{error}");
        assert!(regex_lines::<AiMessage>(pattern).is_err());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_output_does_not_depend_on_chunk_boundaries(
        text in "([0-9]: [a-z]{0,3}|\n|\r\n| ){0,8}", places in vec(any::<Index>(), 0..8),
    ) {
        let parser = regex_lines(r"(?<n>\d): (?<text>\w+)").unwrap();
        prop_assert_eq!(merged(&parser, cut(&text, &places)).unwrap(), whole(&parser, &text).unwrap());
    }
}
