//! Jobs whose costs are limited and counted.

use std::pin::pin;

use futures::future::{pending, poll_immediate};
use runnable_chat::{
    model::{ChatProvider, ChatRequest},
    prelude::*,
    pricing::{Cost, Prices},
};
use runnable_jobs::{Job, JobItem, JobOutcome, StoredJob, inputs::items, journal::MemoryJournal};

/// A model whose answers cost a cent.
#[derive(Debug)]
struct Cent {
    model: &'static str,
}

impl ChatProvider for Cent {
    fn run_name(&self) -> &str {
        "Cent"
    }

    fn provider(&self) -> Option<&str> {
        Some("openai")
    }

    fn model(&self) -> Option<&str> {
        Some(self.model)
    }

    fn stream(&self, _: ChatRequest, _: RunContext) -> ChunkStream<AiMessage> {
        let mut answer = AiMessage::new("Paris");
        answer.usage = Some(Usage::new(1_000, 0));
        ChunkStream::once(answer)
    }
}

#[tokio::test]
async fn the_cost_limit_holds_over_restarts() -> Result<()> {
    let journal = MemoryJournal::new();
    let price = Prices::shipped().cost_of(&runnable_chat::pricing::PriceQuery::new(
        Some("openai"),
        "gpt-4o-mini",
        &Usage::new(1_000, 0),
    ));
    let price = price.map_err(Error::other)?;
    let times = |count: u32| (0..count).map(|_| price).sum::<Cost>();
    let job = |limit| {
        let model = ChatModel::new(Cent { model: "gpt-4o-mini" });
        let inputs =
            (0..20).map(|number| JobItem::<PromptValue>::new(number.to_string(), "France?"));
        Job::with_journal(journal.clone(), model.pipe(text()))
            .inputs(items(inputs.collect::<Vec<_>>()))
            .max_concurrency(1)
            .max_cost(times(limit))
    };
    let report = job(4).run().await?;
    assert_eq!((report.outcome, report.done), (JobOutcome::MaxCost, 4));
    let report = job(4).run().await?;
    assert_eq!((report.outcome, report.done), (JobOutcome::MaxCost, 4), "nothing more is spent");
    let report = job(9).run().await?;
    assert_eq!((report.outcome, report.done), (JobOutcome::MaxCost, 9));
    assert_eq!(report.usage.total().cost.total(), Some(times(9)));
    let status = StoredJob::with_journal(journal.clone()).status().await?;
    assert_eq!(status.usage, report.usage);
    Ok(())
}

#[tokio::test]
async fn an_unknown_cost_stops_a_job_with_a_limit() -> Result<()> {
    let job = || {
        let model = ChatModel::new(Cent { model: "unheard-of" });
        let inputs =
            (0..5).map(|number| JobItem::<PromptValue>::new(number.to_string(), "France?"));
        Job::with_journal(MemoryJournal::new(), model.pipe(text()))
            .inputs(items(inputs.collect::<Vec<_>>()))
            .max_concurrency(1)
    };
    let report = job().max_cost(Cost::from_dollars(1)).run().await?;
    assert_eq!((report.outcome, report.done), (JobOutcome::UnknownCost, 1));
    let report = job().max_cost(Cost::from_dollars(1)).allow_unknown_costs().run().await?;
    assert_eq!((report.outcome, report.done), (JobOutcome::Completed, 5));
    assert_eq!(job().run().await?.done, 5, "without a limit, the cost does not matter");
    Ok(())
}

#[tokio::test]
async fn the_usage_of_calls_that_were_dropped_is_counted() -> Result<()> {
    let journal = MemoryJournal::new();
    for runs in 1..4 {
        let model = ChatModel::new(Cent { model: "gpt-4o-mini" });
        let stuck = async_lambda(|_: String, _| pending::<Result<String>>());
        let job = Job::with_journal(journal.clone(), model.pipe(text()).pipe(stuck));
        let run = job.inputs(items([JobItem::<PromptValue>::new("a", "France?")])).run();
        {
            let mut run = pin!(run);
            assert!(poll_immediate(&mut run).await.is_none(), "the model has answered");
        }
        let status = StoredJob::with_journal(journal.clone()).status().await?;
        assert_eq!((status.usage.total().calls, status.interrupted), (runs, 1));
    }
    Ok(())
}
