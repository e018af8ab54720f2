//! [`Evaluation`]: candidates, examples and scorers.

use std::{collections::HashSet, fmt, path::PathBuf, sync::Arc};

use futures_util::FutureExt;
use runnable_chat::pricing::{Cost, Prices};
use runnable_core::{
    Chunked, DynRunnable, Error, ErrorKind, Result, RunConfig, Runnable, RunnableExt,
    combinators::RetryPolicy, try_lambda,
};
use runnable_jobs::{JobInputs, JobReport, JobRun};
use serde_json::Value;

use super::{
    answers::answers, candidate_name::CandidateName, dataset::Dataset, folder_name::folder_name,
    jobs::Jobs, scores::scores, settings::Settings,
};
use crate::{
    example::Example,
    report::{CandidateReport, EvaluationReport, ItemReport},
    score::Score,
    scored::Scored,
};

/// An evaluation: candidates that run on the same examples, and scorers for their answers.
///
/// The answers and the scores are in a folder. If the program ends in the middle, run the evaluation
/// again with the same folder: it continues, and repeats at most the calls that were in flight. A
/// scorer, a candidate or an example that is added later is evaluated, too, without new calls for
/// the others.
///
/// The folder recognizes a candidate and a scorer by its name. If you change a prompt, a model or a
/// rubric, use a new name, or a new folder. Otherwise the answers and scores of the previous version
/// are used. Changed examples are recognized, and are answered and scored again.
///
/// # Failures
///
/// - If a candidate fails for an example, its score is 0 for all scorers, because a program without
///   an answer does not help its user. Transient errors are [retried](Self::retry) before.
/// - If a scorer fails for an answer, or returns a number outside 0 to 1, the answer has no score,
///   because the candidate is not the cause. The mean is the mean of the other answers, and
///   [`ScoreSummary::failed`](crate::ScoreSummary::failed) counts them.
/// - An error that every example would have, such as an invalid API key, ends the evaluation. See
///   [`Job::stop_when`](runnable_jobs::Job::stop_when).
///
/// # Examples
///
/// ```
/// use runnable_core::prelude::*;
/// use runnable_evaluations::{Evaluation, Example, examples, exact_match};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// # let folder = tempfile::tempdir()?;
/// let report = Evaluation::new(folder.path())
///     .examples(examples([Example::new("a", "A"), Example::new("b", "B")]))
///     .candidate("upper", lambda(|text: String| text.to_uppercase()))
///     .candidate("copy", lambda(|text: String| text))
///     .scorer("exact", exact_match())
///     .run()
///     .await?;
///
/// let means = report.candidates.iter().map(|candidate| candidate.mean("exact"));
/// assert_eq!(means.collect::<Vec<_>>(), [Some(1.0), Some(0.0)]);
/// # Ok(())
/// # }
/// ```
#[doc(alias("evaluate", "aevaluate"))]
#[must_use = "an evaluation does nothing until it is run"]
pub struct Evaluation<I: Chunked> {
    folder: PathBuf,
    examples: Option<Box<dyn JobInputs<Example<I>>>>,
    candidates: Vec<(CandidateName, DynRunnable<I, Value>)>,
    scorers: Vec<(String, DynRunnable<Scored, Score>)>,
    settings: Settings,
}

