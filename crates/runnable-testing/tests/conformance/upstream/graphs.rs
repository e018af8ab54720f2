//! Graphs of chains.

use runnable_chat::prelude::*;
use runnable_testing::ScriptedChatModel;

#[test]
fn a_single_step_is_drawn_between_input_and_output() {
    let step = lambda(|text: String| text.len()).with_name("length");
    assert_eq!(step.graph().to_string(), "length\n");
    assert_eq!(
        step.graph().to_mermaid(),
        "\
flowchart TD
    n1[\"length\"]
    input([input])
    output([output])
    input --> n1
    n1 --> output
"
    );
}

#[test]
fn the_graph_of_a_chain_has_the_names_of_its_runs() {
    let model = ScriptedChatModel::new(["a"]).to_model();
    let both = parallel_dict("plain", text()).with("size", lambda(|_: AiMessage| 1u64));
    let chain = prompt("{text}").with_name("ask").pipe(model).pipe(both);
    assert_eq!(
        chain.graph().to_string(),
        "\
RunnableSequence
├─ ask
├─ ScriptedChatModel
└─ RunnableParallel<plain,size>
   ├─ plain: StrOutputParser
   └─ size: RunnableLambda
"
    );
}

#[test]
fn steps_with_the_same_name_are_separate_nodes() {
    let step = || lambda(|n: u64| n).with_name("same");
    let inner = step().pipe(step()).with_name("inner");
    let outer = step().pipe(inner).pipe(step()).with_name("outer");
    let mermaid = step().pipe(outer).pipe(step()).graph().to_mermaid();
    assert_eq!(
        mermaid,
        "\
flowchart TD
    subgraph b1[\"RunnableSequence\"]
        n1[\"same\"]
        subgraph b2[\"outer\"]
            n2[\"same\"]
            subgraph b3[\"inner\"]
                n3[\"same\"]
                n4[\"same\"]
                n3 --> n4
            end
            n5[\"same\"]
            n2 --> n3
            n4 --> n5
        end
        n6[\"same\"]
        n1 --> n2
        n5 --> n6
    end
    input([input])
    output([output])
    input --> n1
    n6 --> output
"
    );
}
