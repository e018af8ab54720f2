//! Items that the source contains twice, and items that have changed.

use std::collections::HashMap;

use runnable_core::{AtOnce, prelude::*};
use runnable_jobs::{Job, JobItem, StoredJob, inputs::items, journal::MemoryJournal};
use serde_json::json;

use crate::support::{Calls, numbers, results};

#[tokio::test]
async fn equal_items_count_once_and_different_items_are_an_error() -> Result<()> {
    let calls = Calls::default();
    let twice = |input: u64| {
        let mut inputs = numbers(3);
        inputs.push(JobItem::new("n1", input));
        inputs
    };
    let job = |limit, inputs| {
        let job = Job::with_journal(MemoryJournal::new(), calls.step(|_| 2));
        job.inputs(items(inputs)).max_concurrency(limit)
    };
    for limit in [1, 2, 3, 64] {
        let report = job(limit, twice(1)).run().await?;
        assert_eq!((report.done, report.skipped), (3, 1), "{limit}");
        let error = job(limit, twice(9)).run().await.expect_err("the inputs differ");
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = error.to_string();
        assert!(text.contains("two different inputs have the key `n1`"), "{text}");
        assert!(text.contains("either two items of the source share the key"), "{text}");
    }
    assert_eq!(calls.of(1), 8);
    Ok(())
}

#[tokio::test]
async fn a_changed_input_is_an_error_until_its_item_is_retried() -> Result<()> {
    let journal = MemoryJournal::new();
    let number = try_lambda(|text: String| text.parse::<u64>());
    let job = |text: &str| {
        let job = Job::with_journal(journal.clone(), number.clone());
        job.inputs(items([JobItem::new("a", "1"), JobItem::new("b", text)]))
    };
    assert_eq!(job("two").run().await?.failed, 1);
    let error = job("2").run().await.expect_err("the input has changed");
    assert!(error.to_string().contains("the input was changed after the job began"), "{error}");

    assert_eq!(StoredJob::with_journal(journal.clone()).retry_failed().await?, 1);
    let report = job("2").run().await?;
    assert_eq!((report.done, report.failed), (2, 0));
    let last = results(journal.clone()).await?.pop();
    assert_eq!(last.and_then(|result| result.input), Some(json!("2")));
    assert_eq!(job("2").run().await?.skipped, 2);
    assert!(job("two").run().await.is_err());
    Ok(())
}

#[tokio::test]
async fn the_order_of_a_map_is_not_a_change() -> Result<()> {
    let journal = MemoryJournal::new();
    for skipped in [0, 1, 1, 1] {
        // Each map has its own random order.
        let map: HashMap<String, u64> =
            (0..20).map(|number| (number.to_string(), number)).collect();
        let chain = lambda(|map: AtOnce<HashMap<String, u64>>| map.0.len() as u64);
        let job = Job::with_journal(journal.clone(), chain);
        let report = job.inputs(items([JobItem::new("a", AtOnce(map))])).run().await?;
        assert_eq!((report.done, report.skipped), (1, skipped));
    }
    Ok(())
}

/// Two equal maps with the same key, whose fields have different orders.
#[tokio::test]
async fn equal_maps_in_different_orders_count_once() -> Result<()> {
    let map = || -> HashMap<String, u64> { (0..20).map(|n| (n.to_string(), n)).collect() };
    for limit in [1, 2, 64] {
        let chain = lambda(|map: AtOnce<HashMap<String, u64>>| map.0.len() as u64);
        let job = Job::with_journal(MemoryJournal::new(), chain).max_concurrency(limit);
        let twice = ["a", "b", "a", "b", "b"].map(|key| JobItem::new(key, AtOnce(map())));
        let report = job.inputs(items(twice)).run().await?;
        assert_eq!((report.done, report.skipped), (2, 3), "{limit}");
    }
    Ok(())
}

#[tokio::test]
async fn an_item_that_is_retried_must_not_have_two_inputs() -> Result<()> {
    for limit in [1, 2, 64] {
        let journal = MemoryJournal::new();
        let number = try_lambda(|text: String| text.parse::<u64>());
        let job = |texts: &[&str]| {
            let job = Job::with_journal(journal.clone(), number.clone()).max_concurrency(limit);
            let inputs: Vec<_> = texts.iter().map(|text| JobItem::new("a", *text)).collect();
            job.inputs(items(inputs)).run()
        };
        assert_eq!(job(&["two"]).await?.failed, 1);
        StoredJob::with_journal(journal.clone()).retry_failed().await?;
        let error = job(&["2", "3"]).await.expect_err("the inputs differ");
        assert!(error.to_string().contains("two different inputs have the key `a`"), "{error}");
    }
    Ok(())
}
