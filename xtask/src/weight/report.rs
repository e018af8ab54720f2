//! Compares the number of dependencies of each crate with its budget.

use std::io::Write;

use super::budget::{Budget, PATH};
use super::scales::weigh;
use crate::failure::Failure;
use crate::table::Table;
use crate::tree::Tree;

/// Counts the dependencies of all crates. Fails if a crate exceeds its budget, or if crates and
/// budgets do not match.
pub(crate) fn compare(out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let budget = Budget::parse(tree.text(PATH))?;
    let crates = crates(&tree);
    let weighed = weighed(&crates, &budget);
    let mut table = Table::new(["crate", "crates", "budget"]);
    let mut problems = unmatched(&crates, &budget);
    for krate in weighed {
        let weight = weigh(krate)?.len();
        problems.extend(over(krate, weight, budget.of(krate)));
        let most = budget.of(krate).map_or_else(|| "-".into(), |most| most.to_string());
        table.push([krate.into(), weight.to_string(), most]);
    }
    write!(out, "{table}")?;
    writeln!(out, "The numbers are the crates that a build compiles, including the crate itself:")?;
    writeln!(
        out,
        "normal and build dependencies, with default features and those after a `+`, on this host."
    )?;
    if problems.is_empty() { Ok(()) } else { Err(Failure::Check(problems.join("\n"))) }
}

/// Prints the crates that a crate adds to a build.
pub(crate) fn list(krate: &str, out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let crates = crates(&tree);
    if !crates.contains(&without_features(krate)) {
        let known = crates.join(", ");
        return Err(Failure::Usage(format!("unknown crate `{krate}`: expected one of {known}")));
    }
    let packages = weigh(krate)?;
    for package in &packages {
        writeln!(out, "{package}")?;
    }
    Ok(writeln!(out, "{} crates, including {krate}", packages.len())?)
}

fn crates(tree: &Tree) -> Vec<&str> {
    tree.crates().map(|package| package.name).collect()
}

/// Returns the crates, followed by the combinations of a crate and features that have their own
/// budget, such as `runnable+openai`.
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

/// Returns the crates without a budget and the budgets without a crate.
fn unmatched(crates: &[&str], budget: &Budget) -> Vec<String> {
    let unbounded = crates
        .iter()
        .filter(|krate| budget.of(krate).is_none())
        .map(|krate| format!("{krate} has no budget; add a line to {PATH}"));
    let gone = |krate: &&str| !crates.contains(&without_features(krate));
    let stale = budget.crates().filter(gone).map(|krate| {
        format!("{krate} has a budget but is not a crate of this workspace; remove it from {PATH}")
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
    fn a_crate_may_use_its_whole_budget() {
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
        let problems = unmatched(&["b", "c"], &budget);
        assert_eq!(problems.len(), 2);
        assert!(problems[0].starts_with("c has no budget"), "{problems:?}");
        assert!(problems[1].starts_with("a has a budget but is not a crate"), "{problems:?}");
    }
}
