//! Templates in Jinja's syntax.

use std::{
    collections::HashMap,
    error::Error as _,
    sync::{Arc, Mutex, OnceLock, PoisonError},
};

use minijinja::{
    Environment, ErrorKind, Template, UndefinedBehavior, Value,
    value::{Object, Serde},
};
use runnable_core::Dict;

use super::fill_error::FillError;

/// The number of steps after which a template is stopped, so that a loop over a long value ends.
const FUEL: u64 = 4_000_000;

/// The environment without templates, which all calls share.
fn environment() -> &'static Environment<'static> {
    static ENVIRONMENT: OnceLock<Environment<'static>> = OnceLock::new();
    ENVIRONMENT.get_or_init(|| {
        let mut environment = Environment::new();
        // Otherwise a missing value would be inserted as an empty text.
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
    let values = Arc::new(Values::new(values));
    template.render(Value::from_dyn_object(Arc::clone(&values))).map_err(|error| {
        match values.last_missing() {
            Some(name) if error.kind() == ErrorKind::UndefinedError => FillError::Missing(name),
            _ => FillError::Template(reason(&error)),
        }
    })
}

/// The values of a template.
///
/// An error of the template engine does not contain the name of the missing value. Other names can
/// be missing without an error, because the template gives them a default. The last name that the
/// template used before the error is the name in the error.
#[derive(Debug)]
struct Values {
    values: HashMap<String, Value>,
    /// The last name that the template used, if it has no value.
    missing: Mutex<Option<String>>,
}

impl Values {
    fn new(values: &Dict) -> Self {
        let values = values.iter().map(|(name, value)| (name.into(), Serde(value).into()));
        Self { values: values.collect(), missing: Mutex::default() }
    }

    fn last_missing(&self) -> Option<String> {
        self.missing.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Object for Values {
    fn get_value(self: &Arc<Self>, name: &Value) -> Option<Value> {
        self.get_value_by_str(name.as_str()?)
    }

    fn get_value_by_str(self: &Arc<Self>, name: &str) -> Option<Value> {
        let value = self.values.get(name);
        let is_missing = value.is_none() && environment().globals().all(|(known, _)| known != name);
        let missing = is_missing.then(|| name.to_owned());
        *self.missing.lock().unwrap_or_else(PoisonError::into_inner) = missing;
        value.cloned()
    }
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
