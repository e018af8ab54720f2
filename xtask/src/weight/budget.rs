//! How many crates each of ours may pull in.

use std::collections::BTreeMap;

use crate::failure::Failure;

/// The file that the budgets are written in.
pub(crate) const PATH: &str = "xtask/weight.txt";

/// How many crates each of ours may pull in.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Budget(BTreeMap<String, usize>);

impl Budget {
    /// Reads lines of a crate and a number; `#` begins a comment.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        let mut budgets = BTreeMap::new();
        for (at, line) in text.lines().enumerate() {
            let words: Vec<&str> =
                line.split('#').next().unwrap_or_default().split_whitespace().collect();
            let wrong = |why: &str| Failure::Check(format!("{PATH}:{}: {why}", at + 1));
            match words.as_slice() {
                [] => {}
                [krate, most] => {
                    let most = most.parse().map_err(|_| wrong("the budget is not a number"))?;
                    if budgets.insert(String::from(*krate), most).is_some() {
                        return Err(wrong("the crate has a budget already: keep one of the two"));
                    }
                }
                _ => return Err(wrong("not a crate and its budget: write `NAME NUMBER`")),
            }
        }
        Ok(Self(budgets))
    }

    pub(crate) fn of(&self, krate: &str) -> Option<usize> {
        self.0.get(krate).copied()
    }

    /// The crates that have a budget, by name.
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
    fn a_wrong_line_is_named() {
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
