//! The parts of a template as they are written in a file.

use runnable_core::Dict;
use serde::Deserialize;

use super::super::{
    MessageTemplate, TemplatePart, ai_template, few_shot, human_template, messages_placeholder,
    system_template, tool_template,
};
use crate::nearest::listed;

/// A message, a placeholder or examples. Which fields it can have depends on which of them it is.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct FilePart {
    role: Option<Role>,
    content: Option<String>,
    tool_call_id: Option<String>,
    /// Whether the content is literal text instead of a template.
    literal: bool,
    /// The variables for images.
    images: Vec<String>,
    /// The variables for files.
    files: Vec<String>,
    /// The name of a placeholder for messages.
    placeholder: Option<String>,
    optional: bool,
    /// The values of each example.
    examples: Option<Vec<Dict>>,
    /// The messages that show an example.
    messages: Vec<Self>,
    /// The maximum length of the examples, in words.
    max_length: Option<usize>,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Role {
    #[serde(alias = "developer")]
    System,
    #[serde(alias = "user")]
    Human,
    #[serde(alias = "assistant")]
    Ai,
    Tool,
}

/// The fields that each message can have.
const MESSAGE: [&str; 5] = ["role", "content", "literal", "images", "files"];

impl FilePart {
    /// Converts the part. The error is the reason for the user.
    pub(super) fn into_part(
        self,
        in_syntax: &dyn Fn(MessageTemplate) -> MessageTemplate,
    ) -> Result<TemplatePart, String> {
        match (self.role, &self.placeholder, &self.examples) {
            (Some(Role::Tool), None, None) => {
                self.expect("a tool message", &[&MESSAGE[..], &["tool_call_id"]].concat())?;
                self.into_message(in_syntax)
            }
            (Some(_), None, None) => {
                self.expect("a message", &MESSAGE)?;
                self.into_message(in_syntax)
            }
            (None, Some(_), None) => {
                self.expect("a placeholder", &["placeholder", "optional"])?;
                Ok(self.into_placeholder())
            }
            (None, None, Some(_)) => {
                self.expect("examples", &["examples", "messages", "max_length"])?;
                self.into_examples(in_syntax)
            }
            _ => Err("expected exactly one of `role`, `placeholder` and `examples`".to_owned()),
        }
    }

    /// Returns an error if the part has a field that is not one of `allowed`. Otherwise, the field
    /// would be ignored.
    fn expect(&self, what: &str, allowed: &[&str]) -> Result<(), String> {
        let fields = [
            ("role", self.role.is_some()),
            ("content", self.content.is_some()),
            ("tool_call_id", self.tool_call_id.is_some()),
            ("literal", self.literal),
            ("images", !self.images.is_empty()),
            ("files", !self.files.is_empty()),
            ("placeholder", self.placeholder.is_some()),
            ("optional", self.optional),
            ("examples", self.examples.is_some()),
            ("messages", !self.messages.is_empty()),
            ("max_length", self.max_length.is_some()),
        ];
        match fields.iter().find(|(name, is_given)| *is_given && !allowed.contains(name)) {
            Some((name, _)) => {
                Err(format!("unexpected `{name}` in {what}: expected {}", listed(allowed)))
            }
            None => Ok(()),
        }
    }

    fn into_message(
        self,
        in_syntax: &dyn Fn(MessageTemplate) -> MessageTemplate,
    ) -> Result<TemplatePart, String> {
        let text = self.content.ok_or("a message needs `content`")?;
        let mut template = match self.role {
            Some(Role::System) => system_template(text),
            Some(Role::Ai) => ai_template(text),
            Some(Role::Tool) => {
                let id = self.tool_call_id.ok_or("a tool message needs `tool_call_id`")?;
                tool_template(id, text)
            }
            Some(Role::Human) | None => human_template(text),
        };
        if self.literal {
            if !self.images.is_empty() || !self.files.is_empty() {
                return Err("a literal message cannot have `images` or `files`".to_owned());
            }
            return Ok(TemplatePart::Message(template.message));
        }
        for name in self.images {
            template = template.with_image(name);
        }
        for name in self.files {
            template = template.with_file(name);
        }
        Ok(in_syntax(template).into())
    }

    fn into_placeholder(self) -> TemplatePart {
        let placeholder = messages_placeholder(self.placeholder.unwrap_or_default());
        if self.optional { placeholder.optional() } else { placeholder }.into()
    }

    fn into_examples(
        self,
        in_syntax: &dyn Fn(MessageTemplate) -> MessageTemplate,
    ) -> Result<TemplatePart, String> {
        if self.messages.is_empty() {
            return Err("examples need `messages`, the template of an example".to_owned());
        }
        let template = self.messages.into_iter().map(|part| part.into_part(in_syntax));
        let template = template.collect::<Result<Vec<_>, _>>()?;
        let examples = few_shot(template, self.examples.unwrap_or_default());
        Ok(match self.max_length {
            Some(length) => examples.max_length(length),
            None => examples,
        }
        .into())
    }
}
