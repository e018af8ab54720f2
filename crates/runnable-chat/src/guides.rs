//! The code in the guides compiles and runs, as tests of the docs.

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
