//! Log messages are inside the span of the step that wrote them.

use std::{
    fmt::Debug,
    sync::{Arc, Mutex},
};

use futures::executor::block_on;
use runnable_core::prelude::*;
use tracing::{
    Event, Subscriber,
    field::{Field, Visit},
    span::{Attributes, Id},
    subscriber::with_default,
};
use tracing_subscriber::{Layer, Registry, layer::Context as Cx, prelude::*, registry::LookupSpan};

/// Records the names of the runs around each log message, and which runs were closed.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<String>>>);

/// The field `name` of a span.
struct Name(String);

impl Visit for Name {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "name" {
            self.0 = format!("{value:?}").trim_matches('"').to_owned();
        }
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, cx: Cx<'_, S>) {
        let mut name = Name(String::new());
        attributes.record(&mut name);
        cx.span(id).unwrap().extensions_mut().insert(name);
    }

    fn on_event(&self, event: &Event<'_>, cx: Cx<'_, S>) {
        let spans = cx.event_scope(event).into_iter().flat_map(|scope| scope.from_root());
        let names: Vec<_> =
            spans.map(|span| span.extensions().get::<Name>().unwrap().0.clone()).collect();
        self.0.lock().unwrap().push(names.join(" > "));
    }

    fn on_close(&self, id: Id, cx: Cx<'_, S>) {
        let name = cx.span(&id).unwrap().extensions().get::<Name>().unwrap().0.clone();
        self.0.lock().unwrap().push(format!("{name} closed"));
    }
}

#[test]
fn a_log_message_is_in_the_span_of_its_step() {
    fn noisy(text: String) -> String {
        tracing::info!("working");
        text
    }
    let lines = Lines::default();
    with_default(Registry::default().with(lines.clone()), || {
        let chain = passthrough().pipe(lambda(noisy));
        block_on(chain.invoke("x")).unwrap();
        block_on(chain.stream("x").concat()).unwrap();
    });
    let lines = lines.0.lock().unwrap();
    let logged: Vec<_> = lines.iter().filter(|line| !line.ends_with("closed")).collect();
    assert_eq!(logged, ["RunnableSequence > noisy", "RunnableSequence > noisy"]);
    assert_eq!(lines.len() - logged.len(), 6, "every span was closed: {lines:?}");
}
