//! The list of rules, and the command that checks them.

use std::io::Write;

use super::finding::Finding;
use super::{
    document, guide_list, index_file, inheritance, length, machine_path, module_doc, module_graph,
    module_style, name, named_test, publishing, readme, size, unused_file, whitespace,
};
use crate::failure::Failure;
use crate::tree::Tree;

/// A rule: a function that checks a tree and returns its findings.
type Rule = fn(&Tree) -> Vec<Finding>;

const RULES: [Rule; 16] = [
    module_doc::check,
    module_graph::check,
    module_style::check,
    unused_file::check,
    length::check,
    index_file::check,
    name::check,
    inheritance::check,
    document::check,
    guide_list::check,
    publishing::check,
    named_test::check,
    readme::check,
    whitespace::check,
    machine_path::check,
    size::check,
];

/// Checks the checkout with all rules, and prints the findings.
pub(crate) fn run(out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&tree)).collect();
    for finding in &findings {
        writeln!(out, "{finding}")?;
    }
    match findings.len() {
        0 => {
            let (files, rules) = (tree.files.len(), RULES.len());
            Ok(writeln!(out, "tidy: {files} files comply with all {rules} rules")?)
        }
        1 => Err(Failure::Check("tidy found one violation, see above".into())),
        many => Err(Failure::Check(format!("tidy found {many} violations, see above"))),
    }
}

/// Checks the checkout with one rule, and panics if there is a finding. Used in the test of each
/// rule.
#[cfg(test)]
pub(crate) fn assert_complies(rule: Rule) {
    let tree = Tree::read().expect("the checkout can be read");
    let findings: Vec<_> = rule(&tree).iter().map(Finding::to_string).collect();
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}
