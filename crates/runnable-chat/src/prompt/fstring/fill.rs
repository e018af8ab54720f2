//! Replaces the variables in a template by values.

use runnable_core::Dict;
use serde_json::Value;

use super::{
    formatted::formatted,
    pieces::{Conversion, Piece, Variable, pieces},
    python_literal::python_literal,
};
use crate::prompt::fill_error::FillError;

/// Returns the names of the variables in a template, in order.
pub(in crate::prompt) fn variables(template: &str) -> Result<Vec<String>, String> {
    let names = pieces(template)?.into_iter().filter_map(|piece| match piece {
        Piece::Variable(variable) => Some(variable.name),
        Piece::Literal(_) => None,
    });
    Ok(names.collect())
}

/// Replaces the variables in a template by the values.
pub(in crate::prompt) fn fill(template: &str, values: &Dict) -> Result<String, FillError> {
    let mut filled = String::new();
    for piece in pieces(template).map_err(FillError::Template)? {
        match piece {
            Piece::Literal(literal) => filled.push_str(&literal),
            Piece::Variable(variable) => match values.get(&variable.name) {
                Some(value) => filled.push_str(&text_of(&variable, value)?),
                None => return Err(FillError::Missing(variable.name)),
            },
        }
    }
    Ok(filled)
}

fn text_of(variable: &Variable, value: &Value) -> Result<String, FillError> {
    let converted = match variable.conversion {
        None => None,
        Some(Conversion::Text) => Some(plain(value)),
        Some(Conversion::Literal) => Some(python_literal(value, false)),
        Some(Conversion::AsciiLiteral) => Some(python_literal(value, true)),
    };
    match (converted, variable.format.is_plain()) {
        (None, true) => Ok(plain(value)),
        (Some(text), true) => Ok(text),
        (converted, false) => {
            let converted = converted.map(Value::String);
            formatted(converted.as_ref().unwrap_or(value), &variable.format)
                .map_err(|reason| FillError::Value(variable.name.clone(), reason))
        }
    }
}

/// Returns the text of a value without a format: the text itself, or JSON.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        value => value.to_string(),
    }
}
