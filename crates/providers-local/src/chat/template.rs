//! The chat template of a model, which renders a conversation as text.

use crate::{engine::Gguf, error::LocalError};
use minijinja::{Environment, Error, ErrorKind, Value, context, syntax::SyntaxConfig};
use minijinja_contrib::pycompat::unknown_method_callback;
use std::{
    error::Error as _,
    io::{self, Write},
};

/// A turn of a conversation: a message with the role of its author.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChatTurn {
    /// The role, which is `system`, `user` or `assistant` in the templates of most models.
    pub(crate) role: String,
    /// The text of the turn.
    pub(crate) content: String,
}

impl ChatTurn {
    /// Creates a turn.
    pub(crate) fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into() }
    }
}

/// The number of steps after which a template is stopped, because the template in the file is
/// untrusted. Real templates need a few hundred steps for a turn.
const FUEL: u64 = 4_000_000;
const RECURSION_LIMIT: usize = 100;
/// The maximum size of the output in bytes. Any context is far smaller.
const OUTPUT_LIMIT: usize = 16 << 20;

/// A compiled chat template.
pub(crate) struct ChatTemplate {
    environment: Environment<'static>,
    source: String,
}

impl ChatTemplate {
    /// Compiles the template of a file.
    pub(crate) fn new(gguf: &Gguf) -> Result<Self, LocalError> {
        let Some(source) = gguf.get::<&str>("tokenizer.chat_template")? else {
            let name = "chat template (metadata key \"tokenizer.chat_template\"; use an \
                        instruction-tuned model)";
            return Err(LocalError::missing(gguf.path(), name));
        };
        let mut environment = Environment::new();
        environment.set_syntax(whitespace().map_err(failed)?);
        environment.set_unknown_method_callback(unknown_method_callback);
        environment.set_fuel(Some(FUEL));
        environment.set_recursion_limit(RECURSION_LIMIT);
        environment.add_function("raise_exception", |reason: String| -> Result<Value, Error> {
            Err(Error::new(ErrorKind::InvalidOperation, reason))
        });
        environment.add_template_owned("chat", source.to_owned()).map_err(failed)?;
        Ok(Self { environment, source: source.into() })
    }

    /// Returns the source of the template.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Renders a conversation, up to the start of the model's answer.
    ///
    /// The function `strftime_now` is not defined, because a prompt must not depend on the current
    /// date. Templates that check whether this function is defined contain a fixed date instead.
    pub(crate) fn render(
        &self,
        turns: Vec<ChatTurn>,
        bos: &str,
        eos: &str,
    ) -> Result<String, LocalError> {
        let messages: Vec<Value> = turns
            .into_iter()
            .map(|turn| context! { role => turn.role, content => turn.content })
            .collect();
        let context = context! {
            messages => messages,
            add_generation_prompt => true,
            bos_token => bos,
            eos_token => eos,
        };
        let mut output = Output(Vec::new());
        let template = self.environment.get_template("chat").map_err(failed)?;
        template.render_captured_to(context, &mut output).map_err(failed)?;
        String::from_utf8(output.0).map_err(|_| LocalError::Template {
            reason: "the output of the template is not valid UTF-8".into(),
        })
    }
}

/// Returns the whitespace settings that the authors of templates expect: a line that contains only
/// a block tag is removed from the output.
fn whitespace() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()
}

fn failed(error: Error) -> LocalError {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    LocalError::Template { reason: format!("{error}{cause}") }
}

/// Collects the output of a template, up to [`OUTPUT_LIMIT`].
struct Output(Vec<u8>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_LIMIT {
            return Err(io::Error::other(format!("the output exceeds {OUTPUT_LIMIT} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
