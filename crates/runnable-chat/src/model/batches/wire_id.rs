//! The custom IDs that a service receives.
//!
//! The custom IDs of callers can be any text, and services accept only short IDs of a few
//! characters. An ID that services accept is sent unchanged, so that it can be found in the
//! dashboard of the service. Any other ID is replaced by the position of its request in the part.
//! The replacement depends only on the part, so that it can be undone after a restart.

use std::{borrow::Cow, collections::HashMap};

/// The start of an ID that consists of a position.
const POSITION: &str = "r-";

/// The maximum length of an ID, which is the limit of Anthropic and of Together.
const LONGEST: usize = 64;

/// Returns the ID to send for the request at this position of a part.
pub(super) fn wire_id(position: usize, custom_id: &str) -> Cow<'_, str> {
    let is_accepted = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    let length = custom_id.len();
    let is_position = custom_id
        .strip_prefix(POSITION)
        .is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()));
    if (1..=LONGEST).contains(&length) && custom_id.bytes().all(is_accepted) && !is_position {
        custom_id.into()
    } else {
        format!("{POSITION}{position}").into()
    }
}

/// Returns the positions of the requests of a part by the IDs that were sent.
pub(super) fn positions(custom_ids: &[String]) -> HashMap<Cow<'_, str>, usize> {
    let ids = custom_ids.iter().enumerate();
    ids.map(|(position, custom_id)| (wire_id(position, custom_id), position)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_services_accept_is_unchanged() {
        for id in ["a", "ticket-17_b", "r-", "r-x", &"x".repeat(64)] {
            assert_eq!(wire_id(3, id), id);
        }
    }

    #[test]
    fn any_other_id_is_a_position() {
        for id in ["", "ticket/17", "é", "r-3", "r-4", "a b", &"x".repeat(65)] {
            assert_eq!(wire_id(3, id), "r-3", "{id}");
        }
    }
}
