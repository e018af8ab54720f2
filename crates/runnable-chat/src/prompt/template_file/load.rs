//! Reads prompt templates from YAML, TOML and JSON.

use std::{fs::File, io::Read, path::Path};

use runnable_core::{Dict, Error, ErrorKind, Result};
use serde::{Deserialize, de::IgnoredAny};
use serde_saphyr::{SnippetMode, UserMessageFormatter};

use super::{
    super::{ChatPromptTemplate, MessageTemplate, Template, human_template, prompt},
    file_part::FilePart,
};
use crate::nearest::nearest;

/// The maximum size of a file. A larger file is probably not a prompt template.
const MAX_SIZE: u64 = 1 << 20;

/// A prompt template as it is written in a file. The aliases are the names of LangChain's files.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TemplateFile {
    #[serde(default, rename = "_type")]
    _kind: Option<Kind>,
    name: Option<String>,
    #[serde(default, alias = "template_format")]
    format: Format,
    #[serde(default, alias = "partial_variables")]
    partial: Dict,
    input_variables: Option<Vec<String>>,
    template: Option<String>,
    #[serde(default)]
    messages: Vec<FilePart>,
    // LangChain writes these fields, which have no meaning here.
    #[serde(default, rename = "input_types")]
    _input_types: IgnoredAny,
    #[serde(default, rename = "metadata")]
    _metadata: IgnoredAny,
    #[serde(default, rename = "optional_variables")]
    _optional_variables: IgnoredAny,
    #[serde(default, rename = "output_parser")]
    _output_parser: IgnoredAny,
    #[serde(default, rename = "tags")]
    _tags: IgnoredAny,
    #[serde(default, rename = "validate_template")]
    _validate_template: IgnoredAny,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Prompt,
    Chat,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Format {
    #[default]
    #[serde(rename = "f-string")]
    FString,
    #[serde(alias = "jinja2")]
    Jinja,
}

impl ChatPromptTemplate {
    /// Reads a template from a YAML, TOML or JSON file. The extension of the file decides:
    /// `.yaml`, `.yml`, `.toml` or `.json`.
    ///
    /// The function blocks until the file is read, so call it when your program starts. The formats
    /// are described at [`from_yaml`](Self::from_yaml).
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::NotFound`] if the file does not exist, and [`ErrorKind::InvalidInput`]
    /// if it cannot be read, is larger than 1 MiB, or does not contain a valid template.
    #[cfg_attr(docsrs, doc(cfg(feature = "templates")))]
    #[doc(alias = "load_prompt")]
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let file = path.display();
        let text = read(path).map_err(|error| {
            let kind = match error.kind() {
                std::io::ErrorKind::NotFound => ErrorKind::NotFound,
                _ => ErrorKind::InvalidInput,
            };
            Error::new(kind, format!("cannot read prompt template `{file}`: {error}"))
        })?;
        let extension = path.extension().and_then(|extension| extension.to_str());
        let extension = extension.map(str::to_ascii_lowercase);
        let template = match extension.as_deref() {
            Some("yaml" | "yml") => Self::from_yaml(&text),
            Some("toml") => Self::from_toml(&text),
            Some("json") => from_json(&text),
            _ => {
                let message = format!(
                    "unknown format of prompt template `{file}`: expected the extension `yaml`, \
                     `yml`, `toml` or `json`"
                );
                return Err(Error::new(ErrorKind::InvalidInput, message));
            }
        };
        template.map_err(|error| {
            let message = format!("`{file}`: {}", error.message());
            error.with_message(message)
        })
    }

    /// Reads a template from the text of a YAML document.
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<()> {
    /// let translate = ChatPromptTemplate::from_yaml("
    /// name: translate
    /// partial:
    ///   language: French
    /// messages:
    ///   - role: system
    ///     content: You translate to {language}.
    ///   - examples:
    ///       - {text: cat, translation: chat}
    ///       - {text: dog, translation: chien}
    ///     messages:
    ///       - {role: user, content: '{text}'}
    ///       - {role: assistant, content: '{translation}'}
    ///   - placeholder: history
    ///     optional: true
    ///   - role: user
    ///     content: '{text}'
    ///     images: [photo]
    /// ")?;
    /// assert_eq!(translate.input_variables()?, ["history", "text", "photo"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// | field | contents |
    /// |---|---|
    /// | `messages` | the parts: messages, placeholders and examples |
    /// | `template` | the text of one human message, instead of `messages` |
    /// | `name` | the [name](Self::with_name) |
    /// | `format` | the syntax: `f-string` (the default) or `jinja`, which needs the feature `jinja` |
    /// | `partial` | the [partial values](Self::partial) |
    /// | `input_variables` | the names of the variables, which are checked |
    ///
    /// A message has a `role` (`system`, `user`, `assistant` or `tool`), `content`, and the names of
    /// variables for `images` and `files`. With `literal: true`, its content is not a template. A
    /// tool message has a `tool_call_id`. Examples can have a `max_length`, in words.
    ///
    /// A file contains the complete template: it cannot include other files, and tags of YAML such as
    /// `!include` are errors. Files that LangChain has written for a `PromptTemplate` can also be
    /// read.
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the text is not a valid template.
    #[cfg_attr(docsrs, doc(cfg(feature = "templates")))]
    pub fn from_yaml(text: &str) -> Result<Self> {
        // Without this option, the tag would be ignored, and `!include FILE` would be a text.
        let options = serde_saphyr::options! { reject_unsupported_tags: true };
        from_text(serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let options = serde_saphyr::render_options! {
                formatter: &UserMessageFormatter,
                snippets: SnippetMode::Off,
            };
            error.render_with_options(options)
        }))
    }

    /// Reads a template from the text of a TOML document. The fields are described at
    /// [`from_yaml`](Self::from_yaml).
    ///
    /// ```
    /// use runnable_chat::prelude::*;
    ///
    /// # fn main() -> Result<()> {
    /// let ask = ChatPromptTemplate::from_toml(r#"
    /// [[messages]]
    /// role = "system"
    /// content = "You are terse."
    ///
    /// [[messages]]
    /// role = "user"
    /// content = "Why is {thing} blue?"
    /// "#)?;
    /// assert_eq!(ask.input_variables()?, ["thing"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`ErrorKind::InvalidInput`] if the text is not a valid template.
    #[cfg_attr(docsrs, doc(cfg(feature = "templates")))]
    pub fn from_toml(text: &str) -> Result<Self> {
        from_text(toml::from_str(text).map_err(|error| {
            let line = error.span().map(|span| text[..span.start].matches('\n').count() + 1);
            let line = line.map(|line| format!(" at line {line}")).unwrap_or_default();
            format!("{}{line}", error.message())
        }))
    }
}