impl<I: Chunked + Clone> Evaluation<I> {
    /// Creates an evaluation in a folder. The folder is created when the evaluation runs, if it is
    /// missing.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            examples: None,
            candidates: Vec::new(),
            scorers: Vec::new(),
            settings: Settings::default(),
        }
    }

    /// Sets where the examples come from: a list, or the inputs of a job, such as a JSONL file. All
    /// examples are in memory while the evaluation runs.
    pub fn examples(mut self, examples: impl JobInputs<Example<I>>) -> Self {
        self.examples = Some(Box::new(examples));
        self
    }

    /// Adds a candidate. Its name is a text, or a pair of the names of the model and the prompt.
    ///
    /// Candidates run one after another, so that they do not slow each other down.
    pub fn candidate<R: Runnable<Input = I>>(
        mut self,
        name: impl Into<CandidateName>,
        chain: R,
    ) -> Self {
        // Without a name, an error would state a line of this file.
        let to_json =
            try_lambda(|output: R::Output| serde_json::to_value(&output)).with_name("OutputToJson");
        self.candidates.push((name.into(), chain.pipe(to_json).into_dyn()));
        self
    }

    /// Adds a scorer. It is called for each answer of each candidate.
    pub fn scorer<R>(mut self, name: impl Into<String>, scorer: R) -> Self
    where
        R: Runnable<Input = Scored, Output: Into<Score>>,
    {
        let checked = try_lambda(|score: R::Output| -> Result<Score> { score.into().checked() })
            .with_name("CheckScore");
        self.scorers.push((name.into(), scorer.pipe(checked).into_dyn()));
        self
    }

    /// Sets how many examples are in flight at most. The default is 64.
    pub fn max_concurrency(mut self, limit: usize) -> Self {
        self.settings.max_concurrency = Some(limit);
        self
    }

    /// Sets how candidates and scorers are retried. The default is [`RetryPolicy::new`]: three
    /// attempts for transient errors.
    pub fn retry(mut self, policy: RetryPolicy) -> Self {
        self.settings.retry = Some(policy);
        self
    }

    /// Sets the prices of models. The default is [`Prices::shipped`].
    pub fn prices(mut self, prices: Prices) -> Self {
        self.settings.prices = Some(prices);
        self
    }

    /// Stops the evaluation with an error when its models have cost this amount, in all runs in this
    /// folder together. By default, there is no limit.
    ///
    /// The calls in flight end first, so the sum can exceed the limit by their cost. If the cost of a
    /// model is unknown, the evaluation stops, too, because the limit cannot be enforced. To
    /// continue, run the evaluation again with a higher limit.
    pub fn max_cost(mut self, limit: Cost) -> Self {
        self.settings.max_cost = Some(limit);
        self
    }

    /// Ignores calls of unknown cost. By default, [`max_cost`](Self::max_cost) stops the evaluation
    /// after such a call.
    pub fn allow_unknown_costs(mut self) -> Self {
        self.settings.allows_unknown_costs = true;
        self
    }

    /// Runs each job of the evaluation with a function, for example to show its progress, or to stop
    /// it with its [handle](JobRun::handle). The function receives a name for the job, such as
    /// `gpt-4o-mini · terse` for the answers of a candidate and `gpt-4o-mini · terse · judge` for
    /// their scores. By default, the jobs run without any output.
    ///
    /// # Examples
    ///
    /// Each job has a progress bar. This needs the feature `indicatif` of `runnable-jobs`.
    ///
    /// ```
    /// use runnable_core::prelude::*;
    /// use runnable_evaluations::{Evaluation, Example, examples, exact_match};
    /// use runnable_jobs::ProgressBar;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// # let folder = tempfile::tempdir()?;
    /// let report = Evaluation::new(folder.path())
    ///     .examples(examples([Example::new("a", "A")]))
    ///     .candidate("upper", lambda(|text: String| text.to_uppercase()))
    ///     .scorer("exact", exact_match())
    ///     .run_jobs_with(|name, run| async { ProgressBar::stderr().label(name).show(run).await })
    ///     .run()
    ///     .await?;
    /// # assert_eq!(report.candidates.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn run_jobs_with<F, Fut>(mut self, run_job: F) -> Self
    where
        F: Fn(String, JobRun) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<JobReport>> + Send + 'static,
    {
        self.settings.run_job = Some(Arc::new(move |name, run| run_job(name, run).boxed()));
        self
    }

    /// Adds a configuration to each call of a candidate or scorer: listeners, tags, a time limit,
    /// and so on.
    pub fn config(mut self, config: impl Into<RunConfig>) -> Self {
        self.settings.config = std::mem::take(&mut self.settings.config).merge(config);
        self
    }

    /// Runs the examples again for which a candidate or a scorer failed in an earlier run. By
    /// default, they count as failed.
    pub fn retry_failed(mut self) -> Self {
        self.settings.retries_failed = true;
        self
    }

    /// Runs the evaluation, or continues it. The report is also written to the file `report.json` in
    /// the folder.
    ///
    /// # Errors
    ///
    /// - [`ErrorKind::InvalidInput`] if the examples or candidates are missing, or if a name or a
    ///   key occurs twice;
    /// - the error of an example that cannot be read;
    /// - the errors of a [job](runnable_jobs::Job::run). An example for which a candidate or a
    ///   scorer fails is not an error.
    ///
    /// # Cancel safety
    ///
    /// If the future is dropped, the calls in flight are cancelled. The evaluation continues when it
    /// runs again.
    pub async fn run(self) -> Result<EvaluationReport> {
        let Self { folder, examples, candidates, scorers, settings } = self;
        let missing = |what| {
            let message = format!("the evaluation has no {what}s; add them with `{what}`");
            Error::new(ErrorKind::InvalidInput, message)
        };
        let examples = examples.ok_or_else(|| {
            let message = "the evaluation has no examples; set them with `examples`";
            Error::new(ErrorKind::InvalidInput, message)
        })?;
        if candidates.is_empty() {
            return Err(missing("candidate"));
        }
        check_names("candidates", candidates.iter().map(|(name, _)| name.as_str()))?;
        check_names("scorers", scorers.iter().map(|(name, _)| name.as_str()))?;

        let dataset = Dataset::read(examples).await?;
        let mut jobs = Jobs::new(settings);
        let mut reports = Vec::with_capacity(candidates.len());
        for (name, chain) in candidates {
            let in_candidate = |error: Error| {
                let note = format!("the evaluation of `{name}` stopped; run it again to continue");
                error.with_note(note)
            };
            let folder = folder.join(folder_name(name.as_str()));
            let answers =
                answers(name.as_str(), &folder.join("answers"), chain, &dataset, &mut jobs)
                    .await
                    .map_err(in_candidate)?;
            let items = dataset.entries.iter().zip(&answers).map(|(entry, answer)| {
                let lacks_expected = entry.example.expected.is_null();
                (ItemReport::new(&entry.key, &entry.digest, lacks_expected, answer), answer)
            });
            let mut report = CandidateReport::new(name.as_str(), items);
            for (scorer_name, scorer) in &scorers {
                let folder = folder.join(format!("scores-{}", folder_name(scorer_name)));
                let job_name = format!("{name} · {scorer_name}");
                let (scores, usage) =
                    scores(&job_name, &folder, scorer.clone(), &dataset, &answers, &mut jobs)
                        .await
                        .map_err(in_candidate)?;
                report.add_scores(scorer_name, scores, usage);
            }
            reports.push(report);
        }
        let report = EvaluationReport { candidates: reports };
        report.save(folder.join("report.json"))?;
        Ok(report)
    }
}

/// Checks that no name occurs twice, because the folder recognizes them by name.
fn check_names<'a>(what: &str, names: impl Iterator<Item = &'a str>) -> Result<()> {
    let mut seen = HashSet::new();
    for name in names {
        if !seen.insert(name) {
            let message = format!("two {what} have the name `{name}`; names must differ");
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
    }
    Ok(())
}

impl<I: Chunked> fmt::Debug for Evaluation<I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let candidates: Vec<_> = self.candidates.iter().map(|(name, _)| name.as_str()).collect();
        let scorers: Vec<_> = self.scorers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Evaluation")
            .field("folder", &self.folder)
            .field("candidates", &candidates)
            .field("scorers", &scorers)
            .finish_non_exhaustive()
    }
}
