//! [`ProviderPrices`]: the prices of a service.

use serde::Deserialize;

use super::{date::Date, model_prices::ModelPrices, name_rule::NameRule};

/// The part of the prices table for one service.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct ProviderPrices {
    pub(super) id: String,
    /// Other names of the service.
    pub(super) names: Option<NameRule>,
    /// The names of models from which the service can be recognised.
    pub(super) models_named: Option<NameRule>,
    /// The ids of the services whose models this service also offers, at the same prices.
    #[serde(default)]
    pub(super) fallbacks: Vec<String>,
    models: Vec<ModelPrices>,
}

impl ProviderPrices {
    /// Returns the row of the model with this name in lower case.
    pub(super) fn model(&self, name: &str) -> Option<&ModelPrices> {
        self.models.iter().find(|model| model.is_named(name))
    }
}

/// Returns the name with its compact dates, such as `-20251231`, in the form `-2025-12-31`. Returns
/// `None` if it contains no compact date.
///
/// Some services and gateways use the compact form for models that have the other form elsewhere.
pub(super) fn with_long_dates(name: &str) -> Option<String> {
    let mut long = String::new();
    let mut copied = 0;
    for (dash, _) in name.match_indices('-') {
        let end = dash + 9;
        let is_end = matches!(name.as_bytes().get(end), None | Some(b'-' | b':'));
        let date = name.get(dash + 1..end).filter(|digits| is_end && digits.starts_with("20"));
        if let Some(digits) = date
            && Date::from_digits(digits).is_some()
        {
            long.push_str(&name[copied..=dash]);
            long.push_str(&format!("{}-{}-{}", &digits[..4], &digits[4..6], &digits[6..]));
            copied = end;
        }
    }
    (copied > 0).then(|| long + &name[copied..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compact_dates_of_names_are_expanded() {
        let long = |name| with_long_dates(name);
        assert_eq!(long("gpt-5-20251231"), Some("gpt-5-2025-12-31".to_owned()));
        assert_eq!(long("a-20251231:b-20240229"), Some("a-2025-12-31:b-2024-02-29".to_owned()));
        assert_eq!(long("a-20251331"), None);
        assert_eq!(long("a-202512311"), None);
        assert_eq!(long("gpt-4o"), None);
        assert_eq!(long("é-2025123é"), None);
    }
}
