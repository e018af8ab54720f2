//! The law of streams: the merged chunks equal the result of `invoke`, also if it is an error, for
//! every chain and every split of its input.

use futures::{FutureExt, StreamExt, stream};
use proptest::prelude::*;
use runnable_core::{combinators::RetryPolicy, parallel_struct, prelude::*};
use serde::Serialize;
use serde_json::json;

type Step = DynRunnable<String, String>;

#[derive(Clone, Debug, Serialize, Chunked)]
struct Texts {
    old: String,
    new: String,
}

/// A chain of steps that treat chunk boundaries in different ways.
#[derive(Clone, Debug)]
enum Shape {
    Upper,
    Reverse,
    Words,
    Passthrough,
    DropEmpty,
    Silent,
    Retry(Box<Self>),
    Fallback(Box<Self>),
    Branch(Box<Self>, Box<Self>),
    Each(Box<Self>),
    Named(Box<Self>),
    Tapped(Box<Self>),
    Mapped(Box<Self>, Box<Self>),
    Assigned(Box<Self>),
    Routed(Box<Self>),
    Returned(Box<Self>),
    Chosen(Box<Self>),
    Configured(Box<Self>),
    Limited(Box<Self>),
    Told(Box<Self>),
    Heard(Box<Self>),
    Renewed(Box<Self>, Box<Self>),
    Sequence(Box<Self>, Box<Self>),
    Parallel(Box<Self>, Box<Self>),
}

fn shapes() -> impl Strategy<Value = Shape> {
    let leaf = prop_oneof![
        4 => Just(Shape::Upper),
        4 => Just(Shape::Reverse),
        4 => Just(Shape::Words),
        4 => Just(Shape::Passthrough),
        4 => Just(Shape::DropEmpty),
        1 => Just(Shape::Silent),
    ];
    leaf.prop_recursive(5, 24, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        let one = inner.prop_map(Box::new);
        prop_oneof![
            one.clone().prop_map(Shape::Retry),
            one.clone().prop_map(Shape::Fallback),
            one.clone().prop_map(Shape::Each),
            one.clone().prop_map(Shape::Named),
            one.clone().prop_map(Shape::Tapped),
            one.clone().prop_map(Shape::Returned),
            one.clone().prop_map(Shape::Assigned),
            one.clone().prop_map(Shape::Chosen),
            one.clone().prop_map(Shape::Configured),
            one.clone().prop_map(Shape::Limited),
            one.clone().prop_map(Shape::Told),
            one.clone().prop_map(Shape::Heard),
            two.clone().prop_map(|(a, b)| Shape::Renewed(a.into(), b.into())),
            one.prop_map(Shape::Routed),
            two.clone().prop_map(|(a, b)| Shape::Mapped(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Shape::Branch(a.into(), b.into())),
            two.clone().prop_map(|(a, b)| Shape::Sequence(a.into(), b.into())),
            two.prop_map(|(a, b)| Shape::Parallel(a.into(), b.into())),
        ]
    })
}

