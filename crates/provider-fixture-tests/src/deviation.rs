//! Cases for which the provider crates deliberately return a result that differs from the expected
//! result.

use crate::Difference;

/// A case for which a provider crate deliberately returns a result that differs from the expected
/// result. The report counts the case as an argued deviation, not as a failure, and prints the
/// reason.
#[derive(Debug)]
pub(crate) struct Deviation {
    case: &'static str,
    fields: &'static [&'static str],
    pub(crate) reason: &'static str,
}

const DEVIATIONS: [Deviation; 1] = [Deviation {
    case: "anthropic/messages/stream_spliced_message_start",
    fields: &["blocks", "tool_calls", "invalid_tool_calls"],
    reason: "a gateway started a second answer inside the first one; the arguments of the \
             expected call occur in neither answer, because the other client joined parts of both \
             and repaired the result",
}];

impl Deviation {
    /// Returns the known deviation of a case, if exactly the fields differ that are listed in the
    /// deviation.
    pub(crate) fn of(case: &str, differences: &[Difference]) -> Option<&'static Self> {
        let known = DEVIATIONS.iter().find(|known| known.case == case)?;
        let all_known =
            differences.iter().all(|difference| known.fields.contains(&difference.field.as_str()));
        let all_differ = known
            .fields
            .iter()
            .all(|field| differences.iter().any(|difference| difference.field == *field));
        (all_known && all_differ).then_some(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deviation_applies_only_to_its_own_fields() {
        let [known] = &DEVIATIONS;
        let differences = |fields: &[&str]| -> Vec<_> {
            fields.iter().map(|field| Difference::text(field, "", "")).collect()
        };
        assert!(Deviation::of(known.case, &differences(known.fields)).is_some());
        assert!(Deviation::of("other", &differences(known.fields)).is_none());
        assert!(Deviation::of(known.case, &differences(&known.fields[1..])).is_none());
        let more = [known.fields, &["usage"]].concat();
        assert!(Deviation::of(known.case, &differences(&more)).is_none());
    }
}