fn from_json(text: &str) -> Result<ChatPromptTemplate> {
    // Some editors write this character at the start of a file. YAML and TOML allow it.
    let text = text.trim_start_matches('\u{feff}');
    from_text(serde_json::from_str(text).map_err(|error| error.to_string()))
}

/// Reads the text of a file, up to [`MAX_SIZE`].
fn read(path: &Path) -> std::io::Result<String> {
    let mut text = String::new();
    let read = File::open(path)?.take(MAX_SIZE + 1).read_to_string(&mut text)?;
    if read as u64 > MAX_SIZE {
        return Err(std::io::Error::other(format!("it is larger than {MAX_SIZE} bytes")));
    }
    Ok(text)
}

fn from_text(file: Result<TemplateFile, String>) -> Result<ChatPromptTemplate> {
    // The message of a parser can have several lines.
    let one_line = |reason: String| reason.split_whitespace().collect::<Vec<_>>().join(" ");
    let template = file.map_err(one_line).and_then(template_of).map_err(|reason| {
        Error::new(ErrorKind::InvalidInput, format!("invalid prompt template: {reason}"))
    })?;
    template.check()
}

fn template_of(file: TemplateFile) -> Result<ChatPromptTemplate, String> {
    let in_syntax = syntax(file.format)?;
    let template: Template = match (file.template, file.messages) {
        (Some(text), messages) if messages.is_empty() => in_syntax(human_template(text)).into(),
        (None, messages) if !messages.is_empty() => {
            let parts = (1..).zip(messages).map(|(number, part)| {
                part.into_part(in_syntax).map_err(|reason| format!("part {number}: {reason}"))
            });
            parts.collect::<Result<Vec<_>, _>>()?.into()
        }
        _ => return Err("expected either `messages` or `template`".to_owned()),
    };
    let template = prompt(template).partial(file.partial);
    let template = match file.name {
        Some(name) => template.with_name(name),
        None => template,
    };
    if let Some(expected) = file.input_variables {
        check_variables(&template, &expected)?;
    }
    Ok(template)
}

#[cfg(feature = "jinja")]
fn syntax(format: Format) -> Result<&'static dyn Fn(MessageTemplate) -> MessageTemplate, String> {
    Ok(match format {
        Format::FString => &|template| template,
        Format::Jinja => &MessageTemplate::jinja,
    })
}

#[cfg(not(feature = "jinja"))]
fn syntax(format: Format) -> Result<&'static dyn Fn(MessageTemplate) -> MessageTemplate, String> {
    match format {
        Format::FString => Ok(&|template| template),
        Format::Jinja => {
            Err("the format `jinja` needs the feature `jinja` of runnable-chat; enable \
                              it in Cargo.toml"
                .to_owned())
        }
    }
}

/// Checks that the file lists exactly the variables of the template.
fn check_variables(template: &ChatPromptTemplate, listed: &[String]) -> Result<(), String> {
    let found = template.input_variables().map_err(|error| error.message())?;
    let hint = |name: &str, others: &[String]| {
        nearest(name, others.iter().map(String::as_str))
            .map(|other| format!("; did you mean `{other}`?"))
            .unwrap_or_default()
    };
    if let Some(name) = listed.iter().find(|name| !found.contains(name)) {
        let hint = hint(name, &found);
        return Err(format!(
            "`input_variables` lists `{name}`, which the template does not use{hint}"
        ));
    }
    match found.iter().find(|name| !listed.contains(name)) {
        Some(name) => {
            let hint = hint(name, listed);
            Err(format!("the template uses `{name}`, which `input_variables` does not list{hint}"))
        }
        None => Ok(()),
    }
}
