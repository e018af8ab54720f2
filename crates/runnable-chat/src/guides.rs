//! Runs the code in the guides as doctests.

#[doc = include_str!("../../../docs/streaming.md")]
struct Streaming;

#[doc = include_str!("../../../docs/batching.md")]
struct Batching;

#[doc = include_str!("../../../docs/failing.md")]
struct Failing;

#[doc = include_str!("../../../docs/cancelling.md")]
struct Cancelling;

#[doc = include_str!("../../../docs/coming-from-langchain.md")]
struct ComingFromLangchain;
