//! The sums of usage and cost that a meter keeps.

use std::time::Duration;

use proptest::prelude::*;
use runnable_chat::{
    metering::{ModelUsage, UsageTotals},
    model::{ChatProvider, ChatRequest},
    prelude::*,
    pricing::{Cost, Prices, TokenPrices, UnknownCost},
};
use runnable_core::impl_at_once;

use super::metered_model::{Metered, acme_prices};

fn meter() -> UsageMeter {
    UsageMeter::new().with_prices(acme_prices())
}

fn metered(meter: &UsageMeter) -> RunConfig {
    RunConfig::new().listener(meter.clone())
}

fn anvil() -> ChatModel {
    Metered::new("anvil").to_model()
}

#[tokio::test]
async fn a_chain_is_metered_by_model_tag_and_root() -> Result<()> {
    let meter = meter().with_roots();
    let twice = parallel((
        anvil(),
        Metered::new("bell").to_model().with_config(RunConfig::new().tag("cheap")),
    ));
    twice.invoke("use 10 2").config(metered(&meter).tag("all")).await?;

    let totals = meter.totals();
    assert_eq!(totals.model("acme", "anvil").completed.usage, Usage::new(10, 2));
    assert_eq!(totals.model("acme", "bell").completed.usage, Usage::new(10, 2));
    assert_eq!(totals.model("acme", "anvil").total().cost.total(), Some(Cost::from_dollars(14)));
    assert_eq!(totals.total().cost.to_string(), "$14.0000 and 1 call of unknown cost");
    assert_eq!(meter.tag("all"), totals);
    assert_eq!(meter.tag("cheap").total().usage, Usage::new(10, 2));
    assert_eq!(meter.by_tag().keys().collect::<Vec<_>>(), ["all", "cheap"]);
    let root = *meter.by_root().keys().next().expect("a root");
    assert_eq!(meter.root(root), totals);
    assert_eq!(meter.take_root(root), totals);
    assert!(meter.by_root().is_empty() && meter.tag("none").is_empty());
    Ok(())
}

#[tokio::test]
async fn a_batch_is_metered_with_a_root_for_each_input() {
    let meter = meter().with_roots();
    let chain = prompt("{command}").pipe(anvil()).pipe(text());
    let inputs = ["use 1 1", "fail 2 2", "use 4 4"].map(|command| dict! { command: command });
    chain.batch(inputs).config(metered(&meter)).await;

    let roots: Vec<_> = meter.by_root().into_values().collect();
    assert_eq!(roots.len(), 3);
    assert_eq!(roots.into_iter().sum::<UsageTotals>(), meter.totals());
    assert_eq!(meter.totals().to_string(), "3 calls (1 failed), 7 → 7 tokens, $21.0000");
}

#[tokio::test]
async fn each_failed_attempt_counts_with_its_partial_usage() {
    let meter = meter();
    let retried = anvil().with_retry(RetryPolicy::new().max_attempts(3).without_backoff());
    retried.invoke("fail 10 1").config(metered(&meter)).await.expect_err("every attempt fails");
    let mut chunks = retried.stream("reject").config(metered(&meter));
    while let Some(chunk) = chunks.next().await {
        chunk.expect_err("every attempt fails");
    }

    let usage = meter.totals().model("acme", "anvil");
    assert_eq!((usage.failed.calls, usage.completed.calls), (6, 0));
    assert_eq!(usage.failed.usage, Usage::new(30, 3));
    assert_eq!(usage.failed.calls_without_usage, 3);
    assert_eq!(usage.failed.cost.total(), Some(Cost::from_dollars(36)), "a rejected call is free");
}

#[tokio::test(start_paused = true)]
async fn a_dropped_stream_counts_with_its_partial_usage() {
    let meter = meter();
    let mut chunks = anvil().stream("hang 10 1").config(metered(&meter));
    chunks.next().await.expect("a chunk").expect("a chunk");
    drop(chunks);
    let cancelled = meter.totals().model("acme", "anvil").cancelled;
    assert_eq!((cancelled.calls, cancelled.usage), (1, Usage::new(10, 1)));

    let limited = anvil().pipe(text()).with_timeout(Duration::from_secs(1));
    limited.invoke("hang 10 1").config(metered(&meter)).await.expect_err("it hangs");
    let cancelled = meter.totals().model("acme", "anvil").cancelled;
    assert_eq!((cancelled.calls, cancelled.calls_without_usage), (2, 1));
    assert_eq!(cancelled.cost.total(), None, "the service may charge for the dropped call");
    assert_eq!(cancelled.cost.known, Cost::from_dollars(12));
}

