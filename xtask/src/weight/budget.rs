//! The maximum number of dependencies of each crate.

use std::collections::BTreeMap;

use crate::failure::Failure;

/// The file that contains the budgets.
pub(crate) const PATH: &str = "xtask/weight.txt";

/// For each crate, the maximum number of crates that it may add to a build.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Budget(BTreeMap<String, usize>);

impl Budget {
    /// Parses lines with a crate and a number. `#` starts a comment.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let mut budgets = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> =
                line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let failure = |why: &str| Failure::Check(format!("{PATH}:{}: {why}", at + 1));
            match words.as_slice() {
                [] => {}
                [krate, most] => {
                    let most =
                        most.parse().map_err(|_| failure("invalid budget: expected a number"))?;
                    if budgets.insert(String::from(*krate), most).is_some() {
                        return Err(failure("duplicate budget; remove one of them"));
                    }
                }
                _ => return Err(failure("invalid line: expected `NAME NUMBER`")),
            }
        }
        Ok(Self(budgets))
    }

    pub(crate) fn of(&self, krate: &str) -> Option<usize> {
        self.0.get(krate).copied()
    }

    /// Returns the names of the crates that have a budget, in alphabetical order.
    pub(crate) fn crates(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_comments_and_blanks_are_read() {
        let budget = Budget::parse("# most\n\na-core   30\na 4 # itself, mostly\n").expect("valid");
        assert_eq!(budget.of("a-core"), Some(30));
        assert_eq!(budget.of("a"), Some(4));
        assert_eq!(budget.of("b"), None);
        assert_eq!(budget.crates().collect::<Vec<_>>(), ["a", "a-core"]);
    }

    #[test]
    fn an_invalid_line_is_named() {
        for (text, place) in [
            ("a\n", "weight.txt:1: "),
            ("a 1\nb many\n", "weight.txt:2: "),
            ("a 1\na 2\n", "weight.txt:2: "),
        ] {
            let failure = Budget::parse(text).expect_err(text).to_string();
            assert!(failure.contains(place), "{failure}");
        }
    }
}
