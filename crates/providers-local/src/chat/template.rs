//! The chat template of a model: how a conversation is written down for it.

use crate::{engine::Gguf, error::LocalError};
use minijinja::{Environment, Error, ErrorKind, Value, context, syntax::SyntaxConfig};
use minijinja_contrib::pycompat::unknown_method_callback;
use std::{
    error::Error as _,
    io::{self, Write},
};

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChatTurn {
    /// Who speaks: `system`, `user` or `assistant`, as the model's template knows them.
    pub(crate) role: String,
    /// What is said.
    pub(crate) content: String,
}

impl ChatTurn {
    /// A turn of `role`.
    pub(crate) fn new(role: impl Into<String>, content: impl Into<String>) -> Self {
        Self { role: role.into(), content: content.into() }
    }
}

/// The template comes with the file and is foreign: this is what it may do before it is stopped.
/// The templates in use need a few hundred steps for a turn.
const FUEL: u64 = 4_000_000;
const RECURSION_LIMIT: usize = 100;
/// The most it may write: far more than any context holds.
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
            let name = "chat template (metadata key \"tokenizer.chat_template\"): take an \
                        instruction-tuned model";
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

    /// The template as it is in the file.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }

    /// Writes a conversation down, up to where the model's answer begins.
    ///
    /// There is no `strftime_now`: templates that ask whether it is defined have a date of their
    /// own, and a prompt must not depend on the day.
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
        String::from_utf8(output.0)
            .map_err(|_| LocalError::Template { reason: "it wrote bytes that are no text".into() })
    }
}

/// Blocks on a line of their own leave no trace of it: what the template's authors tested with.
fn whitespace() -> Result<SyntaxConfig, Error> {
    SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()
}

fn failed(error: Error) -> LocalError {
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    LocalError::Template { reason: format!("{error}{cause}") }
}

/// Takes what a template writes, up to the limit.
struct Output(Vec<u8>);

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.0.len() + bytes.len() > OUTPUT_LIMIT {
            return Err(io::Error::other(format!("it writes more than {OUTPUT_LIMIT} bytes")));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
