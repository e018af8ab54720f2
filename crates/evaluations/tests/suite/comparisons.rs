//! Comparisons of two runs.

use std::path::Path;

use runnable_core::prelude::*;
use runnable_evaluations::{
    Comparison, Evaluation, EvaluationReport, Example, Scored, exact_match, examples,
};

/// Evaluates a candidate that answers the first `wrong` of `count` examples with 0.
async fn report(folder: &Path, wrong: u64, count: u64) -> Result<EvaluationReport> {
    let copy = lambda(move |number: u64| if number <= wrong { 0 } else { number });
    Evaluation::new(folder.join(format!("{wrong}-of-{count}")))
        .examples(examples((1..=count).map(|number| Example::new(number, number))))
        .candidate("copy", copy)
        .scorer("exact", exact_match())
        .run()
        .await
}

fn printed(comparison: &Comparison) -> String {
    comparison.to_string()
}

#[tokio::test]
async fn a_regression_names_the_examples_that_became_worse() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let good = report(folder.path(), 2, 40).await?;
    let bad = report(folder.path(), 14, 40).await?;

    let comparison = bad.compare(&good);
    let score = &comparison.scores[0];
    assert_eq!((score.before, score.after), (0.95, 0.65));
    let worse: Vec<_> = score.worse.iter().map(|change| &*change.key).collect();
    let expected: Vec<_> = (3..=14).map(|number: u64| number.to_string()).collect();
    assert_eq!(worse, expected);
    assert!(score.better.is_empty());
    assert!(comparison.is_regression(0.0) && comparison.is_complete());
    assert!(!comparison.is_regression(0.3));
    assert!(comparison.is_regression(f64::NAN), "an invalid tolerance is 0");
    assert_eq!((comparison.exit_status(0.0), comparison.exit_status(0.3)), (1, 0));

    let text = printed(&comparison);
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[1].starts_with("copy       exact   0.95    0.65   -0.300 [-0.452, -0.145]"),
        "{text}"
    );
    assert!(lines[2].starts_with("worse by exact, copy: 3 (1.00 → 0.00) 4 "), "{text}");
    assert!(lines[2].ends_with(" and 2 more"), "{text}");

    let improvement = good.compare(&bad);
    assert_eq!((improvement.exit_status(0.0), improvement.scores[0].better.len()), (0, 12));
    Ok(())
}

#[tokio::test]
async fn one_lost_example_can_be_chance() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let before = report(folder.path(), 2, 40).await?;
    let after = report(folder.path(), 3, 40).await?;
    let comparison = after.compare(&before);
    assert_eq!(comparison.scores[0].worse.len(), 1);
    assert_eq!(comparison.exit_status(0.0), 0);
    Ok(())
}

#[tokio::test]
async fn what_is_missing_is_not_passed_over_in_silence() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let before = report(folder.path(), 0, 10).await?;
    let fewer = report(folder.path(), 0, 8).await?;
    let comparison = fewer.compare(&before);
    assert_eq!(comparison.missing, ["2 scores of `copy` by `exact`"]);
    assert_eq!((comparison.scores[0].difference.count, comparison.exit_status(0.0)), (8, 2));
    assert_eq!(before.compare(&fewer).exit_status(0.0), 0, "new examples are not missing");

    let mut renamed = before.clone();
    renamed.candidates[0].name = "other".to_owned();
    let comparison = renamed.compare(&before);
    assert_eq!(
        (comparison.missing.as_slice(), comparison.exit_status(0.0)),
        (&["the candidate `copy`".to_owned()][..], 2)
    );

    let mut unscored = before.clone();
    unscored.candidates[0].scores.clear();
    let comparison = unscored.compare(&before);
    assert_eq!(comparison.missing, ["the scores of `copy` by `exact`"]);
    Ok(())
}

#[tokio::test]
async fn a_changed_example_is_not_compared() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let run = |name: &str, expected: u64| {
        Evaluation::new(folder.path().join(name))
            .examples(examples([Example::new(1_u64, 1), Example::new(2_u64, expected)]))
            .candidate("copy", lambda(|number: u64| number))
            .scorer("exact", exact_match())
    };
    let before = run("before", 2).run().await?;
    let after = run("after", 3).run().await?;
    let comparison = after.compare(&before);
    assert!(comparison.scores[0].worse.is_empty());
    assert_eq!(comparison.scores[0].difference.count, 1);
    assert_eq!(comparison.exit_status(0.0), 2);
    Ok(())
}

#[tokio::test]
async fn two_candidates_of_one_report_are_compared() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let length = lambda(|scored: Scored| 1.0 / scored.output_text().len() as f64);
    let report = Evaluation::new(folder.path())
        .examples(examples(["a", "bb", "ccc"].map(|text| Example::new(text, ""))))
        .candidate(("model", "plain"), lambda(|text: String| text))
        .candidate(("model", "loud"), lambda(|text: String| format!("{text}!")))
        .scorer("short", length)
        .run()
        .await?;
    let [plain, loud] = &report.candidates[..] else { panic!("two candidates") };
    let comparison = loud.compare(plain);
    assert_eq!(comparison.scores[0].candidate, "model · plain → model · loud");
    let worse: Vec<_> = comparison.scores[0].worse.iter().map(|change| &*change.key).collect();
    assert_eq!(worse, ["1", "2", "3"], "the largest loss comes first");
    Ok(())
}

#[test]
fn an_unreadable_report_is_an_error() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("report.json");
    assert_eq!(EvaluationReport::load(&path).unwrap_err().kind(), ErrorKind::NotFound);
    std::fs::write(&path, "{")?;
    let error = EvaluationReport::load(&path).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Parse);
    assert!(error.message().starts_with("invalid report `"), "{error}");
    Ok(())
}
