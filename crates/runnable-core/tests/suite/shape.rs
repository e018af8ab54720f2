//! The auto traits and the `Debug` output of the types.

use runnable_core::{
    AtOnce, BoxError, ChildPosition, DictChunk, Graph, Interest, Metadata, Run, RunId, RunKind,
    StepInfo, Structure, TimeoutPhase, Timing, ValueChunk,
    calls::{Batch, BatchAsCompleted, BatchStream, BatchStreamAsCompleted, Invoke, OutputStream},
    combinators::{
        Assign, AssignStruct, Branch, BranchBuilder, ConcurrencyLimit, ConfigurableAlternatives,
        ConfigurableField, Each, Fallbacks, Parallel, ParallelDict, ParallelStruct, Retry,
        RetryPolicy, Router, Sequence, Timeout, Timeouts, WithConfig,
    },
    prelude::*,
    steps::{
        AsyncLambda, Choose, Generator, Inspect, Lambda, MapChunks, Passthrough, Pick, PickField,
        PickMany, TryLambda,
    },
};
use serde::Serialize;
use static_assertions::{assert_impl_all, assert_not_impl_any};

type Step = DynRunnable<String, String>;
#[derive(Clone, Debug, Serialize, Chunked)]
struct Texts {
    text: String,
}

type Function = fn(String) -> String;

assert_impl_all!(ConfigurableAlternatives<String, String>: Send, Sync, Unpin, Clone);
assert_impl_all!(Dict: Send, Sync, Unpin, Clone);
assert_impl_all!(DictChunk: Send, Unpin, Clone);
assert_impl_all!(Assign: Send, Sync, Unpin, Clone);
assert_impl_all!(AssignStruct<(DynRunnable<Texts, String>,), Texts>: Send, Sync, Unpin, Clone);
assert_impl_all!(AsyncLambda<Function, String>: Send, Sync, Unpin);
assert_impl_all!(Batch<Step>: Send, Unpin);
assert_impl_all!(BatchAsCompleted<Step>: Send, Unpin);
assert_impl_all!(BatchStream<Step>: Send, Unpin);
assert_impl_all!(BatchStreamAsCompleted<Step>: Send, Unpin);
assert_impl_all!(Branch<String, String>: Send, Sync, Unpin, Clone);
assert_impl_all!(ChunkStream<String>: Send, Unpin);
assert_impl_all!(ConcurrencyLimit<Step>: Send, Sync, Unpin, Clone);
assert_impl_all!(BranchBuilder<String, String>: Send, Sync, Unpin);
assert_impl_all!(ConfigurableField<Step>: Send, Sync, Unpin, Clone);
assert_impl_all!(RunConfig: Send, Sync, Unpin, Clone);
assert_impl_all!(RunContext: Send, Sync, Unpin, Clone);
assert_impl_all!(Each<Step>: Send, Sync, Unpin, Clone);
assert_impl_all!(Step: Send, Sync, Unpin, Clone);
assert_impl_all!(Error: Send, Sync, Unpin, Clone, std::error::Error, Into<BoxError>);
assert_impl_all!(ErrorKind: Send, Sync, Unpin, Copy);
assert_impl_all!(Fallbacks<String, String>: Send, Sync, Unpin, Clone);
assert_impl_all!(Generator<Function, String, String>: Send, Sync, Unpin);
assert_impl_all!(Graph: Send, Sync, Unpin, Clone);
assert_impl_all!(Interest: Send, Sync, Unpin, Copy);
assert_impl_all!(Invoke<Step>: Send, Unpin);
assert_impl_all!(Lambda<Function, String, String>: Send, Sync, Unpin);
assert_impl_all!(Timeouts: Send, Sync, Unpin, Copy);
assert_impl_all!(MapChunks<Function, String, String>: Send, Sync, Unpin);
assert_impl_all!(Metadata: Send, Sync, Unpin, Clone);
assert_impl_all!(Parallel<(Step, Step)>: Send, Sync, Unpin, Clone);
assert_impl_all!(ParallelDict<String>: Send, Sync, Unpin, Clone);
assert_impl_all!(ParallelStruct<(Step, Step), String>: Send, Sync, Unpin, Clone);
assert_impl_all!(Passthrough<String>: Send, Sync, Unpin, Copy);
assert_impl_all!(Pick: Send, Sync, Unpin, Clone);
assert_impl_all!(PickMany: Send, Sync, Unpin, Clone);
assert_impl_all!(PickField<Texts, String>: Send, Sync, Unpin, Copy);
assert_impl_all!(ChildPosition: Send, Sync, Unpin, Clone);
assert_impl_all!(Retry<Step>: Send, Sync, Unpin, Clone);
assert_impl_all!(RetryPolicy: Send, Sync, Unpin, Clone);
assert_impl_all!(Router<String, String>: Send, Sync, Unpin, Clone);
assert_impl_all!(Run: Send, Sync, Unpin, Clone);
assert_impl_all!(RunId: Send, Sync, Unpin, Copy);
assert_impl_all!(RunKind: Send, Sync, Unpin, Copy);
assert_impl_all!(OutputStream<String>: Send, Unpin);
assert_impl_all!(Sequence<Step, Step>: Send, Sync, Unpin, Clone);
assert_impl_all!(Structure: Send, Sync, Unpin, Clone);
assert_impl_all!(Choose<Function, String>: Send, Sync, Unpin);
assert_impl_all!(Inspect<fn(&String), String>: Send, Sync, Unpin);
assert_impl_all!(StepInfo: Send, Sync, Unpin, Clone);
assert_impl_all!(Timeout<Step>: Send, Sync, Unpin, Clone);
assert_impl_all!(TimeoutPhase: Send, Sync, Unpin, Copy);
assert_impl_all!(Timing: Send, Sync, Unpin, Copy);
assert_impl_all!(TryLambda<Function, String, String, Error>: Send, Sync, Unpin);
assert_impl_all!(ValueChunk: Send, Unpin, Clone);
assert_impl_all!(AtOnce<String>: Send, Sync, Unpin, Clone);
assert_impl_all!(WithConfig<Step>: Send, Sync, Unpin, Clone);
// An event borrows from its run, so it cannot outlive the call of the listener.
assert_not_impl_any!(runnable_core::RunEvent<'static>: Send);

#[test]
fn the_debug_output_of_a_chain_has_function_names() {
    fn first_word(text: String) -> String {
        text.split(' ').next().unwrap_or_default().to_owned()
    }
    let chain = lambda(first_word).pipe(passthrough());
    let printed = format!("{chain:?}");
    assert!(printed.contains("first_word") && printed.contains("Passthrough"), "{printed}");
    assert!(format!("{:?}", chain.into_dyn()).starts_with("DynRunnable("));
}
