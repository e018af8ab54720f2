//! The names of spans and attributes match a stored list.
//!
//! `cargo xtask e2e` compares the names that a collector receives with the same list. If a name
//! changes on purpose, update the list with `UPDATE_GOLDEN=1 cargo test -p runnable-otel`, and read
//! the difference.

use std::{collections::BTreeSet, env, fs, path::Path};

use crate::exported::Exported;

#[path = "../../examples/otlp/journey.rs"]
mod journey;

/// The list, relative to the crate.
const LIST: &str = "tests/golden/names.txt";

#[tokio::test(start_paused = true)]
async fn the_names_match_the_stored_list() {
    let exported = Exported::new();
    journey::run(exported.config_with_content()).await;
    let mut lines = BTreeSet::new();
    for span in exported.spans() {
        let kind = format!("{:?}", span.kind()).to_uppercase();
        lines.insert(format!("{} ({kind})", span.name()));
        for attribute in &span.0.attributes {
            lines.insert(format!("{}: {}", span.name(), attribute.key));
        }
        for event in span.0.events.iter() {
            lines.insert(format!("{} ! {}", span.name(), event.name));
            for attribute in &event.attributes {
                lines.insert(format!("{} ! {}: {}", span.name(), event.name, attribute.key));
            }
        }
    }
    let found = lines.into_iter().collect::<Vec<_>>().join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(LIST);
    if env::var_os("UPDATE_GOLDEN").is_some() {
        fs::write(&path, &found).unwrap();
    }
    let expected = fs::read_to_string(&path).unwrap();
    assert_eq!(found, expected, "the names differ from {LIST}");
}
