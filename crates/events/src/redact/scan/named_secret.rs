//! Finds the values of secret names in text: headers, JSON, parameters of URLs, `NAME=value`.

use super::{assigned_value::AssignedValue, assignment::assignment_at, span::Span, text::Text};
use crate::redact::field_name::{Secrecy, secrecy_of};

pub(super) fn scan(text: &Text<'_>, spans: &mut Vec<Span>) {
    let mut at = 0;
    while at < text.len() {
        let sign = at;
        at += 1;
        let Some(assignment) = assignment_at(text, sign) else { continue };
        at = assignment.end;
        let Some(secrecy) = secrecy_of(assignment.name) else { continue };
        if matches!(secrecy, Secrecy::Parameter(_)) && !assignment.is_parameter {
            continue;
        }
        let value = AssignedValue::after(text, &assignment);
        if let Some(label) = value.label(text, &assignment, secrecy) {
            at = value.complete_end(text);
            spans.push(Span::new(value.start, at, label));
        }
    }
}
