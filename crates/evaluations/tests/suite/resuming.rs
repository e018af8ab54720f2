//! Evaluations that are dropped, continue, and change.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use runnable_core::prelude::*;
use runnable_evaluations::{Evaluation, Example, Scored, exact_match, examples};
use runnable_jobs::{JobItem, inputs::items};
use tokio::sync::Notify;

/// A step that counts its calls, and never ends the call with the number `hangs_at`.
#[derive(Clone, Default)]
struct Gate {
    calls: Arc<AtomicU64>,
    completed: Arc<AtomicU64>,
    hangs_at: Arc<AtomicU64>,
    hangs: Arc<Notify>,
}

impl Gate {
    fn hanging_at(call: u64) -> Self {
        Self { hangs_at: Arc::new(AtomicU64::new(call)), ..Self::default() }
    }

    async fn pass(&self) {
        let call = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
        if call == self.hangs_at.load(Ordering::Relaxed) {
            self.hangs.notify_one();
            pending::<()>().await;
        }
        self.completed.fetch_add(1, Ordering::Relaxed);
    }

    fn counts(&self) -> (u64, u64) {
        (self.calls.load(Ordering::Relaxed), self.completed.load(Ordering::Relaxed))
    }
}

fn double(gate: &Gate) -> impl Runnable<Input = u64, Output = u64> + use<> {
    async_lambda(capture(gate.clone(), |gate: Gate, number: u64, _| async move {
        gate.pass().await;
        Ok(number * 2)
    }))
}

fn is_expected(gate: &Gate) -> impl Runnable<Input = Scored, Output = bool> + use<> {
    async_lambda(capture(gate.clone(), |gate: Gate, scored: Scored, _| async move {
        gate.pass().await;
        Ok(scored.output == scored.expected)
    }))
}

#[tokio::test]
async fn a_dropped_evaluation_continues_without_repeating_work() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (answering, scoring) = (Gate::hanging_at(4), Gate::hanging_at(6));
    let evaluation = || {
        Evaluation::new(folder.path())
            .examples(examples((0..10_u64).map(|number| Example::new(number, number * 2))))
            .candidate("double", double(&answering))
            .scorer("expected", is_expected(&scoring))
            .max_concurrency(1)
    };
    // The first run is dropped during its fourth answer, the second one during its sixth score.
    for gate in [&answering, &scoring] {
        tokio::select! {
            report = evaluation().run() => panic!("the evaluation ended: {report:?}"),
            () = gate.hangs.notified() => {}
        }
    }
    let report = evaluation().run().await?;
    assert_eq!(report.candidates[0].mean("expected"), Some(1.0));
    assert_eq!(report.candidates[0].items.len(), 10);
    assert_eq!(answering.counts(), (11, 10));
    assert_eq!(scoring.counts(), (11, 10));

    // A complete evaluation calls nothing.
    assert_eq!(evaluation().run().await?, report);
    assert_eq!((answering.counts(), scoring.counts()), ((11, 10), (11, 10)));
    Ok(())
}

#[tokio::test]
async fn only_what_has_changed_is_evaluated_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (answering, scoring) = (Gate::default(), Gate::default());
    let run = |list: [(u64, u64); 3]| {
        let item = |(index, (input, expected)): (usize, (u64, u64))| JobItem {
            key: format!("e{index}"),
            input: Example::new(input, expected),
        };
        Evaluation::new(folder.path())
            .examples(items(list.into_iter().enumerate().map(item).collect::<Vec<_>>()))
            .candidate("double", double(&answering))
            .scorer("expected", is_expected(&scoring))
    };
    let report = run([(1, 2), (2, 5), (3, 6)]).run().await?;
    assert_eq!(report.candidates[0].mean("expected"), Some(2.0 / 3.0));
    assert_eq!((answering.counts().0, scoring.counts().0), (3, 3));

    // The expected value of an example was wrong: its answer is kept.
    let report = run([(1, 2), (2, 4), (3, 6)]).run().await?;
    assert_eq!(report.candidates[0].mean("expected"), Some(1.0));
    assert_eq!((answering.counts().0, scoring.counts().0), (3, 4));

    // An input has changed, and a scorer and a candidate are new.
    let evaluation = run([(1, 2), (2, 4), (5, 10)]).scorer("exact", exact_match());
    let report = evaluation.candidate("copy", lambda(|number: u64| number)).run().await?;
    assert_eq!((answering.counts().0, scoring.counts().0), (4, 8));
    assert_eq!(report.candidates[0].mean("exact"), Some(1.0));
    assert_eq!(report.candidates[1].mean("exact"), Some(0.0));
    Ok(())
}
