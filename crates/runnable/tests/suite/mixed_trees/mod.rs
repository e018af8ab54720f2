//! The laws of the project, for random trees that mix agents, caches, conversations and rate
//! limits: chunks merge to the output, each start has one end, a dropped call leaves nothing
//! behind, and `max_concurrency` holds.

mod metered_model;
mod run_checker;
mod step_model;

use std::{future::Future, ops::Range, panic, time::Duration};

use proptest::{collection::vec, prelude::*};
use runnable::{
    agents::{AgentChunk, agent},
    cache::{AnswerCache, CacheExt},
    conversations::{ConversationExt, Conversations, TurnInput},
    prelude::*,
    rate_limit::{ModelRateLimitExt, Quantity, RateLimitExt, RateLimiter},
};
use serde_json::Value;
use tokio::{
    runtime::Builder,
    time::{sleep, timeout},
};

use self::{
    metered_model::{FAILS_ONCE, Meter, PANICS, RELIABLE, metered_model},
    run_checker::RunChecker,
    step_model::step_model,
};

/// A call takes less than this time. Time is paused, so this time passes only in a deadlock.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A model, and what is around it, from the inside to the outside.
#[derive(Clone, Debug)]
struct Chat {
    model: u8,
    layers: Vec<Layer>,
}

#[derive(Clone, Copy, Debug)]
enum Layer {
    Cache,
    RateLimit,
    /// A provider that calls the model as a step.
    Step,
}

#[derive(Clone, Debug)]
enum Tree {
    Chat(Chat),
    /// An agent whose tool calls a tree. It streams all its texts, or only the final answer.
    Agent {
        chat: Chat,
        inner: Box<Self>,
        streams_all: bool,
    },
    /// A turn of the conversation with this number.
    Conversation(Box<Self>, u8),
    RateLimit(Box<Self>),
    Retry(Box<Self>),
    /// A limit of this many seconds.
    TimeLimit(Box<Self>, u64),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
    /// Two equal calls at once.
    Batch(Box<Self>),
}

fn chats(models: Range<u8>) -> impl Strategy<Value = Chat> {
    let layer = prop_oneof![Just(Layer::Cache), Just(Layer::RateLimit), Just(Layer::Step)];
    (models, vec(layer, 0..4)).prop_map(|(model, layers)| Chat { model, layers })
}

fn trees(models: Range<u8>, agents: Range<u8>) -> impl Strategy<Value = Tree> {
    chats(models).prop_map(Tree::Chat).prop_recursive(4, 8, 2, move |inner| {
        let one = inner.prop_map(Box::new);
        let two = (one.clone(), one.clone());
        let agent = (chats(agents.clone()), one.clone(), any::<bool>());
        prop_oneof![
            2 => agent.prop_map(|(chat, inner, streams_all)| Tree::Agent {
                chat,
                inner,
                streams_all
            }),
            2 => (one.clone(), 0..2u8).prop_map(|(a, key)| Tree::Conversation(a, key)),
            1 => one.clone().prop_map(Tree::RateLimit),
            1 => one.clone().prop_map(Tree::Retry),
            1 => (one.clone(), 1..9u64).prop_map(|(a, seconds)| Tree::TimeLimit(a, seconds)),
            1 => two.clone().prop_map(|(a, b)| Tree::Sequence(a, b)),
            2 => two.prop_map(|(a, b)| Tree::Parallel(a, b)),
            1 => one.prop_map(Tree::Batch),
        ]
    })
}

type Step = DynRunnable<String, String>;

/// What the steps of a tree share.
struct Shared {
    meter: Meter,
    cache: AnswerCache,
    limiter: RateLimiter,
    conversations: Conversations,
    /// Whether the output of a tree does not depend on time: no time limit ends a call, and no two
    /// turns can wait for each other.
    is_timeless: bool,
}

impl Shared {
    fn new(is_timeless: bool) -> Self {
        Self {
            meter: Meter::default(),
            cache: AnswerCache::in_memory(),
            limiter: RateLimiter::new().limit(Quantity::Requests, 3, Duration::from_secs(5)),
            conversations: Conversations::in_memory(),
            is_timeless,
        }
    }

    fn model(&self, chat: &Chat) -> ChatModel {
        let model = metered_model(chat.model, &self.meter);
        chat.layers.iter().fold(model, |model, layer| match layer {
            Layer::Cache => model.with_cache(&self.cache),
            Layer::RateLimit => model.with_rate_limiter(&self.limiter),
            Layer::Step => step_model(model),
        })
    }

