//! Holds the weight of our crates against their budget.

use std::io::Write;

use super::budget::{Budget, PATH};
use super::scales::weigh;
use crate::failure::Failure;
use crate::table::Table;
use crate::tree::Tree;

/// Weighs all our crates, and fails if one is over its budget, or if crates and budgets do not
/// match.
pub(crate) fn compare(out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let budget = Budget::parse(tree.text(PATH))?;
    let crates = crates(&tree);
    let weighed = weighed(&crates, &budget);
    let mut table = Table::new(["crate", "crates", "budget"]);
    let mut wrong = unmatched(&crates, &budget);
    for krate in weighed {
        let weight = weigh(krate)?.len();
        wrong.extend(over(krate, weight, budget.of(krate)));
        let most = budget.of(krate).map_or_else(|| "-".into(), |most| most.to_string());
        table.push([krate.into(), weight.to_string(), most]);
    }
    write!(out, "{table}")?;
    writeln!(out, "Counted are the crates that a build compiles, the crate itself included:")?;
    writeln!(
        out,
        "normal and build dependencies, default features and those after a `+`, on this host."
    )?;
    if wrong.is_empty() { Ok(()) } else { Err(Failure::Check(wrong.join("\n"))) }
}

/// Prints what one of our crates pulls in.
pub(crate) fn list(krate: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let crates = crates(&tree);
    if !crates.contains(&without_features(krate)) {
        let known = crates.join(", ");
        return Err(Failure::Usage(format!("no crate of ours is called `{krate}`: take {known}")));
    }
    let packages = weigh(krate)?;
    for package in &packages {
        writeln!(out, "{package}")?;
    }
    Ok(writeln!(out, "{} crates, {krate} included", packages.len())?)
}

fn crates(tree: &Tree) -> Vec<&str> {
    tree.crates().map(|package| package.name).collect()
}

/// The crates, and those with features that have a budget of their own.
fn weighed<'a>(crates: &[&'a str], budget: &'a Budget) -> Vec<&'a str> {
    let with_features = budget.crates().filter(|krate| krate.contains('+'));
    let known = |krate: &&str| crates.contains(&without_features(krate));
    let mut weighed: Vec<_> = crates.iter().copied().chain(with_features.filter(known)).collect();
    weighed.sort_unstable();
    weighed
}

fn without_features(krate: &str) -> &str {
    krate.split('+').next().unwrap_or(krate)
}

/// The crates without a budget, and the budgets without a crate.
fn unmatched(crates: &[&str], budget: &Budget) -> Vec<String> {
    let unbounded = crates
        .iter()
        .filter(|krate| budget.of(krate).is_none())
        .map(|krate| format!("{krate} has no budget: give it a line in {PATH}"));
    let gone = |krate: &&str| !crates.contains(&without_features(krate));
    let stale = budget.crates().filter(gone).map(|krate| {
        format!("{krate} has a budget and is no crate of ours: take it out of {PATH}")
    });
    unbounded.chain(stale).collect()
}

fn over(krate: &str, weight: usize, budget: Option<usize>) -> Option<String> {
    let budget = budget.filter(|budget| weight > *budget)?;
    Some(format!(
        "{krate} pulls in {weight} crates, {budget} at most: `cargo xtask weight --tree {krate}` \
         lists them; drop one, or raise the budget in {PATH} and say why in the commit"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_is_the_last_number_allowed() {
        assert_eq!(over("a", 5, Some(5)), None);
        assert_eq!(over("a", 5, None), None);
        let why = over("a", 6, Some(5)).expect("over");
        assert!(why.starts_with("a pulls in 6 crates, 5 at most"), "{why}");
    }

    #[test]
    fn crates_and_budgets_are_matched_both_ways() {
        let budget = Budget::parse("a 1\nb 1\n").expect("valid");
        assert!(unmatched(&["a", "b"], &budget).is_empty());
        let budget = Budget::parse("a 1\na+x 2\nb 1\n").expect("valid");
        assert!(unmatched(&["a", "b"], &budget).is_empty());
        assert_eq!(weighed(&["a", "b"], &budget), ["a", "a+x", "b"]);
        let budget = Budget::parse("a 1\nb 1\n").expect("valid");
        let wrong = unmatched(&["b", "c"], &budget);
        assert_eq!(wrong.len(), 2);
        assert!(wrong[0].starts_with("c has no budget"), "{wrong:?}");
        assert!(wrong[1].starts_with("a has a budget and is no crate"), "{wrong:?}");
    }
}
