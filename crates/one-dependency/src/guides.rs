//! Runs the programs of the project's README and of the guides in `docs/` as documentation tests.

#[doc = include_str!("../../../README.md")]
struct Readme;

#[doc = include_str!("../../../docs/agents.md")]
struct Agents;

#[doc = include_str!("../../../docs/batching.md")]
struct Batching;

#[doc = include_str!("../../../docs/cancelling.md")]
struct Cancelling;

#[doc = include_str!("../../../docs/coming-from-langchain.md")]
struct ComingFromLangchain;

#[doc = include_str!("../../../docs/composing.md")]
struct Composing;

#[doc = include_str!("../../../docs/conversations.md")]
struct Conversations;

#[doc = include_str!("../../../docs/debugging.md")]
struct Debugging;

#[doc = include_str!("../../../docs/evaluating.md")]
struct Evaluating;

#[doc = include_str!("../../../docs/failing.md")]
struct Failing;

#[doc = include_str!("../../../docs/large-batches.md")]
struct LargeBatches;

#[doc = include_str!("../../../docs/limits-and-caching.md")]
struct LimitsAndCaching;

#[doc = include_str!("../../../docs/programs.md")]
struct Programs;

#[doc = include_str!("../../../docs/prompts-and-parsers.md")]
struct PromptsAndParsers;

#[doc = include_str!("../../../docs/streaming.md")]
struct Streaming;

#[doc = include_str!("../../../docs/testing.md")]
struct Testing;

#[doc = include_str!("../../../docs/tools.md")]
struct Tools;

#[doc = include_str!("../../../docs/watching.md")]
struct Watching;

#[doc = include_str!("../../../docs/writing-a-provider.md")]
struct WritingAProvider;