#[tokio::test]
async fn a_meter_that_is_attached_twice_counts_once() -> Result<()> {
    let meter = meter();
    let step = anvil().with_config(metered(&meter)).pipe(text()).with_config(metered(&meter));
    step.invoke("use 1 2").config(metered(&meter).listener(meter.clone())).await?;
    assert_eq!(meter.totals().total().calls, 1);
    assert_eq!(meter.totals().total().usage, Usage::new(1, 2));
    Ok(())
}

/// A model that passes its requests on to another model.
#[derive(Debug)]
struct Proxy(ChatModel);

impl ChatProvider for Proxy {
    fn run_name(&self) -> &str {
        "Proxy"
    }

    fn stream(&self, request: ChatRequest, cx: RunContext) -> ChunkStream<AiMessage> {
        cx.child(runnable_core::ChildPosition::Untagged).stream(&self.0, request.prompt)
    }
}

#[tokio::test]
async fn a_model_that_calls_a_model_counts_once() -> Result<()> {
    let meter = meter();
    let proxy = ChatModel::new(Proxy(ChatModel::new(Proxy(anvil()))));
    proxy.invoke("use 1 2").config(metered(&meter)).await?;
    proxy.stream("use 1 2").config(metered(&meter)).concat().await?;
    assert_eq!(meter.totals().total().calls, 2);
    assert_eq!(meter.totals().models().len(), 1);
    assert_eq!(meter.totals().model("acme", "anvil").completed.usage, Usage::new(2, 4));
    Ok(())
}

#[tokio::test]
async fn the_model_that_answers_decides_the_price() -> Result<()> {
    let meter = meter();
    let auto = Metered::new("auto").answering_as("anvil").to_model();
    auto.invoke("use 1 1").config(metered(&meter)).await?;
    let usage = meter.totals().model("acme", "anvil");
    assert_eq!(usage.completed.cost.total(), Some(Cost::from_dollars(3)));
    Ok(())
}

#[tokio::test]
async fn calls_without_usage_are_counted_apart() -> Result<()> {
    let meter = meter();
    anvil().invoke("silent").config(metered(&meter)).await?;
    let total = meter.totals().total();
    assert_eq!((total.calls, total.calls_without_usage), (1, 1));
    assert_eq!(total.cost.total(), None);
    assert_eq!(meter.totals().to_string(), "1 call, 0 → 0 tokens, unknown cost");
    Ok(())
}

#[tokio::test]
async fn a_meter_does_not_make_a_model_stream() -> Result<()> {
    let (meter, model) = (meter(), Metered::new("anvil"));
    model.to_model().invoke("use 1 1").config(metered(&meter)).await?;
    assert_eq!((model.requests(), model.streamed()), (1, 0));
    model.to_model().stream("use 1 1").config(metered(&meter)).concat().await?;
    assert_eq!((model.requests(), model.streamed()), (2, 1));
    Ok(())
}

#[tokio::test]
async fn taking_the_sums_empties_the_meter() -> Result<()> {
    let meter = meter();
    anvil().invoke("use 1 1").config(metered(&meter).tag("first")).await?;
    assert_eq!(meter.take().total().calls, 1);
    assert!(meter.totals().is_empty() && meter.by_tag().is_empty());
    anvil().invoke("use 1 1").config(metered(&meter)).await?;
    assert_eq!(meter.totals().total().calls, 1);
    Ok(())
}

/// A random chain: models with their usage, in a tree of combinators.
#[derive(Clone, Debug)]
enum Tree {
    Model(&'static str, u64, u64),
    Sequence(Box<Self>, Box<Self>),
    Both(Box<Self>, Box<Self>),
    Retried(Box<Self>),
    Fails(&'static str, u64, u64),
}

#[derive(Clone, Debug, PartialEq, serde::Serialize)]
struct Done;
impl_at_once!(Done);

fn any_tree() -> impl Strategy<Value = Tree> {
    let name = prop::sample::select(&["anvil", "bell", "candle"][..]);
    let leaf = (name.clone(), 0..1_000_u64, 0..1_000_u64)
        .prop_map(|(name, input, output)| Tree::Model(name, input, output));
    let fails = (name, 0..1_000_u64, 0..1_000_u64)
        .prop_map(|(name, input, output)| Tree::Fails(name, input, output));
    prop_oneof![4 => leaf, 1 => fails].prop_recursive(4, 24, 2, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(a, b)| (Box::new(a), Box::new(b)));
        prop_oneof![
            pair.clone().prop_map(|(a, b)| Tree::Sequence(a, b)),
            pair.prop_map(|(a, b)| Tree::Both(a, b)),
            inner.prop_map(|inner| Tree::Retried(Box::new(inner))),
        ]
    })
}

