//! The laws of the project, for random agents: chunks merge to the output, each start has one end,
//! a dropped call leaves no open run, and budgets hold.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::FutureExt;
use proptest::{collection::vec, prelude::*, test_runner::Config};
use runnable_agents::{AgentChunk, prelude::*};
use runnable_testing::{EventRecorder, ScriptedChatModel, ScriptedReply};
use serde_json::{Value, json};
use tokio::{runtime::Runtime, task::yield_now};

/// The calls of a round: how many times each call waits, and what it returns.
type Rounds = Vec<Vec<(u8, Outcome)>>;

#[derive(Clone, Copy, Debug)]
enum Outcome {
    Returns,
    Fails,
    Panics,
    Pauses,
}

fn outcomes() -> impl Strategy<Value = Outcome> {
    prop_oneof![
        4 => Just(Outcome::Returns),
        1 => Just(Outcome::Fails),
        1 => Just(Outcome::Panics),
        1 => Just(Outcome::Pauses),
    ]
}

fn rounds() -> impl Strategy<Value = Rounds> {
    vec(vec((0..4_u8, outcomes()), 1..5), 0..5)
}

/// An agent that makes these rounds, and the number of tools that run now and that ran at most.
fn random(rounds: &Rounds, limit: usize) -> (Agent, Arc<AtomicUsize>, Arc<AtomicUsize>) {
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (running, high) = (Arc::clone(&now), Arc::clone(&most));
    let work = tool("work", "Works.", move |args: Value, _| {
        let held = Held::new(Arc::clone(&running), &high);
        async move {
            for _ in 0..args["waits"].as_u64().unwrap_or_default() {
                yield_now().await;
            }
            drop(held);
            match args["outcome"].as_str() {
                Some("Fails") => Err(Error::new(ErrorKind::Unavailable, "the service is down")),
                Some("Panics") => panic!("the tool is broken"),
                _ => Ok(args),
            }
        }
    });
    let replies = rounds.iter().enumerate().map(|(number, calls)| {
        let reply = ScriptedReply::words(format!("Round {number}"));
        calls.iter().fold(reply, |reply, (waits, outcome)| {
            let args = json!({"waits": waits, "outcome": format!("{outcome:?}")});
            reply.and_tool_call("work", args)
        })
    });
    let script = ScriptedChatModel::new(replies.chain(["All done.".into()]));
    let agent = agent(script.to_model(), [work])
        .max_parallel_tools(limit)
        .require_approval_when(|call| call.args["outcome"] == "Pauses");
    (agent, now, most)
}

/// Counts a tool that runs.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(now: Arc<AtomicUsize>, most: &AtomicUsize) -> Self {
        most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        Self(now)
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Fails unless each run has one start and one end.
fn check_runs(recorder: &EventRecorder) {
    let mut runs: BTreeMap<String, (u32, u32)> = BTreeMap::new();
    for event in recorder.events() {
        let run = runs.entry(event.run.id.to_string()).or_default();
        let name = event.event_name().to_string();
        if name.ends_with("_start") {
            run.0 += 1;
        } else if ["_end", "_error", "_cancelled"].iter().any(|end| name.ends_with(end)) {
            run.1 += 1;
        }
    }
    assert!(!runs.is_empty());
    assert!(runs.values().all(|counts| *counts == (1, 1)), "{runs:?}");
}

/// Runs an agent to its end, approves all calls at each pause, and returns all chunks and all
/// outputs.
async fn complete(agent: &Agent, is_streamed: bool, config: RunConfig) -> Vec<AgentOutput> {
    let mut outputs = Vec::new();
    let mut state: Option<AgentState> = None;
    loop {
        let config = config.clone();
        let output = match (state.take(), is_streamed) {
            (None, false) => agent.invoke("Go").config(config).await,
            (None, true) => agent.stream("Go").config(config).concat().await,
            (Some(state), false) => agent.resume().invoke(state).config(config).await,
            (Some(state), true) => agent.resume().stream(state).config(config).concat().await,
        }
        .unwrap();
        let paused = output.paused.clone();
        outputs.push(output);
        match paused {
            None => return outputs,
            Some(paused) => {
                let stored = serde_json::to_string(&paused).unwrap();
                let mut paused: AgentState = serde_json::from_str(&stored).unwrap();
                paused.approve_all();
                state = Some(paused);
            }
        }
    }
}

/// What a model with a typed answer writes in a round that is not the last.
#[derive(Clone, Copy, Debug)]
enum Draft {
    /// A text that looks like a value, and a tool call.
    Call,
    /// The same, and the tool call needs approval.
    Pause,
    /// A final answer that is not a value.
    Invalid,
}

