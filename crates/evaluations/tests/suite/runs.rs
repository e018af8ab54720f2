//! Evaluations from the examples to the report.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    pricing::{Cost, Prices, TokenPrices},
};
use runnable_evaluations::{
    Evaluation, EvaluationReport, Example, Scored, exact_match, examples, judge,
};
use runnable_jobs::{
    JobItem,
    inputs::{JsonLinesInputs, items},
};
use runnable_testing::{ScriptedChatModel, ScriptedReply};

fn numbers(count: u64) -> Vec<Example<u64>> {
    (1..=count).map(|number| Example::new(number, number)).collect()
}

fn copy() -> impl Runnable<Input = u64, Output = u64> {
    lambda(|number: u64| number)
}

#[tokio::test]
async fn a_failed_candidate_has_the_score_0() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let even_only = try_lambda(|number: u64| match number % 2 {
        0 => Ok(number),
        _ => Err(Error::new(ErrorKind::Parse, "odd")),
    });
    let report = Evaluation::new(folder.path())
        .examples(examples(numbers(4)))
        .candidate("even", even_only)
        .scorer("exact", exact_match())
        .run()
        .await?;

    let candidate = &report.candidates[0];
    assert_eq!((candidate.failed, candidate.mean("exact")), (2, Some(0.5)));
    assert_eq!(candidate.scores[0].failed, 0);
    let item = candidate.item("1").expect("the example is in the report");
    assert!(item.error.as_deref().is_some_and(|error| error.contains("odd")), "{item:?}");
    assert_eq!(item.scores["exact"].value, Some(0.0));
    assert_eq!(candidate.item("2").and_then(|item| item.error.as_deref()), None);
    Ok(())
}

#[tokio::test]
async fn a_failed_scorer_leaves_no_score() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let odd = try_lambda(|scored: Scored| match scored.parse_output::<u64>()? {
        1 => Err(Error::new(ErrorKind::Parse, "unreadable")),
        2 => Ok(1.5),
        3 => Ok(f64::NAN),
        4 => Ok(-0.1),
        number => Ok::<_, Error>(if number == 5 { 0.25 } else { 0.75 }),
    });
    let report = Evaluation::new(folder.path())
        .examples(examples(numbers(6)))
        .candidate("copy", copy())
        .scorer("odd", odd)
        .run()
        .await?;

    let candidate = &report.candidates[0];
    let summary = &candidate.scores[0];
    assert_eq!((summary.failed, candidate.failed), (4, 0));
    assert_eq!(candidate.mean("odd"), Some(0.5));
    assert_eq!(summary.mean.as_ref().map(|mean| mean.count), Some(2));
    let error = |key| candidate.item(key).and_then(|item| item.scores["odd"].error.clone());
    let error_of = |key| error(key).unwrap_or_default();
    assert!(error_of("1").contains("unreadable"));
    for (key, found) in [("2", "1.5"), ("4", "-0.1")] {
        let expected = format!("invalid score: expected a number from 0 to 1, found {found}");
        assert!(error_of(key).contains(&expected), "{}", error_of(key));
    }
    assert!(candidate.item("3").is_some_and(|item| item.scores["odd"].value.is_none()));
    assert!(report.to_string().contains("4 answers have no score by odd"), "{report}");
    Ok(())
}

#[tokio::test]
async fn the_table_states_the_first_errors() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let small = try_lambda(|number: u64| match number {
        1 | 2 => Ok(number),
        _ => Err(Error::new(ErrorKind::Parse, format!("{number} is too large\nfor me"))),
    });
    let report = Evaluation::new(folder.path())
        .examples(examples(numbers(4)))
        .candidate("small", small)
        .scorer("points", lambda(|_: Scored| 7.0))
        .run()
        .await?;

    let text = report.to_string();
    let mut notes = text.lines().skip(2);
    assert_eq!(
        notes.next(),
        Some("small failed for 2 examples; the first is `3`: 3 is too large…"),
        "{text}"
    );
    let scorer = notes.next().unwrap_or_default();
    assert!(
        scorer.starts_with(
            "small: 2 answers have no score by points, because it failed; the first is `1`: \
             invalid score: expected a number from 0 to 1, found 7"
        ),
        "{text}"
    );
    assert!(!scorer.contains(".rs:"), "the error states no line of this library: {scorer}");
    Ok(())
}

#[tokio::test]
async fn examples_without_an_expected_value_are_counted() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("capitals.jsonl");
    let lines =
        [r#"{"input": 1, "expected": 1}"#, r#"{"input": 2, "expectd": 2}"#, r#"{"input": 3}"#];
    std::fs::write(&file, lines.join("\n"))?;
    let evaluation = |folder: &str| {
        Evaluation::new(file.with_file_name(folder))
            .examples(JsonLinesInputs::open(&file))
            .candidate("copy", copy())
    };

    let report = evaluation("a").scorer("exact", exact_match()).run().await?;
    let note = "2 examples have no expected value; the first is `2`\n";
    assert!(report.to_string().ends_with(note), "{report}");
    let lacks =
        |report: &EvaluationReport| report.candidates[0].item("3").map(|i| i.lacks_expected);
    assert_eq!(lacks(&report), Some(true));
    assert_eq!(EvaluationReport::load(file.with_file_name("a/report.json"))?, report);

    let report = evaluation("b").run().await?;
    assert!(!report.to_string().contains("no expected value"), "no scorer needs it: {report}");
    Ok(())
}

