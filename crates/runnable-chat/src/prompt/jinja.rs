//! Templates in Jinja's syntax.

use std::{error::Error as _, sync::OnceLock};

use minijinja::{Environment, ErrorKind, Template, UndefinedBehavior, value::Serde};
use runnable_core::Dict;

use super::fill_error::FillError;

/// The number of steps after which a template is stopped, so that a loop over a long value ends.
const FUEL: u64 = 4_000_000;

/// The environment without templates, which all calls share.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        // Otherwise a missing value would be an empty text that nobody notices.
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.set_fuel(Some(FUEL));
        environment
    })
}

/// Returns the names of the variables in a template. The error is the reason for the user.
pub(super) fn variables(template: &str) -> Result<Vec<String>, String> {
    let template = environment().template_from_str(template).map_err(|error| reason(&error))?;
    Ok(names(&template))
}

/// Fills a template with the values.
pub(super) fn fill(template: &str, values: &Dict) -> Result<String, FillError> {
    let template = environment()
        .template_from_str(template)
        .map_err(|error| FillError::Template(reason(&error)))?;
    template.render(Serde(values)).map_err(|error| {
        let missing = names(&template).into_iter().find(|name| values.get(name).is_none());
        match missing {
            Some(name) if error.kind() == ErrorKind::UndefinedError => FillError::Missing(name),
            _ => FillError::Template(reason(&error)),
        }
    })
}

/// Returns the names that a template takes from its values, in alphabetical order.
fn names(template: &Template<'_, '_>) -> Vec<String> {
    let globals: Vec<_> = environment().globals().map(|(name, _)| name.to_owned()).collect();
    let names = template.undeclared_variables(false).into_iter();
    let mut names: Vec<_> = names.filter(|name| !globals.contains(name)).collect();
    names.sort_unstable();
    names
}

fn reason(error: &minijinja::Error) -> String {
    let place = error.line().map(|line| format!(" in line {line}")).unwrap_or_default();
    let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
    let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
    format!("{}{place}{detail}{cause}", error.kind())
}