    fn build(&self, tree: &Tree, depth: usize) -> Step {
        let build = |tree: &Tree| self.build(tree, depth + 1);
        let to_prompt = lambda(|text: String| PromptValue::from(text));
        match tree {
            Tree::Chat(chat) => {
                let model = self.model(chat);
                // Each model of a tree that shares the failed request must be able to try again.
                let policy = RetryPolicy::new().max_attempts(20);
                let model = match chat.model {
                    FAILS_ONCE => model.with_retry(policy).into_dyn(),
                    _ => model.into_dyn(),
                };
                to_prompt.pipe(model).pipe(text()).into_dyn()
            }
            Tree::Agent { chat, inner, streams_all } => {
                let inner = build(inner);
                let ask = tool("ask", "Asks a chain.", move |args: Value, cx: RunContext| {
                    inner.invoke(args["text"].as_str().unwrap_or_default()).config(&cx)
                });
                let agent = agent(self.model(chat), [ask]);
                if *streams_all {
                    let texts = map_chunks(|chunk: AgentChunk| chunk.text().into_owned());
                    to_prompt.pipe(agent).pipe(texts).into_dyn()
                } else {
                    to_prompt.pipe(agent.final_answer()).pipe(text()).into_dyn()
                }
            }
            Tree::Conversation(inner, key) => {
                // A turn inside a turn has another key, so no two turns wait for each other.
                let place = if self.is_timeless { depth } else { 0 };
                let key = format!("{place} {key}");
                let question = lambda(|conversation: PromptValue| {
                    let last = conversation.messages.last();
                    last.map(|message| message.text().into_owned()).unwrap_or_default()
                });
                let turn = question.pipe(build(inner)).with_conversations(&self.conversations);
                lambda(move |text: String| TurnInput::new(&*key, text)).pipe(turn).into_dyn()
            }
            Tree::RateLimit(inner) => build(inner).with_rate_limit(&self.limiter).into_dyn(),
            Tree::Retry(inner) => {
                build(inner).with_retry(RetryPolicy::new().when(|_| true)).into_dyn()
            }
            Tree::TimeLimit(inner, seconds) => {
                let limit = if self.is_timeless { DAY } else { Duration::from_secs(*seconds) };
                build(inner).with_timeout(limit).into_dyn()
            }
            Tree::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
            Tree::Parallel(a, b) => {
                let join = lambda(|(a, b): (String, String)| a + &b);
                parallel((build(a), build(b))).pipe(join).into_dyn()
            }
            Tree::Batch(inner) => {
                let inner = build(inner);
                async_lambda(move |text: String, cx: RunContext| {
                    let batch = inner.batch([text.clone(), text]).config(&cx);
                    async move { batch.await.into_iter().collect::<Result<String>>() }
                })
                .into_dyn()
            }
        }
    }
}

#[derive(Clone, Copy, Debug)]
enum How {
    Invoked,
    Streamed,
    Batched,
}

const HOWS: [How; 3] = [How::Invoked, How::Streamed, How::Batched];

/// Calls a chain. A batch has three equal inputs.
async fn call(chain: Step, how: How, config: RunConfig) -> Vec<Result<String>> {
    match how {
        How::Invoked => vec![chain.invoke("Go").config(config).await],
        How::Streamed => vec![chain.stream("Go").config(config).concat().await],
        How::Batched => chain.batch(["Go"; 3]).config(config).await,
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.unwrap().block_on(future)
}

proptest! {
    #![proptest_config(ProptestConfig {
        // The number of cases comes from `PROPTEST_CASES`.
        cases: ProptestConfig::default().cases.max(256),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn invoked_streamed_and_batched_trees_have_the_same_output(
        tree in trees(0..FAILS_ONCE + 1, RELIABLE),
        limit in 1..4usize,
    ) {
        let mut outputs = Vec::new();
        for how in HOWS {
            let (shared, checker) = (Shared::new(true), RunChecker::default());
            let chain = shared.build(&tree, 0);
            let config = RunConfig::new().max_concurrency(limit).listener(checker.clone());
            let called = block_on(async { timeout(DAY, call(chain, how, config)).await });
            prop_assert!(called.is_ok(), "deadlock: {how:?}");
            outputs.extend(called.unwrap().into_iter().map(|output| output.unwrap()));
            let peak = shared.meter.peak();
            prop_assert!(peak <= limit, "{how:?}: {peak} at work, with a limit of {limit}");
            prop_assert!(checker.faults().is_empty(), "{how:?}: {:?}", checker.faults());
            prop_assert_eq!(shared.limiter.waiting(), 0);
        }
        prop_assert!(outputs.iter().all(|output| *output == outputs[0]), "{outputs:#?}");
    }

    #[test]
    fn a_dropped_tree_leaves_nothing_behind(
        tree in trees(0..PANICS + 1, 0..PANICS + 1),
        limit in 1..4usize,
        how in prop::sample::select(&HOWS[..]),
        drop_after in 0..20_000u64,
    ) {
        let silent = panic::take_hook();
        panic::set_hook(Box::new(|_| ()));
        let (shared, checker) = (Shared::new(false), RunChecker::default());
        let chain = shared.build(&tree, 0);
        let config = RunConfig::new().max_concurrency(limit).listener(checker.clone());
        let seen = || (checker.events(), shared.meter.pieces());
        let (faults, dropped, later, again) = block_on(async {
            let called = call(chain.clone(), how, config.clone());
            // The call is in a task, so that its panic does not end the test.
            let called = timeout(Duration::from_millis(drop_after), called);
            drop(tokio::spawn(called).await);
            let (faults, dropped) = (checker.faults(), seen());
            sleep(DAY).await;
            let later = seen();
            // The cache, the conversations and the limiter are free for another call.
            let again = timeout(DAY, tokio::spawn(call(chain, how, config))).await.is_ok();
            (faults, dropped, later, again)
        });
        panic::set_hook(silent);
        prop_assert!(faults.is_empty(), "{faults:?}");
        prop_assert_eq!(later, dropped, "events and chunks after the drop");
        prop_assert!(again, "deadlock in the call after the dropped one");
        prop_assert!(checker.faults().is_empty(), "{:?}", checker.faults());
        prop_assert_eq!(shared.limiter.waiting(), 0);
        let peak = shared.meter.peak();
        prop_assert!(peak <= limit, "{peak} at work, with a limit of {limit}");
    }
}
