//! The text of a [`Cost`]: parsing, printing and JSON.

use std::{fmt, str::FromStr};

use runnable_core::{Error, ErrorKind, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::cost::{Cost, DECIMALS, DOLLAR};

impl Cost {
    /// Returns the exact number of dollars, without the dollar sign and without trailing zeros.
    ///
    /// # Examples
    ///
    /// ```
    /// use runnable_chat::pricing::Cost;
    ///
    /// assert_eq!(Cost::from_cents(250).to_decimal(), "2.5");
    /// ```
    pub fn to_decimal(self) -> String {
        let (dollars, fraction) = (self.units / DOLLAR, self.units % DOLLAR);
        if fraction == 0 {
            return dollars.to_string();
        }
        let fraction = format!("{fraction:0DECIMALS$}");
        format!("{dollars}.{}", fraction.trim_end_matches('0'))
    }

    /// Returns the number of decimals that `Display` prints.
    fn shown_decimals(self) -> usize {
        // `ilog10` is 23 for the first decimal, 22 for the second, and so on.
        let first_digit =
            self.units.checked_ilog10().map_or(0, |log| DECIMALS - log.min(24) as usize);
        match first_digit {
            0..=2 => 4,
            first_digit => DECIMALS.min(4.max(first_digit + 1)),
        }
    }
}

/// Prints the rounded number of dollars. See [`Cost`].
impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimals = f.precision().unwrap_or_else(|| self.shown_decimals()).min(DECIMALS);
        let unit = 10_u128.pow((DECIMALS - decimals) as u32);
        let rest = self.units % unit;
        let rounded = self.units / unit + u128::from(rest > 0 && rest * 2 >= unit);
        let per_dollar = DOLLAR / unit;
        let (dollars, fraction) = (rounded / per_dollar, rounded % per_dollar);
        match decimals {
            0 => write!(f, "${dollars}"),
            _ => write!(f, "${dollars}.{fraction:0decimals$}"),
        }
    }
}

impl fmt::Debug for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cost(${})", self.to_decimal())
    }
}

/// Parses a number of dollars, such as `0.25` or `$0.25`.
///
/// # Errors
///
/// Returns [`ErrorKind::InvalidInput`] if the text is not a decimal number, is negative, has more
/// than 24 decimals, or is too large.
impl FromStr for Cost {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        parsed(text.strip_prefix('$').unwrap_or(text)).ok_or_else(|| {
            let message = format!(
                "invalid cost `{}`: expected a number of dollars with at most 24 decimals, such as \
                 `0.25`",
                text.chars().take(40).collect::<String>()
            );
            Error::new(ErrorKind::InvalidInput, message)
        })
    }
}

fn parsed(text: &str) -> Option<Cost> {
    let (dollars, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |digits: &str| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if !is_number(dollars) || !is_number(fraction) || fraction.len() > DECIMALS {
        return None;
    }
    let dollars = dollars.parse::<u128>().ok()?.checked_mul(DOLLAR)?;
    let scale = 10_u128.pow((DECIMALS - fraction.len()) as u32);
    let fraction = fraction.parse::<u128>().ok()?.checked_mul(scale)?;
    Some(Cost { units: dollars.checked_add(fraction)? })
}

impl Serialize for Cost {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_decimal())
    }
}

impl<'de> Deserialize<'de> for Cost {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(CostVisitor)
    }
}

struct CostVisitor;

impl de::Visitor<'_> for CostVisitor {
    type Value = Cost;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number of dollars, such as \"0.25\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Cost, E> {
        text.parse().map_err(|error: Error| E::custom(error.message()))
    }

    fn visit_u64<E: de::Error>(self, dollars: u64) -> Result<Cost, E> {
        Ok(Cost::from_dollars(dollars))
    }

    fn visit_f64<E: de::Error>(self, dollars: f64) -> Result<Cost, E> {
        // The shortest text of a float is the number that was written in the JSON.
        self.visit_str(&dollars.to_string())
    }
}
