//! Fills the parts of a prompt template with values.

use runnable_core::{Dict, Error, ErrorKind, Result, RunContext};
use serde_json::Value;

use super::{
    FewShot, MessageTemplate, MessagesPlaceholder, TemplatePart,
    fill_error::FillError,
    place::{Place, invalid_template},
    template_variables::template_variables,
};
use crate::{Message, from_json::from_json, nearest::nearest};

/// The values for the parts of a template, and the context for errors.
pub(super) struct Filling<'a> {
    /// The name of the template.
    pub(super) template: &'a str,
    pub(super) parts: &'a [TemplatePart],
    pub(super) values: &'a Dict,
    /// The number of the example that is filled. `None` outside of examples.
    pub(super) example: Option<usize>,
}

impl Filling<'_> {
    /// Returns the messages of all parts.
    pub(super) async fn messages(&self, cx: &RunContext) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        for (number, part) in (1..).zip(self.parts) {
            match part {
                TemplatePart::Message(message) => messages.push(message.clone()),
                TemplatePart::Template(template) => messages.push(self.fill(number, template)?),
                TemplatePart::MessagesPlaceholder(place) => messages.extend(self.insert(place)?),
                TemplatePart::FewShot(few_shot) => {
                    // The future is boxed because an example can itself contain examples.
                    messages.extend(Box::pin(self.examples(few_shot, cx)).await?);
                }
            }
        }
        Ok(messages)
    }

    /// Checks the examples that are known before the call: whether they have a value for each
    /// variable, and whether their values can be inserted.
    pub(super) fn check_examples(&self) -> Result<()> {
        for part in self.parts {
            let TemplatePart::FewShot(few_shot) = part else { continue };
            for (number, values) in (1..).zip(few_shot.examples.known()) {
                self.example(few_shot, number, values).check_parts()?;
            }
        }
        Ok(())
    }

    fn check_parts(&self) -> Result<()> {
        for (number, part) in (1..).zip(self.parts) {
            match part {
                TemplatePart::Template(template) => drop(self.fill(number, template)?),
                TemplatePart::MessagesPlaceholder(place) => drop(self.insert(place)?),
                TemplatePart::Message(_) | TemplatePart::FewShot(_) => {}
            }
        }
        self.check_examples()
    }

    fn example<'a>(
        &'a self,
        few_shot: &'a FewShot,
        number: usize,
        values: &'a Dict,
    ) -> Filling<'a> {
        let (template, parts) = (self.template, &few_shot.template.parts);
        Filling { template, parts, values, example: Some(number) }
    }

    async fn examples(&self, few_shot: &FewShot, cx: &RunContext) -> Result<Vec<Message>> {
        let mut messages = Vec::new();
        let mut budget = few_shot.examples.budget(self.values);
        let examples = few_shot.examples.values(self.values, cx).await?;
        for (number, values) in (1..).zip(&examples) {
            let example = self.example(few_shot, number, values).messages(cx).await?;
            if let Some(budget) = &mut budget {
                match budget.checked_sub(few_shot.examples.length(&example)) {
                    Some(rest) => *budget = rest,
                    None => break,
                }
            }
            messages.extend(example);
        }
        Ok(messages)
    }

    fn fill(&self, number: usize, template: &MessageTemplate) -> Result<Message> {
        let role = template.message.role();
        let place = Place { number, role, example: self.example };
        let syntax = template.syntax;
        let mut message = template.message.clone().try_map_strings(|text| {
            syntax.fill(text, self.values).map_err(|error| match error {
                FillError::Template(reason) => invalid_template(&place, self.template, &reason),
                FillError::Missing(name) => {
                    let variable = format!("variable `{}` in {place}", syntax.written(&name));
                    self.missing_value(&variable, &name)
                }
                FillError::Value(name, reason) => {
                    let template = self.template;
                    let message = format!(
                        "invalid value for variable `{{{name}}}` in {place} of prompt template \
                         {template}: {reason}"
                    );
                    Error::new(ErrorKind::InvalidInput, message)
                }
            })
        })?;
        // The blocks are inserted after the texts are filled, so that nothing in them is read as a
        // template. The last block is inserted first, because insertions move later blocks.
        for media in template.media.iter().rev() {
            let name = &media.name;
            let Some(value) = self.values.get(name) else {
                let variable = format!("media variable `{name}` in {place}");
                return Err(self.missing_value(&variable, name));
            };
            let blocks = media.blocks(value).map_err(|reason| {
                let template = self.template;
                let message = format!(
                    "invalid value for media variable `{name}` in {place} of prompt template \
                     {template}: {reason}"
                );
                Error::new(ErrorKind::InvalidInput, message)
            })?;
            let content = message.content_mut();
            let at = media.place.min(content.len());
            content.splice(at..at, blocks);
        }
        Ok(message)
    }

    /// Returns the messages that replace a placeholder.
    fn insert(&self, place: &MessagesPlaceholder) -> Result<Vec<Message>> {
        let placeholder = &place.name;
        match self.values.get(placeholder) {
            None | Some(Value::Null) if place.optional => Ok(Vec::new()),
            None => {
                let variable = format!("messages placeholder `{placeholder}`");
                Err(self.missing_value(&variable, placeholder))
            }
            Some(value) => from_json(value).map_err(|reason| {
                let template = self.template;
                let message = format!(
                    "invalid value for placeholder `{placeholder}` of prompt template {template}: \
                     expected a list of messages: {reason}"
                );
                Error::new(ErrorKind::InvalidInput, message)
            }),
        }
    }

    fn missing_value(&self, place: &str, name: &str) -> Error {
        let template = self.template;
        let mut received: Vec<_> = self.values.names().map(|name| format!("`{name}`")).collect();
        // Sort the names, so that a misspelled name is easy to find in the error message.
        received.sort_unstable();
        let received = if received.is_empty() {
            "received no values".to_owned()
        } else {
            format!("received values for {}", received.join(", "))
        };
        // A value that another variable uses is not a misspelled one.
        let used = template_variables(template, self.parts).map(|variables| variables.names);
        let used = used.unwrap_or_default();
        let unused = self.values.names().filter(|name| !used.iter().any(|used| used == name));
        let hint = nearest(name, unused)
            .map(|similar| format!("; did you mean `{name}` where you wrote `{similar}`?"))
            .unwrap_or_default();
        let message =
            format!("missing value for {place} of prompt template {template}; {received}{hint}");
        Error::new(ErrorKind::InvalidInput, message)
    }
}
