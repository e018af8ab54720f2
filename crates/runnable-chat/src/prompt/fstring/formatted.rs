//! Formats the value of a variable.

use serde_json::Value;

use super::{
    float::formatted_float, format_spec::FormatSpec, integer::formatted_integer, padding::padded,
};

/// Formats a value as Python's `format` does. Booleans are numbers if the format has the type of a
/// number.
///
/// The error is the reason for the user.
pub(super) fn formatted(value: &Value, spec: &FormatSpec) -> Result<String, String> {
    match value {
        Value::String(text) => formatted_text(text, spec),
        Value::Bool(flag) if matches!(spec.kind, None | Some('s')) => {
            formatted_text(if *flag { "true" } else { "false" }, spec)
        }
        Value::Bool(flag) => formatted_number(i128::from(*flag), spec),
        Value::Number(number) => match (number.as_i128(), number.as_f64()) {
            (_, _) if spec.kind == Some('s') => {
                Err(format!("the type `s` needs text, found the number {number}"))
            }
            (Some(integer), _) => formatted_number(integer, spec),
            (None, Some(float)) => formatted_float(float, spec),
            (None, None) => Err(format!("cannot format the number {number}")),
        },
        Value::Null => Err("cannot format null; expected text or a number".to_owned()),
        Value::Array(_) => Err("cannot format a list; expected text or a number".to_owned()),
        Value::Object(_) => Err("cannot format an object; expected text or a number".to_owned()),
    }
}

fn formatted_number(integer: i128, spec: &FormatSpec) -> Result<String, String> {
    match spec.kind {
        // Python converts an integer to a float for these types, too.
        #[allow(clippy::cast_precision_loss, reason = "the format is a rounded number")]
        Some('e' | 'E' | 'f' | 'F' | 'g' | 'G' | '%') => formatted_float(integer as f64, spec),
        _ => formatted_integer(integer, spec),
    }
}

fn formatted_text(text: &str, spec: &FormatSpec) -> Result<String, String> {
    if let Some(kind) = spec.kind.filter(|kind| *kind != 's') {
        return Err(format!("the type `{kind}` needs a number, found text"));
    }
    if spec.align == Some('=') {
        return Err("the alignment `=` needs a number, found text".to_owned());
    }
    if spec.sign.is_some() || spec.alternate || spec.no_negative_zero || spec.grouping.is_some() {
        return Err(
            "signs, `z`, `#` and separators of thousands need a number, found text".to_owned()
        );
    }
    let text: String = match spec.precision {
        Some(precision) => text.chars().take(precision).collect(),
        None => text.to_owned(),
    };
    let fill = spec.fill.unwrap_or(if spec.zero { '0' } else { ' ' });
    Ok(padded(&text, fill, spec.align.unwrap_or('<'), spec.width))
}
