//! [`RedactionBuilder`]: the settings of a redaction.

use std::{fmt, ops::Range};

use serde_json::Value;

use super::{
    content::Content, environment, field_path::FieldPath, redaction::Redaction, rules::Rules,
    scan::KnownSecret,
};

/// The length of the shortest known secret. A shorter text is also part of many other texts.
const SHORTEST_SECRET: usize = 4;

/// The settings of a [`Redaction`]. Created by [`Redaction::builder`].
///
/// The built-in rules always apply. The methods add further rules.
///
/// ```
/// use runnable_events::{Content, Redaction};
///
/// let redaction = Redaction::builder()
///     .content(Content::Truncated(1000))
///     .field("**.ssn")
///     .build();
/// # drop(redaction);
/// ```
#[must_use]
pub struct RedactionBuilder {
    rules: Rules,
}

impl Redaction {
    /// Creates a builder with the default settings.
    ///
    /// ```
    /// use runnable_events::Redaction;
    ///
    /// let redaction = Redaction::builder().field("input.*.ssn").secret("hunter2").build();
    /// assert_eq!(redaction.text("it is hunter2"), "it is [redacted: secret]");
    /// ```
    pub fn builder() -> RedactionBuilder {
        RedactionBuilder { rules: Rules::default() }
    }
}

/// Creates a builder with the built-in rules. All content that is not secret is kept.
impl Default for Redaction {
    fn default() -> Self {
        Self::builder().build()
    }
}

impl RedactionBuilder {
    /// Sets how much of the values of a call is kept. The default is [`Content::Full`].
    ///
    /// ```
    /// use runnable_events::{Content, Redaction};
    ///
    /// let redaction = Redaction::builder().content(Content::None).build();
    /// # drop(redaction);
    /// ```
    pub fn content(mut self, content: Content) -> Self {
        self.rules.content = content;
        self
    }

    /// Keeps data URLs and long base64. By default, they are replaced by their type, their size and
    /// their hash.
    ///
    /// ```
    /// use runnable_events::Redaction;
    ///
    /// let image = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";
    /// let redaction = Redaction::builder().build();
    /// assert!(redaction.text(image).starts_with("[data URL: image/gif, 14 bytes, sha256:"));
    ///
    /// let redaction = Redaction::builder().keep_media().build();
    /// assert_eq!(redaction.text(image), image);
    /// ```
    pub fn keep_media(mut self) -> Self {
        self.rules.keeps_media = true;
        self
    }

    /// Adds a secret that the program knows, such as the password of a database.
    ///
    /// The secret is also found in a URL and in JSON, where it is encoded. A text of less than four
    /// bytes is ignored, because it is part of many other texts.
    ///
    /// ```
    /// use runnable_events::Redaction;
    ///
    /// let redaction = Redaction::builder().secret("two words").build();
    /// assert_eq!(redaction.text("?q=two%20words"), "?q=[redacted: secret]");
    /// ```
    pub fn secret(mut self, secret: impl AsRef<str>) -> Self {
        if secret.as_ref().len() >= SHORTEST_SECRET {
            self.rules.known.push(KnownSecret::new(secret.as_ref()));
        }
        self
    }

    /// Adds a function that finds secrets in a text, and the name of these secrets.
    ///
    /// The function returns ranges of bytes. With the crate `regex`, it is
    /// `move |text| regex.find_iter(text).map(|found| found.range()).collect()`. The function is
    /// called for each text in an event. If it panics, the whole text is removed.
    ///
    /// ```
    /// use runnable_events::Redaction;
    ///
    /// let redaction = Redaction::builder()
    ///     .pattern("user", |text| {
    ///         text.match_indices("user-").map(|(at, _)| at..at + 9).collect()
    ///     })
    ///     .build();
    /// assert_eq!(redaction.text("user-1234 asks"), "[redacted: user] asks");
    /// ```
    pub fn pattern(
        mut self,
        name: impl fmt::Display,
        find: impl Fn(&str) -> Vec<Range<usize>> + Send + Sync + 'static,
    ) -> Self {
        self.rules.patterns.push((format!("[redacted: {name}]"), Box::new(find)));
        self
    }

    /// Adds the path of a field whose value is removed.
    ///
    /// A path consists of names and indices, separated by `.`. `*` is any name or index, and `**`
    /// is any number of them. The first name is `input`, `output`, `custom` (the data of a custom
    /// event), `report` (the data of a report), `metadata`, or `error` (the additional fields of an
    /// error). A path in the output also applies to chunks and partial outputs. `inputs` and
    /// `outputs` are accepted as well.
    ///
    /// ```
    /// use runnable_events::Redaction;
    /// use serde_json::json;
    ///
    /// let redaction = Redaction::builder().field("inputs.*.ssn").build();
    /// let mut value = json!({ "user": { "name": "ada", "ssn": 123 } });
    /// redaction.value("input", &mut value);
    /// assert_eq!(value, json!({ "user": { "name": "ada", "ssn": "[redacted: field]" } }));
    /// ```
    pub fn field(mut self, path: impl AsRef<str>) -> Self {
        self.rules.fields.push(FieldPath::new(path.as_ref()));
        self
    }

    /// Adds a function that changes values. It receives the path of each value, such as
    /// `input.messages.0.content`, and the value.
    ///
    /// The function is called for a value before the values in it, and before the other rules. If
    /// it panics, the value is removed.
    ///
    /// ```
    /// use runnable_events::Redaction;
    /// use serde_json::{Value, json};
    ///
    /// let redaction = Redaction::builder()
    ///     .edit(|path, value| {
    ///         if path.ends_with(".age") {
    ///             *value = Value::Null;
    ///         }
    ///     })
    ///     .build();
    /// let mut value = json!({ "age": 36 });
    /// redaction.value("input", &mut value);
    /// assert_eq!(value, json!({ "age": null }));
    /// ```
    pub fn edit(mut self, edit: impl Fn(&str, &mut Value) + Send + Sync + 'static) -> Self {
        self.rules.edits.push(Box::new(edit));
        self
    }

    /// Creates the redaction, and reads the secrets in the environment variables.
    ///
    /// ```
    /// use runnable_events::Redaction;
    ///
    /// let redaction = Redaction::builder().build();
    /// assert_eq!(redaction.text("hello"), "hello");
    /// ```
    #[must_use]
    pub fn build(mut self) -> Redaction {
        self.rules
            .known
            .extend(environment::secrets().iter().map(|secret| KnownSecret::new(secret)));
        Redaction::new(self.rules)
    }
}

/// Prints no settings, because they contain secrets.
impl fmt::Debug for RedactionBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let content = &self.rules.content;
        f.debug_struct("RedactionBuilder").field("content", content).finish_non_exhaustive()
    }
}
