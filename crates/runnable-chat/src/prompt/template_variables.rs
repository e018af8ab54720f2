//! Finds the variables of a prompt template.

use runnable_core::Result;

use super::{
    TemplatePart,
    place::{Place, invalid_template},
};

/// The variables and placeholders of a template.
pub(super) struct TemplateVariables {
    /// The names, in order and without duplicates.
    pub(super) names: Vec<String>,
    /// Whether the template can also use other values, because a step selects its examples.
    pub(super) is_open: bool,
}

/// Returns the variables of a template with this name and these parts. The templates of examples
/// are checked, but their variables belong to the examples.
pub(super) fn template_variables(name: &str, parts: &[TemplatePart]) -> Result<TemplateVariables> {
    collect(name, parts, None)
}

fn collect(
    template: &str,
    parts: &[TemplatePart],
    example: Option<usize>,
) -> Result<TemplateVariables> {
    let mut variables = TemplateVariables { names: Vec::new(), is_open: false };
    for (number, part) in (1..).zip(parts) {
        match part {
            TemplatePart::Message(_) => {}
            TemplatePart::MessagesPlaceholder(place) => variables.add(&place.name),
            TemplatePart::FewShot(few_shot) => {
                collect(template, &few_shot.template.parts, Some(1))?;
                variables.is_open |= few_shot.examples.is_selected();
            }
            TemplatePart::Template(message) => {
                let place = Place { number, role: message.message.role(), example };
                for text in message.message.strings() {
                    let names = message.syntax.variables(text);
                    let names =
                        names.map_err(|reason| invalid_template(&place, template, &reason))?;
                    names.iter().for_each(|name| variables.add(name));
                }
                message.media.iter().for_each(|media| variables.add(&media.name));
            }
        }
    }
    Ok(variables)
}

impl TemplateVariables {
    fn add(&mut self, name: &str) {
        if !self.names.iter().any(|known| known == name) {
            self.names.push(name.to_owned());
        }
    }
}
