//! The prices table, compared with the costs that genai-prices computes, and exact sums of costs.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, SystemTime},
};

use proptest::prelude::*;
use runnable_chat::{
    AiMessage, Usage,
    pricing::{Cost, PriceQuery, Prices, Rate, TokenPrices, UnknownCost},
};
use runnable_core::ErrorKind;
use serde::Deserialize;

#[derive(Deserialize)]
struct Costs {
    source: String,
    version: String,
    cases: Vec<Case>,
}

#[derive(Debug, Deserialize)]
struct Case {
    provider: Option<String>,
    model: String,
    /// The seconds since 1970.
    at: u64,
    #[serde(default)]
    context: BTreeMap<String, String>,
    usage: Usage,
    cost: Option<String>,
    unknown: Option<String>,
}

fn costs() -> Costs {
    serde_json::from_str(include_str!("../data/costs.json")).expect("the file is valid")
}

fn cost_of(case: &Case) -> Result<Cost, UnknownCost> {
    let query = PriceQuery::new(case.provider.as_deref(), &case.model, &case.usage);
    let query = query.at(SystemTime::UNIX_EPOCH + Duration::from_secs(case.at));
    let with_context =
        case.context.iter().fold(query, |query, (key, value)| query.with_context(key, value));
    Prices::shipped().cost_of(&with_context)
}

#[test]
fn costs_equal_the_costs_of_genai_prices() {
    let costs = costs();
    let mut priced = BTreeSet::new();
    for case in &costs.cases {
        let found = cost_of(case);
        match (&case.cost, case.unknown.as_deref()) {
            (Some(expected), None) => {
                assert_eq!(found.map(Cost::to_decimal).as_ref(), Ok(expected), "{case:?}");
                priced.insert((&case.provider, &case.model));
            }
            (None, Some("model")) => assert_eq!(found, Err(UnknownCost::UnknownModel), "{case:?}"),
            (None, Some("usage")) => assert!(
                matches!(
                    found,
                    Err(UnknownCost::InconsistentUsage | UnknownCost::UnknownCachedAudio)
                ),
                "{case:?}: {found:?}"
            ),
            other => panic!("invalid case: {other:?}"),
        }
    }
    assert!(priced.len() >= 150, "{} models have costs", priced.len());
    let source = format!("{} {}", costs.source, costs.version);
    assert_eq!(Prices::shipped().source(), source, "run `cargo xtask prices`");
}

#[test]
fn the_cases_contain_tiers_caches_and_variants() {
    let cases = costs().cases;
    let count = |has: &dyn Fn(&Case) -> bool| {
        cases.iter().filter(|case| case.cost.is_some() && has(case)).count()
    };
    assert!(count(&|case| case.usage.input_tokens > 200_000) >= 50);
    assert!(count(&|case| case.usage.input_token_details.cache_read > 0) >= 50);
    assert!(count(&|case| case.usage.input_token_details.cache_creation_1h > 0) >= 20);
    assert!(count(&|case| case.usage.output_token_details.audio > 0) >= 20);
    assert!(count(&|case| !case.context.is_empty()) >= 20);
}

#[test]
fn the_shipped_table_states_its_date_and_source() {
    let prices = Prices::shipped();
    assert_eq!(prices.date().len(), "2026-01-31".len(), "{}", prices.date());
    assert!(prices.source().starts_with("genai-prices 0."), "{}", prices.source());
}

#[test]
fn an_unknown_model_or_provider_never_costs_zero() {
    let (prices, usage) = (Prices::shipped(), Usage::new(0, 0));
    for (provider, model) in [
        (Some("openai"), "no-such-model"),
        (Some("nowhere"), "gpt-4o"),
        (Some("ollama"), "llama3.2"),
        (None, "no-such-model"),
        (Some("openai"), ""),
    ] {
        assert_eq!(prices.cost(provider, model, &usage), Err(UnknownCost::UnknownModel));
    }
    assert_eq!(Prices::empty().cost("openai", "gpt-4o", &usage), Err(UnknownCost::UnknownModel));
    assert_eq!(TokenPrices::default().cost(&usage), Err(UnknownCost::UnknownModel));
}

#[test]
fn the_last_added_price_replaces_earlier_prices() {
    let dollars = |n| TokenPrices::new(Cost::from_dollars(n), Cost::ZERO);
    let usage = Usage::new(1_000_000, 0);
    let prices = Prices::shipped().with_model("OpenAI", "GPT-4o*", dollars(7)).with_model(
        "openai",
        "gpt-4o-mini",
        dollars(8),
    );
    assert_eq!(prices.cost("openai", "gpt-4o", &usage), Ok(Cost::from_dollars(7)));
    assert_eq!(prices.cost("openai", "gpt-4o-mini", &usage), Ok(Cost::from_dollars(8)));
    assert_eq!(prices.cost(None, "gpt-4o-mini", &usage), Ok(Cost::from_dollars(8)));
    assert_ne!(prices.cost("azure", "gpt-4o", &usage), Ok(Cost::from_dollars(7)));
}

#[test]
fn an_answer_is_priced_with_its_own_service_tier() {
    let prices = Prices::from_json(
        r#"{"providers": [{"id": "acme", "models": [{"id": "anvil",
            "prices": [{"input": "2", "output": 4, "cache_read": 0.5}],
            "variants": [{"when": {"service_tier": "flex"}, "input": "1"}]}]}]}"#,
    )
    .expect("the table is valid");
    let mut answer = AiMessage::new("Hi");
    let cost = |answer: &AiMessage| prices.cost_of_answer(answer, SystemTime::now());
    assert_eq!(cost(&answer), Err(UnknownCost::UnknownUsage));
    answer.provider = Some("acme".into());
    answer.model = Some("anvil".into());
    answer.usage = Some(Usage::new(1_000_000, 500_000).with_cache_read(500_000));
    assert_eq!(cost(&answer).map(Cost::to_decimal), Ok("3.25".to_owned()));
    answer.metadata.insert("service_tier".into(), "flex".into());
    assert_eq!(cost(&answer).map(Cost::to_decimal), Ok("2.75".to_owned()));
}