#[tokio::test]
async fn failed_calls_are_repeated_if_asked_for() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let works = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&works);
    let flaky = try_lambda(move |number: u64| {
        let works = flag.load(Ordering::Relaxed);
        works.then_some(number).ok_or_else(|| Error::new(ErrorKind::Parse, "broken"))
    });
    let evaluation = || {
        Evaluation::new(folder.path())
            .examples(examples(numbers(3)))
            .candidate("flaky", flaky.clone())
            .scorer("exact", exact_match())
    };
    assert_eq!(evaluation().run().await?.candidates[0].failed, 3);
    works.store(true, Ordering::Relaxed);
    assert_eq!(evaluation().run().await?.candidates[0].failed, 3);
    let report = evaluation().retry_failed().run().await?;
    assert_eq!((report.candidates[0].failed, report.candidates[0].mean("exact")), (0, Some(1.0)));
    Ok(())
}

#[tokio::test]
async fn failed_calls_are_repeated_in_a_folder_without_a_job() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let evaluation =
        || Evaluation::new(folder.path()).examples(examples(numbers(3))).candidate("copy", copy());
    evaluation().run().await?;

    // The program ended after it had created the folder, and before the job began.
    let mut folders = std::fs::read_dir(folder.path())?.filter_map(Result::ok);
    let candidate =
        folders.find(|entry| entry.path().is_dir()).expect("the candidate has a folder");
    let answers = candidate.path().join("answers");
    std::fs::remove_dir_all(&answers)?;
    std::fs::create_dir(&answers)?;

    assert_eq!(evaluation().retry_failed().run().await?.candidates[0].failed, 0);
    Ok(())
}

#[tokio::test]
async fn an_error_of_every_example_ends_the_evaluation() {
    let folder = tempfile::tempdir().unwrap();
    let rejected = try_lambda(|_: u64| -> Result<u64> {
        Err(Error::new(ErrorKind::Authentication, "invalid API key"))
    });
    let evaluation = Evaluation::new(folder.path())
        .examples(examples(numbers(3)))
        .candidate("rejected", rejected);
    let error = evaluation.run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.message().contains("the evaluation of `rejected` stopped"), "{error}");
}

#[tokio::test]
async fn the_report_counts_tokens_of_candidates_and_scorers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let reply = |text: &str, input, output| {
        ScriptedReply::complete(text.to_owned()).usage(Usage::new(input, output))
    };
    let answers = ScriptedChatModel::from_fn(move |_| reply("Paris", 10, 2));
    let judgements =
        ScriptedChatModel::from_fn(move |_| reply(r#"{"reasons": "Yes.", "points": 9}"#, 50, 7));
    let report = Evaluation::new(folder.path())
        .examples(examples(
            ["France", "Chad"].map(|country| Example::new(dict! { country: country }, "Paris")),
        ))
        .candidate(
            ("small", "short"),
            prompt("Capital of {country}?").pipe(answers.to_model()).pipe(text()),
        )
        .scorer("judge", judge(judgements.to_model(), "Is the output the expected city?"))
        .scorer("exact", exact_match())
        .run()
        .await?;

    let candidate = report.candidate("small · short").expect("the candidate is in the report");
    let usage = candidate.usage.total().usage;
    assert_eq!((usage.input_tokens, usage.output_tokens), (20, 4));
    let judged = candidate.scores[0].usage.total();
    assert_eq!((judged.calls, judged.usage.input_tokens), (2, 100));
    assert!(candidate.scores[1].usage.is_empty());
    assert_eq!(candidate.mean("judge"), Some(0.9));
    assert!(candidate.median_latency.is_some() && candidate.p95_latency.is_some());
    assert_eq!(candidate.items[0].scores["judge"].comment.as_deref(), Some("Yes."));

    let table = report.to_string();
    let lines: Vec<_> = table.lines().collect();
    assert!(lines[0].starts_with("candidate      judge"), "{table}");
    assert!(
        lines[1].starts_with("small · short  0.90 [0.90, 0.90]  1.00 [0.34, 1.00]  0/2"),
        "{table}"
    );
    assert!(lines[1].contains("20 → 4"), "{table}");
    assert!(
        lines[2].starts_with("scoring small · short by judge: 2 calls, 100 → 14 tokens"),
        "{table}"
    );

    assert_eq!(EvaluationReport::load(folder.path().join("report.json"))?, report);
    Ok(())
}

#[tokio::test]
async fn invalid_evaluations_are_rejected() {
    let folder = tempfile::tempdir().unwrap();
    let new = || Evaluation::new(folder.path());
    let with_examples = || new().examples(examples(numbers(2)));
    let twice = ["a", "a"].map(|key| JobItem::new(key, Example::new(1_u64, 1)));
    let invalid = [
        (new().candidate("copy", copy()), "the evaluation has no examples; set them"),
        (
            new().examples(examples(Vec::new())).candidate("copy", copy()),
            "the evaluation has no examples; the source",
        ),
        (with_examples(), "the evaluation has no candidates; add them with `candidate`"),
        (
            with_examples().candidate("copy", copy()).candidate("copy", copy()),
            "two candidates have the name `copy`",
        ),
        (
            with_examples()
                .candidate("copy", copy())
                .scorer("exact", exact_match())
                .scorer("exact", exact_match()),
            "two scorers have the name `exact`",
        ),
        (new().examples(items(twice)).candidate("copy", copy()), "two examples have the key `a`"),
    ];
    for (evaluation, message) in invalid {
        let error = evaluation.run().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.message().starts_with(message), "{error}");
    }
}