/// An agent that answers with a list, after these drafts.
fn lister(drafts: &[Draft]) -> StructuredAgent<Vec<u8>> {
    let work = tool("work", "Works.", |args: Value, _| async move { Ok(args) });
    let replies = drafts.iter().map(|draft| match draft {
        Draft::Invalid => ScriptedReply::chunks(["[1, ", "\"two\"]"]),
        Draft::Call | Draft::Pause => ScriptedReply::chunks(["[7", ", 8]"])
            .and_tool_call("work", json!({"pauses": matches!(draft, Draft::Pause)})),
    });
    let last = ScriptedReply::chunks(["[1", "2, ", "3", "]"]);
    agent(ScriptedChatModel::new(replies.chain([last])).to_model(), [work])
        .require_approval_when(|call| call.args["pauses"] == true)
        .with_structured_output()
        .max_attempts(9)
}

fn cases(cases: u32) -> Config {
    Config { cases, failure_persistence: None, ..Config::default() }
}

proptest! {
    #![proptest_config(cases(48))]

    #[test]
    fn a_streamed_agent_has_the_output_of_an_invoked_one(rounds in rounds(), limit in 1..4_usize) {
        let runtime = Runtime::new().unwrap();
        let outputs = [false, true].map(|is_streamed| {
            let (agent, now, most) = random(&rounds, limit);
            let recorder = EventRecorder::new();
            let config = RunConfig::new().listener(recorder.clone());
            let outputs = runtime.block_on(complete(&agent, is_streamed, config));
            check_runs(&recorder);
            assert!(most.load(Ordering::SeqCst) <= limit);
            assert_eq!(now.load(Ordering::SeqCst), 0);
            outputs
        });
        prop_assert_eq!(&outputs[0], &outputs[1]);
        prop_assert_eq!(outputs[0].last().unwrap().text(), "All done.");
    }

    #[test]
    fn chunks_merge_to_the_output_in_any_grouping(rounds in rounds(), at in 0..64_usize) {
        let runtime = Runtime::new().unwrap();
        let (agent, ..) = random(&rounds, 2);
        let chunks: Vec<AgentChunk> = runtime.block_on(async {
            let mut stream = agent.stream("Go");
            let mut chunks = Vec::new();
            while let Some(chunk) = stream.next().await {
                chunks.push(chunk.unwrap());
            }
            chunks
        });
        let merged = |chunks: &[AgentChunk]| {
            chunks.iter().cloned().fold(AgentChunk::default(), |mut merged, chunk| {
                merged.merge(chunk);
                merged
            })
        };
        let whole = merged(&chunks);
        let (left, right) = chunks.split_at(at % (chunks.len() + 1));
        let mut halves = merged(left);
        halves.merge(merged(right));
        prop_assert_eq!(&halves, &whole);
        let output = AgentOutput::from_chunk(whole).unwrap();
        prop_assert_eq!(AgentOutput::from_chunk(output.clone().into_chunk()).unwrap(), output);
    }

    #[test]
    fn a_streamed_typed_agent_has_the_output_of_an_invoked_one(
        drafts in vec(prop_oneof![Just(Draft::Call), Just(Draft::Pause), Just(Draft::Invalid)], 0..6),
    ) {
        let outputs = [false, true].map(|is_streamed| Runtime::new().unwrap().block_on(async {
            let (agent, recorder) = (lister(&drafts), EventRecorder::new());
            let config = RunConfig::new().listener(recorder.clone());
            let mut outputs = vec![if is_streamed { agent.stream("Go").config(config.clone()).concat().await.unwrap() } else { agent.invoke("Go").config(config.clone()).await.unwrap() }];
            while let Some(mut state) = outputs.last().unwrap().agent.paused.clone() {
                state.approve_all();
                let config = config.clone();
                outputs.push(if is_streamed { agent.resume().stream(state).config(config).concat().await.unwrap() } else { agent.resume().invoke(state).config(config).await.unwrap() });
            }
            check_runs(&recorder);
            outputs
        }));
        prop_assert_eq!(&outputs[0], &outputs[1]);
        let (last, paused) = outputs[0].split_last().unwrap();
        prop_assert_eq!(&last.value, &Some(vec![12, 3]));
        prop_assert!(paused.iter().all(|output| output.value.is_none()));
    }

    #[test]
    fn a_dropped_agent_leaves_no_open_run(rounds in rounds(), polls in 0..24_usize) {
        let runtime = Runtime::new().unwrap();
        let (agent, now, _) = random(&rounds, 3);
        let recorder = EventRecorder::new();
        let config = RunConfig::new().listener(recorder.clone());
        runtime.block_on(async {
            let mut chunks = agent.stream("Go").config(config);
            // The first poll starts the runs.
            for _ in 0..=polls {
                if let Some(None) = chunks.next().now_or_never() {
                    break;
                }
            }
        });
        assert_eq!(now.load(Ordering::SeqCst), 0);
        check_runs(&recorder);
    }
}
