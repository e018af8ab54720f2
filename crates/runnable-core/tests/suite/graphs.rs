//! The graph of a chain, as a tree, a flowchart and JSON.

use runnable_core::{combinators::RetryPolicy, prelude::*};
use serde_json::json;

use crate::words::{Words, shout};

fn chain() -> impl Runnable<Input = String, Output = String> {
    let size = lambda(|text: String| text.len()).with_name("size");
    let short = lambda(|text: String| text.len() < 8).with_name("short?");
    let model = Words.with_name("model").with_retry(RetryPolicy::new()).with_fallback(shout());
    parallel((passthrough(), size))
        .pipe(lambda(|(text, _): (String, usize)| text).with_name("join"))
        .pipe(branch(short, model).otherwise(Words.pipe(shout()).with_name("long")))
}

#[test]
fn a_chain_displays_as_a_tree() {
    assert_eq!(
        chain().graph().to_string(),
        "\
RunnableSequence
├─ RunnableParallel<0,1>
│  ├─ 0: RunnablePassthrough
│  └─ 1: size
├─ join
└─ RunnableBranch
   ├─ branch:1 if short? ┄ RunnableWithFallbacks
   │  ├─ fallback:0 ┄ model
   │  │  └─ attempt:1-3 ┄ model
   │  └─ fallback:1 ┄ RunnableGenerator
   └─ branch:default ┄ long
      ├─ Words
      └─ RunnableGenerator
"
    );
}

#[test]
fn a_chain_converts_to_a_flowchart() {
    let chain = parallel((Words, shout())).with_name("<both>").pipe(
        branch(lambda(|_: (String, String)| true), lambda(|(a, _): (String, String)| a))
            .otherwise(lambda(|(_, b): (String, String)| b)),
    );
    assert_eq!(
        chain.graph().to_mermaid(),
        "\
flowchart TD
    subgraph b1[\"RunnableSequence\"]
        subgraph b2[\"#60;both#62;\"]
            n1[\"Words\"]
            n2[\"RunnableGenerator\"]
        end
        subgraph b3[\"RunnableBranch\"]
            n3[\"RunnableLambda\"]
            n4[\"RunnableLambda\"]
        end
        n1 -.->|\"branch:1 if RunnableLambda\"| n3
        n1 -.->|\"branch:default\"| n4
        n2 -.->|\"branch:1 if RunnableLambda\"| n3
        n2 -.->|\"branch:default\"| n4
    end
    input([input])
    output([output])
    input -->|\"0\"| n1
    input -->|\"1\"| n2
    n3 --> output
    n4 --> output
"
    );
}

#[test]
fn a_chain_serializes_to_json() {
    let split = lambda(|text: String| vec![text]).with_name("a");
    let graph = Words.pipe(split.pipe(shout().each().with_name("b").pipe(c())));
    assert_eq!(
        serde_json::to_value(graph.graph()).unwrap(),
        json!({"name": "RunnableSequence", "sequence": [
            {"name": "Words"},
            {"name": "a"},
            {"name": "b", "parallel": [{"label": "each", "step": {"name": "RunnableGenerator"}}]},
            {"name": "c"},
        ]})
    );
}

fn c() -> impl Runnable<Input = Vec<String>, Output = String> {
    lambda(|texts: Vec<String>| texts.concat()).with_name("c")
}
