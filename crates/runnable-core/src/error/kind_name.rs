//! Finds an [`ErrorKind`] by its name.

use crate::ErrorKind;

/// All kinds, in the order of their declaration.
const ALL: [ErrorKind; 20] = [
    ErrorKind::Authentication,
    ErrorKind::PermissionDenied,
    ErrorKind::NotFound,
    ErrorKind::RateLimit,
    ErrorKind::Connection,
    ErrorKind::Timeout,
    ErrorKind::Unavailable,
    ErrorKind::ContextLength,
    ErrorKind::ContentFilter,
    ErrorKind::InvalidInput,
    ErrorKind::Unsupported,
    ErrorKind::InvalidRequest,
    ErrorKind::Parse,
    ErrorKind::EmptyStream,
    ErrorKind::RecursionLimit,
    ErrorKind::SpendingLimit,
    ErrorKind::Cancelled,
    ErrorKind::ReplayMismatch,
    ErrorKind::Panic,
    ErrorKind::Other,
];

impl ErrorKind {
    /// Returns the kind with this name, or `None` if this version of the crate has no such kind.
    ///
    /// The names are the words that [`as_str`](Self::as_str) returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_core::ErrorKind;
    ///
    /// assert_eq!(ErrorKind::from_name("rate_limit"), Some(ErrorKind::RateLimit));
    /// assert_eq!(ErrorKind::from_name("bad_luck"), None);
    /// ```
    pub fn from_name(name: &str) -> Option<Self> {
        ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Returns whether an error of this kind is final, so that neither a retry nor a fallback
    /// handles it.
    pub(crate) fn is_final(self) -> bool {
        matches!(self, Self::Cancelled | Self::ReplayMismatch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_is_found_by_its_name() {
        for kind in ALL {
            assert_eq!(ErrorKind::from_name(kind.as_str()), Some(kind));
        }
    }

    #[test]
    fn the_list_follows_the_declaration_without_gaps() {
        let numbers: Vec<_> = ALL.into_iter().map(|kind| kind as usize).collect();
        assert_eq!(numbers, (0..=ErrorKind::Other as usize).collect::<Vec<_>>());
    }
}
