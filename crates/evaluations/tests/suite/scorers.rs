//! The scorers of this crate.

use runnable_core::prelude::*;
use runnable_evaluations::{Score, Scored, embedding_similarity, exact_match, json_equality};
#[cfg(feature = "regex")]
use runnable_evaluations::{matches_expected_regex, matches_regex};
use runnable_testing::ScriptedEmbeddings;
use serde_json::{Value, json};

async fn score(
    scorer: impl Runnable<Input = Scored, Output = Score>,
    expected: impl Into<Value>,
    output: impl Into<Value>,
) -> Result<f64> {
    Ok(scorer.invoke(Scored::new("input", expected, output)).await?.value)
}

#[tokio::test]
async fn an_exact_match_compares_texts_and_values() -> Result<()> {
    assert_eq!(score(exact_match(), "Paris", "Paris").await?, 1.0);
    assert_eq!(score(exact_match(), "Paris", "Paris ").await?, 0.0);
    assert_eq!(score(exact_match().trimmed(), "Paris", " Paris\n").await?, 1.0);
    assert_eq!(score(exact_match().ignore_case(), "Élan", "éLAN").await?, 1.0);
    assert_eq!(score(exact_match(), json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1})).await?, 1.0);
    assert_eq!(score(exact_match(), "1", 1).await?, 0.0);
    assert_eq!(score(exact_match(), Value::Null, "null").await?, 0.0);
    Ok(())
}

#[tokio::test]
async fn json_is_equal_if_its_values_are() -> Result<()> {
    let equal = [
        (json!({"a": [1, {"b": 2}]}), json!(r#"{"a": [1.0, {"b": 2}]}"#)),
        (json!(r#"{"a": 1, "b": 2}"#), json!({"b": 2, "a": 1})),
        (json!("plain text"), json!(r#""plain text""#)),
        (json!(null), json!("null")),
    ];
    for (expected, output) in equal {
        assert_eq!(score(json_equality(), expected.clone(), output).await?, 1.0, "{expected}");
    }
    let different = [
        (json!([1, 2]), json!([2, 1])),
        (json!({"a": 1}), json!({"a": 1, "b": 2})),
        (json!({"a": 1, "b": 2}), json!({"a": 1})),
        (json!(9_007_199_254_740_993_u64), json!(9_007_199_254_740_992_u64)),
        (json!({"a": 1}), json!("```json\n{\"a\": 1}\n```")),
    ];
    for (expected, output) in different {
        assert_eq!(score(json_equality(), expected.clone(), output).await?, 0.0, "{expected}");
    }
    let invalid = json_equality().invoke(Scored::new("input", 1, "{")).await?;
    let comment = invalid.comment.unwrap_or_default();
    assert!(comment.starts_with("the output is not JSON: EOF"), "{comment}");
    Ok(())
}

#[cfg(feature = "regex")]
#[tokio::test]
async fn a_pattern_is_searched_in_the_output() -> Result<()> {
    let date = matches_regex(r"^\d{4}-\d{2}$")?;
    assert_eq!(score(date.clone(), "", "2026-11").await?, 1.0);
    assert_eq!(score(date, "", "in 2026-11").await?, 0.0);
    assert_eq!(score(matches_expected_regex(), "(?i)paris", "It is PARIS.").await?, 1.0);
    assert_eq!(score(matches_regex("^7$")?, "", 7).await?, 1.0);

    assert_eq!(matches_regex("(").unwrap_err().kind(), ErrorKind::InvalidInput);
    let error = score(matches_expected_regex(), Value::Null, "null").await.unwrap_err();
    assert!(error.message().starts_with("missing expected value"), "{error}");
    let error = score(matches_expected_regex(), "(", "text").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    Ok(())
}

#[tokio::test]
async fn similar_vectors_have_a_high_score() -> Result<()> {
    let script = ScriptedEmbeddings::new(2)
        .vector("north", [0.0, 1.0])
        .vector("north-east", [1.0, 1.0])
        .vector("south", [0.0, -2.0])
        .vector("nowhere", [0.0, 0.0]);
    let similarity = || embedding_similarity(script.to_model());
    assert_eq!(score(similarity(), "north", "north").await?, 1.0);
    let error = score(similarity(), Value::Null, "north").await.unwrap_err();
    assert!(error.message().starts_with("missing expected value"), "{error}");
    let diagonal = score(similarity(), "north", "north-east").await?;
    assert!((diagonal - 0.5_f64.sqrt()).abs() < 1e-6, "{diagonal}");
    assert_eq!(score(similarity(), "north", "south").await?, 0.0);
    assert_eq!(score(similarity(), "north", "nowhere").await?, 0.0);
    Ok(())
}

#[test]
fn values_are_read_as_text_or_as_a_type() {
    let scored = Scored::new(1, json!({"a": 1}), "7");
    assert_eq!(scored.output_text(), "7");
    assert_eq!(scored.expected_text(), r#"{"a":1}"#);
    assert_eq!(scored.parse_output::<String>().unwrap(), "7");
    let error = scored.parse_output::<u64>().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().starts_with("invalid output: invalid type: string"), "{error}");
}
