//! Formats floating-point numbers as Python does.

use super::{
    format_spec::FormatSpec,
    padding::{NumberText, padded_number},
};

/// Formats a number with one of the types of floating-point numbers, or without a type.
pub(super) fn formatted_float(number: f64, spec: &FormatSpec) -> Result<String, String> {
    let magnitude = number.abs();
    let precision = spec.precision.unwrap_or(6);
    let text = match spec.kind {
        Some('f' | 'F') => format!("{magnitude:.precision$}"),
        Some('%') => format!("{:.precision$}", magnitude * 100.0),
        Some('e' | 'E') => python_exponent(&format!("{magnitude:.precision$e}")),
        Some('g' | 'G' | 'n') => general(magnitude, precision, spec.alternate, false),
        None => match spec.precision {
            Some(precision) => general(magnitude, precision, spec.alternate, true),
            None => shortest(magnitude),
        },
        Some(kind) => {
            return Err(format!("the type `{kind}` needs an integer, found {number}"));
        }
    };
    if spec.grouping.is_some() && spec.kind == Some('n') {
        return Err("the type `n` does not support this separator of thousands".to_owned());
    }
    let mut text = if matches!(spec.kind, Some('E' | 'G')) { text.to_uppercase() } else { text };
    let digits_end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let mut rest = text.split_off(digits_end);
    if spec.alternate && !rest.starts_with('.') {
        rest.insert(0, '.');
    }
    if spec.kind == Some('%') {
        rest.push('%');
    }
    let is_zero = !format!("{text}{}", rest.split(['e', 'E']).next().unwrap_or_default())
        .contains(|c: char| c.is_ascii_digit() && c != '0');
    let is_negative = number.is_sign_negative() && !(spec.no_negative_zero && is_zero);
    let text = NumberText { is_negative, prefix: "", digits: text, rest, group: 3 };
    Ok(padded_number(&text, spec))
}

/// Returns the shortest text that identifies the number, with at least one decimal place.
pub(super) fn shortest(magnitude: f64) -> String {
    let scientific = format!("{magnitude:e}");
    let exponent = exponent_of(&scientific);
    if (-4..16).contains(&exponent) {
        let text = magnitude.to_string();
        if text.contains('.') { text } else { format!("{text}.0") }
    } else {
        python_exponent(&scientific)
    }
}

/// Formats a number with `precision` significant digits, in the shorter of the two notations.
///
/// `is_untyped` is for formats without a type: they have at least one decimal place.
fn general(magnitude: f64, precision: usize, keep_zeros: bool, is_untyped: bool) -> String {
    let precision = precision.max(1);
    let scientific = format!("{magnitude:.*e}", precision - 1);
    let exponent = exponent_of(&scientific);
    let limit = i64::try_from(precision).unwrap_or(i64::MAX) - i64::from(is_untyped);
    if exponent < -4 || exponent >= limit {
        let (digits, power) = scientific.split_once('e').unwrap_or((&scientific, "0"));
        let digits = if keep_zeros { digits } else { without_zeros(digits) };
        return python_exponent(&format!("{digits}e{power}"));
    }
    let places = i64::try_from(precision).unwrap_or(i64::MAX) - 1 - exponent;
    let fixed = format!("{magnitude:.*}", usize::try_from(places).unwrap_or(0));
    let text = if keep_zeros { &fixed } else { without_zeros(&fixed) };
    if is_untyped && !text.contains('.') { format!("{text}.0") } else { text.to_owned() }
}

fn exponent_of(scientific: &str) -> i64 {
    scientific.split_once('e').and_then(|(_, exponent)| exponent.parse().ok()).unwrap_or(0)
}

/// Removes zeros after the last digit of a fraction.
fn without_zeros(digits: &str) -> &str {
    if digits.contains('.') { digits.trim_end_matches('0').trim_end_matches('.') } else { digits }
}

/// Writes an exponent with a sign and at least two digits: `1e5` becomes `1e+05`.
fn python_exponent(scientific: &str) -> String {
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let (sign, exponent) = match exponent.strip_prefix('-') {
        Some(exponent) => ('-', exponent),
        None => ('+', exponent),
    };
    format!("{digits}e{sign}{exponent:0>2}")
}
