//! Laws that hold for every schedule of requests.

use std::time::Duration;

use futures::future::join_all;
use proptest::prelude::*;
use runnable_chat::prelude::*;
use runnable_rate_limit::{ModelRateLimitExt, Quantity, RateLimiter};
use runnable_testing::ScriptedReply;
use tokio::time::sleep;

use crate::clocked_model::{ClockedModel, most_in_any_period};

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whenever requests arrive, no period contains more than the limits allow, all requests are
    /// let through, and in the order of their arrival.
    #[test]
    fn no_period_contains_more_than_the_limits(
        arrivals in prop::collection::vec((0..20_000_u64, 1..50_usize), 1..80),
        requests in 1..20_u64,
        requests_period in 1..30_u64,
        tokens in 50..300_u64,
        tokens_period in 1..30_u64,
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        let (requests_period, tokens_period) =
            (Duration::from_secs(requests_period), Duration::from_secs(tokens_period));
        runtime.block_on(async {
            let clocked = ClockedModel::new();
            let limiter = RateLimiter::new()
                .limit(Quantity::Requests, requests, requests_period)
                .limit(Quantity::InputTokens, tokens, tokens_period)
                .count_input_with(|prompt| prompt.text().len() as u64);
            // The actual tokens equal the estimate.
            let model = clocked
                .answering(|text| {
                    ScriptedReply::complete("ok").usage(Usage::new(text.len() as u64, 1))
                })
                .with_rate_limiter(&limiter);
            let mut arrivals = arrivals;
            arrivals.sort_by_key(|(time, _)| *time);
            let calls = arrivals.iter().map(|(time, length)| {
                let model = model.clone();
                async move {
                    sleep(Duration::from_millis(*time)).await;
                    model.invoke("x".repeat(*length)).await
                }
            });
            let answers = join_all(calls).await;
            prop_assert!(answers.iter().all(Result::is_ok));

            let (times, texts) = (clocked.times(), clocked.texts());
            let counted: Vec<_> = times.iter().map(|time| (*time, 1)).collect();
            prop_assert!(most_in_any_period(&counted, requests_period) <= requests);
            let lengths: Vec<_> =
                times.iter().zip(&texts).map(|(time, text)| (*time, text.len() as u64)).collect();
            prop_assert!(most_in_any_period(&lengths, tokens_period) <= tokens);
            prop_assert_eq!(limiter.waiting(), 0);
            Ok(())
        })?;
    }
}