fn build(shape: &Shape) -> Step {
    match shape {
        Shape::Upper => map_chunks(|text: String| text.to_ascii_uppercase()).into_dyn(),
        Shape::Reverse => lambda(|text: String| text.chars().rev().collect::<String>()).into_dyn(),
        Shape::Words => crate::words::Words.into_dyn(),
        Shape::Passthrough => passthrough().into_dyn(),
        Shape::DropEmpty => generator(|chunks: ChunkStream<String>, _| {
            chunks.filter(|chunk| {
                let keep = !chunk.as_ref().is_ok_and(String::is_empty);
                std::future::ready(keep)
            })
        })
        .into_dyn(),
        // This step yields no number, which is an error in every position.
        Shape::Silent => generator(|chunks: ChunkStream<String>, _| {
            chunks.filter_map(|chunk| std::future::ready(chunk.err().map(Err::<u64, _>)))
        })
        .pipe(map_chunks(|n: u64| n.to_string()))
        .into_dyn(),
        Shape::Retry(inner) => build(inner).with_retry(RetryPolicy::new()).into_dyn(),
        Shape::Fallback(inner) => {
            let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
            fail.with_fallback(build(inner)).into_dyn()
        }
        Shape::Branch(a, b) => {
            let short = lambda(|text: String| text.len() < 8);
            branch(short, build(a)).otherwise(build(b)).into_dyn()
        }
        Shape::Each(inner) => {
            let cut = lambda(|text: String| text.split(' ').map(str::to_owned).collect::<Vec<_>>());
            let join = lambda(|words: Vec<String>| words.join(" "));
            cut.pipe(build(inner).each()).pipe(join).into_dyn()
        }
        Shape::Named(inner) => build(inner).with_name("named").into_dyn(),
        Shape::Mapped(a, b) => parallel_dict("a", build(a))
            .with("b", build(b))
            .pipe(pick_many(["b", "a"]))
            .pipe(lambda(|values: Dict| serde_json::to_string(&values).unwrap()))
            .into_dyn(),
        Shape::Assigned(inner) => parallel_dict("text", passthrough())
            .pipe(assign("new", pick("text").pipe(lambda(plain)).pipe(build(inner))))
            .pipe(pick("new"))
            .pipe(lambda(plain))
            .into_dyn(),
        Shape::Routed(inner) => lambda(|text: String| ("only".to_owned(), text))
            .pipe(router("only", build(inner)))
            .into_dyn(),
        Shape::Tapped(inner) => build(inner).pipe(inspect(|_: &String| ())).into_dyn(),
        Shape::Returned(inner) => {
            let inner = build(inner);
            choose(move |_: &String| inner.clone()).into_dyn()
        }
        Shape::Chosen(inner) => {
            let other = build(&Shape::Reverse).configurable_alternatives("which", "other");
            other.with("this", build(inner)).into_dyn()
        }
        Shape::Configured(inner) => build(inner)
            .configurable_field("upper", |step, upper: bool| {
                if upper { step.pipe(build(&Shape::Upper)).into_dyn() } else { step }
            })
            .into_dyn(),
        Shape::Limited(inner) => build(inner).with_concurrency_limit(1).into_dyn(),
        Shape::Told(inner) => {
            let fail = try_lambda(|_: String| Result::<String, _>::Err("no"));
            let with_message = |text, error: &Error| format!("{text}{}", error.message());
            fail.with_fallback_input(build(inner), with_message).into_dyn()
        }
        Shape::Heard(inner) => build(inner).on_start(|_| ()).on_end(|_| ()).into_dyn(),
        Shape::Renewed(a, b) => parallel_struct!(Texts { old: build(a), new: passthrough() })
            .pipe(assign!(Texts { new: pick!(Texts.old).pipe(build(b)) }))
            .pipe(lambda(|texts: Texts| format!("{}|{}", texts.old, texts.new)))
            .into_dyn(),
        Shape::Sequence(a, b) => build(a).pipe(build(b)).into_dyn(),
        Shape::Parallel(a, b) => parallel((build(a), build(b)))
            .pipe(lambda(|(a, b): (String, String)| format!("{a}|{b}")))
            .into_dyn(),
    }
}

fn plain(value: serde_json::Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Splits a text at random character boundaries. Some parts can be empty.
fn cut(text: &str, cuts: &[prop::sample::Index]) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut at: Vec<_> = cuts.iter().map(|cut| cut.index(letters.len() + 1)).collect();
    at.extend([0, letters.len()]);
    at.sort_unstable();
    at.windows(2).map(|piece| letters[piece[0]..piece[1]].iter().collect()).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn merged_chunks_equal_the_invoked_value(
        shape in shapes(),
        text in "[a-zé ]{0,24}",
        cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        upper: bool,
    ) {
        let chain = build(&shape);
        let configurable = ["which", "upper"].into_iter().zip(["this".into(), json!(upper)]);
        let chain = configurable.fold(chain, |chain, (key, value)| {
            if chain.graph().configurable_keys().contains(key) { chain.with_config(RunConfig::new().configurable(key, value)).into_dyn() } else { chain }
        });
        // If several branches fail, the error of any of them can be returned.
        let whole = chain.invoke(text.as_str()).now_or_never().unwrap().ok();

        let streamed = chain.stream(text.as_str()).concat().now_or_never().unwrap().ok();
        prop_assert_eq!(&streamed, &whole);

        let pieces = stream::iter(cut(&text, &cuts)).map(Ok);
        let transformed = chain.transform(pieces).concat().now_or_never().unwrap().ok();
        prop_assert_eq!(&transformed, &whole);
    }

    #[test]
    fn chunks_of_a_tuple_merge_in_any_grouping(
        texts in prop::collection::vec((any::<Option<String>>(), any::<Option<u8>>()), 1..8),
        split in any::<prop::sample::Index>(),
    ) {
        let merge = |chunks: &[(Option<String>, Option<u8>)]| {
            let mut chunks = chunks.iter().cloned();
            let first = chunks.next()?;
            Some(chunks.fold(first, |mut merged, next| { merged.merge(next); merged }))
        };
        let (left, right) = texts.split_at(split.index(texts.len()));
        let grouped = match (merge(left), merge(right)) {
            (Some(mut left), Some(right)) => { left.merge(right); Some(left) }
            (left, right) => left.or(right),
        };
        prop_assert_eq!(grouped, merge(&texts));
    }
}
