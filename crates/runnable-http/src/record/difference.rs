//! [`Difference`]: compares the bodies of two requests.

use serde_json::Value;

/// The first difference between two JSON values, and the number of differences.
#[derive(Debug, Default)]
pub(super) struct Difference {
    pub(super) places: usize,
    /// A description of the first difference, for example `/messages/0/content: recorded "a", sent
    /// "b"`.
    pub(super) first: Option<String>,
}

impl Difference {
    pub(super) fn between(recorded: &Value, sent: &Value) -> Self {
        let mut difference = Self::default();
        difference.compare(Some(recorded), Some(sent), &mut String::new());
        difference
    }

    fn compare(&mut self, recorded: Option<&Value>, sent: Option<&Value>, place: &mut String) {
        match (recorded, sent) {
            (recorded, sent) if recorded == sent => {}
            (Some(Value::Object(recorded)), Some(Value::Object(sent))) => {
                let more = sent.keys().filter(|key| !recorded.contains_key(*key));
                for key in recorded.keys().chain(more) {
                    self.below(key, recorded.get(key), sent.get(key), place);
                }
            }
            (Some(Value::Array(recorded)), Some(Value::Array(sent))) => {
                for at in 0..recorded.len().max(sent.len()) {
                    self.below(&at.to_string(), recorded.get(at), sent.get(at), place);
                }
            }
            (recorded, sent) => {
                self.places += 1;
                self.first.get_or_insert_with(|| {
                    let place = if place.is_empty() { "the body" } else { place };
                    format!("{place}: recorded {}, sent {}", show(recorded), show(sent))
                });
            }
        }
    }

    fn below(
        &mut self,
        key: &str,
        recorded: Option<&Value>,
        sent: Option<&Value>,
        place: &mut String,
    ) {
        let length = place.len();
        place.push('/');
        place.push_str(key);
        self.compare(recorded, sent, place);
        place.truncate(length);
    }
}

fn show(value: Option<&Value>) -> String {
    match value {
        Some(value) => crate::error::excerpt(&value.to_string(), 80).into_owned(),
        None => "nothing".to_owned(),
    }
}
