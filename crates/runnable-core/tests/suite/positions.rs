//! The positions of runs, and the choices of combinators, as listeners see them.

use std::sync::{Arc, Mutex};

use futures::stream;
use runnable_core::{Listener, RunEvent, RunEventData, prelude::*};

/// Records each start with the name, the position, the choice and the tags of its run, and each
/// fallback with its number and the message of its error.
#[derive(Clone, Default)]
struct Places(Arc<Mutex<Vec<String>>>);

impl Listener for Places {
    fn on_event(&self, event: &RunEvent<'_>) {
        let run = event.run;
        let line = match &event.data {
            RunEventData::Start { .. } => {
                let position = run.position.as_deref().unwrap_or("-");
                let choice = run.choice.as_deref().unwrap_or("-");
                format!("{} at {position} by {choice} tags {:?}", run.name, run.tags)
            }
            RunEventData::Fallback { number, error, .. } => {
                format!("{} takes fallback {number} after {}", run.name, error.message())
            }
            _ => return,
        };
        self.0.lock().unwrap().push(line);
    }
}

type Step = DynRunnable<String, String>;

fn named(name: &'static str) -> Step {
    passthrough().with_name(name).into_dyn()
}

fn fails(name: &'static str) -> Step {
    try_lambda(move |_: String| Result::<String, _>::Err(name)).with_name(name).into_dyn()
}

/// Invokes, streams and transforms a chain, and returns its lines, which must be the same.
async fn lines(chain: Step, config: RunConfig) -> Vec<String> {
    let mut all = Vec::new();
    for how in 0..3 {
        let places = Places::default();
        let config = config.clone().listener(places.clone());
        match how {
            0 => drop(chain.invoke("a").config(config).await),
            1 => drop(chain.stream("a").config(config).concat().await),
            _ => {
                let input = stream::iter([Ok("a".to_owned())]);
                drop(chain.transform(input).config(config).concat().await);
            }
        }
        let lines = places.0.lock().unwrap().clone();
        all.push(lines);
    }
    assert_eq!(all[0], all[1]);
    assert_eq!(all[0], all[2]);
    all.swap_remove(0)
}

#[tokio::test]
async fn each_fallback_is_an_event_and_has_a_position_without_a_tag() {
    let chain = fails("first").with_fallback(fails("second")).with_fallback(named("third"));
    assert_eq!(
        lines(chain.into_dyn(), RunConfig::new()).await,
        [
            "RunnableWithFallbacks at - by - tags []",
            "first at - by - tags []",
            "RunnableWithFallbacks takes fallback 1 after first",
            "second at fallback:1 by - tags []",
            "RunnableWithFallbacks takes fallback 2 after second",
            "third at fallback:2 by - tags []",
        ]
    );
}

#[tokio::test]
async fn a_step_that_succeeds_takes_no_fallback() {
    let chain = named("first").with_fallback(named("second"));
    assert_eq!(
        lines(chain.into_dyn(), RunConfig::new()).await,
        ["RunnableWithFallbacks at - by - tags []", "first at - by - tags []"]
    );
}

#[tokio::test]
async fn a_rejected_error_takes_no_fallback() {
    let chain = fails("first").with_fallback(named("second")).when(|_| false);
    assert_eq!(lines(chain.into_dyn(), RunConfig::new()).await.len(), 2);
}

#[tokio::test]
async fn a_branch_shows_which_condition_held() {
    let is = |text: &'static str| lambda(move |input: String| input == text).with_name("is");
    let chain = branch(is("b"), named("first")).else_if(is("a"), named("second"));
    let chain = chain.otherwise(named("default"));
    assert_eq!(
        lines(chain.into_dyn(), RunConfig::new()).await,
        [
            "RunnableBranch at - by - tags []",
            "is at condition:1 by - tags [\"condition:1\"]",
            "is at condition:2 by - tags [\"condition:2\"]",
            "second at branch:2 by - tags [\"branch:2\"]",
        ]
    );
    let chain = branch(is("b"), named("first")).otherwise(named("default"));
    let lines = lines(chain.into_dyn(), RunConfig::new()).await;
    assert_eq!(lines[2], "default at branch:default by - tags [\"branch:default\"]");
}

#[tokio::test]
async fn a_router_shows_its_route() {
    let route = lambda(|text: String| ("b".to_owned(), text)).with_name("route");
    let chain = route.pipe(router("a", named("first")).with("b", named("second")));
    let lines = lines(chain.into_dyn(), RunConfig::new()).await;
    assert_eq!(lines[2], "second at seq:step:2 by route:b tags [\"seq:step:2\"]");
}

#[tokio::test]
async fn alternatives_show_the_selected_step() {
    let voices = named("calm").configurable_alternatives("voice", "calm");
    let chain = named("start").pipe(voices.with("loud", named("loud"))).into_dyn();
    let default = lines(chain.clone(), RunConfig::new()).await;
    assert_eq!(default[2], "calm at seq:step:2 by voice=calm tags [\"seq:step:2\"]");
    let loud = lines(chain, RunConfig::new().configurable("voice", "loud")).await;
    assert_eq!(loud[2], "loud at seq:step:2 by voice=loud tags [\"seq:step:2\"]");
}

#[tokio::test]
async fn nested_choices_are_all_shown() {
    let routes = router("a", named("loud").configurable_alternatives("voice", "loud"));
    let chain = lambda(|text: String| ("a".to_owned(), text)).pipe(routes);
    let lines = lines(chain.into_dyn(), RunConfig::new()).await;
    assert_eq!(lines[2], "loud at seq:step:2 by route:a, voice=loud tags [\"seq:step:2\"]");
}

#[tokio::test]
async fn a_returned_step_runs_inside_the_step_that_returned_it() {
    let inner = named("inner");
    let chosen = choose(move |_: &String| inner.clone()).with_name("choose");
    let lines = lines(named("start").pipe(chosen).into_dyn(), RunConfig::new()).await;
    assert_eq!(
        lines[2..],
        ["choose at seq:step:2 by - tags [\"seq:step:2\"]", "inner at - by - tags []",]
    );
}
