//! The answers that we read otherwise than was expected, on purpose.

use crate::Difference;

/// A case that we read otherwise than was expected, on purpose. It counts as an argued deviation, and
/// the report prints the argument.
#[derive(Debug)]
pub(crate) struct Deviation {
    case: &'static str,
    fields: &'static [&'static str],
    pub(crate) reason: &'static str,
}

const DEVIATIONS: [Deviation; 1] = [Deviation {
    case: "anthropic/messages/stream_spliced_message_start",
    fields: &["blocks", "tool_calls", "invalid_tool_calls"],
    reason: "a gateway began a second answer within the first: the expected call has arguments that \
             neither of them had, made of pieces of both and repaired",
}];

impl Deviation {
    /// What is known of a case, if just that differs.
    pub(crate) fn of(case: &str, differences: &[Difference]) -> Option<&'static Self> {
        let known = DEVIATIONS.iter().find(|known| known.case == case)?;
        let all_known = differences.iter().all(|it| known.fields.contains(&it.field.as_str()));
        let all_differ =
            known.fields.iter().all(|field| differences.iter().any(|it| it.field == *field));
        (all_known && all_differ).then_some(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_for_just_what_is_known_to_differ() {
        let [known] = &DEVIATIONS;
        let differences = |fields: &[&str]| -> Vec<_> {
            fields.iter().map(|field| Difference::told(field, "", "")).collect()
        };
        assert!(Deviation::of(known.case, &differences(known.fields)).is_some());
        assert!(Deviation::of("other", &differences(known.fields)).is_none());
        assert!(Deviation::of(known.case, &differences(&known.fields[1..])).is_none());
        let more = [known.fields, &["usage"]].concat();
        assert!(Deviation::of(known.case, &differences(&more)).is_none());
    }
}