#[test]
fn the_cost_that_openrouter_states_is_used() {
    let mut answer = AiMessage::new("Hi");
    answer.metadata.insert("cost".into(), 0.00014.into());
    answer.provider = Some("openrouter".into());
    let cost = Prices::empty().cost_of_answer(&answer, SystemTime::now());
    assert_eq!(cost.map(Cost::to_decimal), Ok("0.00014".to_owned()));
    answer.provider = Some("perplexity".into());
    let cost = Prices::empty().cost_of_answer(&answer, SystemTime::now());
    assert_eq!(cost, Err(UnknownCost::UnknownUsage));
}

#[test]
fn the_error_of_an_invalid_table_names_the_position() {
    let models = |prices: &str| {
        format!(
            r#"{{"providers": [{{"id": "a", "models": [{{"id": "m", "prices": [{prices}]}}]}}]}}"#
        )
    };
    for (json, named) in [
        (models(r#"{"input": "free"}"#), "invalid cost `free`"),
        (models(r#"{"input": "0.1234567890123456789"}"#), "at most 18 decimals"),
        (models(r#"{"input": "1", "from": "2025-02-30"}"#), "invalid date `2025-02-30`"),
        (models(r#"{"input": "1", "daily": ["24:00", "1:00"]}"#), "invalid time `24:00`"),
        ("{}".to_owned(), "missing field `providers`"),
    ] {
        let error = Prices::from_json(&json).expect_err(&json);
        assert_eq!(error.kind(), ErrorKind::Parse);
        let message = error.to_string();
        assert!(
            message.starts_with("invalid prices table at `") && message.contains(named),
            "{message}"
        );
    }
}

#[test]
fn a_cost_is_printed_rounded_and_parsed_exactly() {
    for (exact, shown) in [
        ("0", "$0.0000"),
        ("0.0123", "$0.0123"),
        ("0.012349", "$0.0123"),
        ("0.00001575", "$0.000016"),
        ("0.000000000000000000000001", "$0.000000000000000000000001"),
        ("12.34567", "$12.3457"),
        ("99.99999", "$100.0000"),
        ("340282366920938.463463374607431768211455", "$340282366920938.4635"),
    ] {
        let cost: Cost = exact.parse().expect(exact);
        assert_eq!((cost.to_string(), cost.to_decimal()), (shown.to_owned(), exact.to_owned()));
        assert_eq!(format!("${exact}").parse::<Cost>().ok(), Some(cost));
        let json = serde_json::to_string(&cost).expect("a string");
        assert_eq!(serde_json::from_str::<Cost>(&json).ok(), Some(cost));
    }
    assert_eq!(format!("{:.0} {:.1}", Cost::from_cents(150), Cost::from_cents(149)), "$2 $1.5");
    assert_eq!(serde_json::from_str::<Cost>("0.1").ok(), "0.1".parse().ok());
    for invalid in ["", ".", "1.", ".5", "-1", "1e3", "1,5", "NaN", "0.0000000000000000000000001"] {
        let error = invalid.parse::<Cost>().expect_err(invalid);
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert!("340282366920939".parse::<Cost>().is_err());
}

fn any_cost() -> impl Strategy<Value = Cost> {
    (0..1_000_000_000_u64).prop_map(|dollars| format!("0.{dollars:024}").parse().expect("a cost"))
}

proptest! {
    #[test]
    fn sums_of_costs_are_exact_in_every_order(mut costs in prop::collection::vec(any_cost(), 0..40)) {
        let forwards: Cost = costs.iter().sum();
        costs.reverse();
        let backwards: Cost = costs.iter().copied().sum();
        prop_assert_eq!(forwards, backwards);
        let rest = costs.iter().fold(forwards, |rest, cost| rest.saturating_sub(*cost));
        prop_assert!(rest.is_zero());
    }

    #[test]
    fn the_cost_of_two_short_calls_is_the_sum_of_their_costs(
        first in 0..1_000_000_u64, second in 0..1_000_000_u64, price in 0..10_000_u64,
    ) {
        let rate = Rate::new(Cost::from_cents(price));
        let prices = TokenPrices::new(rate.clone(), rate);
        let cost = |tokens| prices.cost(&Usage::new(tokens, 2 * tokens)).expect("a known cost");
        prop_assert_eq!(cost(first) + cost(second), cost(first + second));
    }
}

#[test]
fn a_batch_costs_half_if_the_service_documents_it() {
    let usage = Usage::new(1_000_000, 0);
    let cost = |prices: &Prices, provider, model, batch: bool| {
        let query = PriceQuery::new(provider, model, &usage);
        let query = if batch { query.with_context("processing", "batch") } else { query };
        prices.cost_of(&query).expect("a price")
    };
    let prices = Prices::shipped().with_model("mistralai", "mine", {
        TokenPrices::new(Cost::from_dollars(2), Cost::from_dollars(4))
    });
    // The table has batch prices for the first model only.
    for (provider, model, share) in [
        ("openai", "gpt-4o-mini", 2),
        ("azure", "gpt-4o-mini", 2),
        ("mistralai", "mine", 2),
        ("groq", "gemma2-9b-it", 1),
    ] {
        let live = cost(&prices, provider, model, false);
        let half = cost(&prices, provider, model, true);
        assert_eq!((0..share).map(|_| half).sum::<Cost>(), live, "{provider}");
    }
}