impl Tree {
    fn step(&self) -> DynRunnable<PromptValue, Done> {
        match self.clone() {
            Self::Model(name, input, output) => call(name, "use", input, output, false),
            Self::Fails(name, input, output) => call(name, "fail", input, output, true),
            Self::Sequence(first, second) => {
                let again = lambda(|_: Done| PromptValue::from("again"));
                first.step().pipe(again).pipe(second.step()).into_dyn()
            }
            Self::Both(first, second) => parallel((first.step(), second.step()))
                .pipe(lambda(|_: (Done, Done)| Done))
                .into_dyn(),
            Self::Retried(inner) => inner
                .step()
                .with_retry(RetryPolicy::new().max_attempts(2).without_backoff())
                .into_dyn(),
        }
    }

    /// Adds the usage of each leaf, by model, to `leaves`.
    fn leaves(&self, leaves: &mut Vec<(&'static str, bool, Usage)>) {
        match self {
            Self::Model(name, input, output) => {
                leaves.push((name, false, Usage::new(*input, *output)))
            }
            Self::Fails(name, input, output) => {
                leaves.push((name, true, Usage::new(*input, *output)))
            }
            Self::Sequence(a, b) | Self::Both(a, b) => {
                a.leaves(leaves);
                b.leaves(leaves);
            }
            Self::Retried(inner) => inner.leaves(leaves),
        }
    }
}

/// Returns a step that calls a model, and that completes even if the model fails.
fn call(
    name: &'static str,
    command: &str,
    input: u64,
    output: u64,
    fails: bool,
) -> DynRunnable<PromptValue, Done> {
    let message = format!("{command} {input} {output}");
    let ask = lambda(move |_: PromptValue| PromptValue::from(message.as_str()));
    let model = ask.pipe(Metered::new(name).to_model()).pipe(lambda(|_: AiMessage| Done));
    if fails {
        model.with_fallback(lambda(|_: PromptValue| Done)).into_dyn()
    } else {
        model.into_dyn()
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_usage_of_a_tree_is_the_sum_of_its_leaves(tree in any_tree(), streams: bool) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let (meter, step) = (meter(), tree.step());
        runtime.block_on(async {
            let config = metered(&meter);
            if streams {
                step.stream("go").config(config).concat().await
            } else {
                step.invoke("go").config(config).await
            }
        }).expect("every failure has a fallback");

        let mut leaves = Vec::new();
        tree.leaves(&mut leaves);
        let mut expected: std::collections::BTreeMap<_, (u64, u64, Usage)> = Default::default();
        for (name, fails, usage) in &leaves {
            let sum = expected.entry(*name).or_default();
            *sum = (sum.0 + 1, sum.1 + u64::from(*fails), sum.2 + *usage);
        }
        let totals = meter.totals();
        let found: std::collections::BTreeMap<_, _> = totals.models().map(|(model, usage): (_, &ModelUsage)| {
            let sum = usage.total();
            (model.model.as_deref().unwrap_or_default(), (sum.calls, usage.failed.calls, sum.usage))
        }).collect();
        prop_assert_eq!(found, expected);
        let usage: Usage = leaves.iter().map(|(_, _, usage)| *usage).sum();
        prop_assert_eq!(totals.total().usage, usage);
        let json = serde_json::to_string(&totals).expect("JSON");
        prop_assert_eq!(serde_json::from_str::<UsageTotals>(&json).expect("totals"), totals);
    }
}

#[test]
fn an_unknown_cost_is_serialized_by_name() {
    let json = serde_json::to_value(UnknownCost::UnknownCachedAudio).expect("a string");
    assert_eq!(json, "unknown_cached_audio");
    let free = Prices::empty().with_model("local", "*", TokenPrices::free());
    assert_eq!(free.cost("local", "any", &Usage::new(1, 1)), Ok(Cost::ZERO));
}