#[tokio::test]
async fn examples_are_read_from_a_file() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("capitals.jsonl");
    let evaluation = |name: &str| {
        Evaluation::new(folder.path().join(name))
            .examples(JsonLinesInputs::open(&path).key("id"))
            .candidate("copy", lambda(|text: String| text))
            .scorer("exact", exact_match())
    };
    let lines = [
        r#"{"id": "a", "input": "Paris", "expected": "Paris"}"#,
        r#"{"id": "b", "input": "{Lima}"}"#,
    ];
    std::fs::write(&path, lines.join("\n"))?;
    let report = evaluation("valid").run().await?;
    let keys: Vec<_> = report.candidates[0].items.iter().map(|item| &*item.key).collect();
    assert_eq!((keys, report.candidates[0].mean("exact")), (vec!["a", "b"], Some(0.5)));

    std::fs::write(&path, [lines[0], r#"{"id": "c", "expected": 1}"#].join("\n"))?;
    let error = evaluation("invalid").run().await.unwrap_err();
    assert!(error.message().contains("missing field `input`"), "{error}");
    assert!(error.message().starts_with("invalid line 2 of `"), "{error}");
    Ok(())
}

#[tokio::test]
async fn the_jobs_of_an_evaluation_can_be_watched() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (names, mut seen) = tokio::sync::mpsc::unbounded_channel();
    let report = Evaluation::new(folder.path())
        .examples(examples(numbers(3)))
        .candidate("copy", copy())
        .scorer("exact", exact_match())
        .run_jobs_with(move |name, run| {
            let names = names.clone();
            async move {
                let report = run.await?;
                names.send((name, report.done)).expect("the test receives");
                Ok(report)
            }
        })
        .run()
        .await?;
    assert_eq!(report.candidates[0].mean("exact"), Some(1.0));
    assert_eq!(seen.recv().await, Some(("copy".to_owned(), 3)));
    assert_eq!(seen.recv().await, Some(("copy · exact".to_owned(), 3)));
    assert_eq!(seen.recv().await, None);
    Ok(())
}

/// A model that counts its calls. Each call costs ten cents.
#[derive(Clone, Debug, Default)]
struct Expensive {
    calls: Arc<AtomicU64>,
}

impl ChatProvider for Expensive {
    fn run_name(&self) -> &str {
        "Expensive"
    }

    fn provider(&self) -> Option<&str> {
        Some("expensive")
    }

    fn model(&self) -> Option<&str> {
        Some("one")
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let mut answer = AiMessage::new("4");
        answer.usage = Some(Usage::new(100_000, 0));
        ChunkStream::once(answer)
    }
}

#[tokio::test]
async fn the_jobs_of_an_evaluation_share_a_limit_of_the_cost() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let model = Expensive::default();
    let dollar = Cost::from_dollars(1);
    let prices = Prices::empty().with_model("expensive", "*", TokenPrices::new(dollar, dollar));
    let evaluation = |limit| {
        let chain = prompt("{text}").pipe(ChatModel::new(model.clone())).pipe(text());
        let questions = ["2 + 2", "1 + 3"].map(|text| Example::new(dict! { text: text }, "4"));
        Evaluation::new(folder.path())
            .examples(examples(questions))
            .candidate("first", chain.clone())
            .candidate("second", chain)
            .prices(prices.clone())
            .max_concurrency(1)
            .max_cost(limit)
    };
    // The first candidate costs 20 cents, and the second one reaches the limit with its first call.
    let error = evaluation(Cost::from_cents(30)).run().await.expect_err("the limit is reached");
    assert!(error.to_string().contains("the cost limit was reached"), "{error}");
    assert_eq!(model.calls.load(Ordering::Relaxed), 3);

    let report = evaluation(Cost::from_cents(100)).run().await?;
    assert_eq!(report.candidates.len(), 2);
    assert_eq!(model.calls.load(Ordering::Relaxed), 4);
    Ok(())
}
