//! Rule: the files of a crate do not refer to each other in a cycle, and neither do its folders.
//!
//! There is one exception: a parent module and the modules below it may refer to each other.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use super::finding::Finding;
use super::module_style;
use crate::failure::Failure;
use crate::graph::{self, CrateGraph, Cycle, Reference, label};
use crate::tree::Tree;

/// The maximum number of references from one file to the next that a finding lists.
const SHOWN: usize = 3;

pub(crate) fn check(tree: &Tree) -> Vec<Finding> {
    crates(tree).into_iter().flat_map(|folder| cycles(tree, folder)).collect()
}

/// Prints the cycles of all crates, or of the crate `krate`.
pub(crate) fn report(krate: Option<&str>, out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let all = crates(&tree);
    let mut count = 0;
    for folder in all.iter().filter(|folder| krate.is_none_or(|krate| krate == **folder)) {
        let findings = cycles(&tree, folder);
        for finding in &findings {
            writeln!(out, "{finding}")?;
        }
        count += findings.len();
        if let Some(summary) = summary(&tree, folder).filter(|_| !findings.is_empty()) {
            writeln!(out, "{summary}\n")?;
        }
    }
    match (krate, count) {
        (Some(krate), _) if !all.contains(krate) => Err(unknown(krate, &all)),
        (_, 0) => Ok(writeln!(out, "no cycles between files or folders")?),
        (_, 1) => Err(Failure::Check("found one cycle, see above".into())),
        (_, count) => Err(Failure::Check(format!("found {count} cycles, see above"))),
    }
}

/// Prints a drawing of which files and folders use which others, for a crate or for a folder in it.
pub(crate) fn draw(krate: &str, folder: Option<&str>, out: &mut dyn Write) -> Result<(), Failure> {
    let tree = Tree::read()?;
    let all = crates(&tree);
    if !all.contains(krate) {
        return Err(unknown(krate, &all));
    }
    let graph = CrateGraph::read(&tree, &root(krate)).map_err(Failure::Check)?;
    let declares = |path: &String| match folder {
        Some(folder) => *path == format!("crates/{krate}/src/{folder}/mod.rs"),
        None => *path == root(krate),
    };
    match graph.files.iter().position(declares) {
        Some(file) => Ok(write!(out, "{}", graph::draw(&graph, file))?),
        None => Err(Failure::Usage(format!(
            "unknown folder `{}` in `{krate}`: expected one with a mod.rs",
            folder.unwrap_or_default()
        ))),
    }
}

fn unknown(krate: &str, all: &BTreeSet<&str>) -> Failure {
    let all = all.iter().copied().collect::<Vec<_>>().join(", ");
    Failure::Usage(format!("unknown crate `{krate}`: expected one of {all}"))
}

/// Returns the names of the folders of all crates, whether they are published or not.
fn crates(tree: &Tree) -> BTreeSet<&str> {
    let of_file = |parts: &[&'_ str]| matches!(parts, ["crates", _, "src", "lib.rs"]);
    let files = tree.files.iter().filter(|file| of_file(&file.parts()));
    files.filter_map(|file| file.path.split('/').nth(1)).collect()
}

fn root(folder: &str) -> String {
    format!("crates/{folder}/src/lib.rs")
}

/// Returns a line that lists the files of a crate that lie on cycles, each with the number of its
/// cycles. The file with the most cycles is first.
fn summary(tree: &Tree, folder: &str) -> Option<String> {
    let graph = CrateGraph::read(tree, &root(folder)).ok()?;
    let cycles = graph.file_cycles();
    let mut files = BTreeMap::<usize, usize>::new();
    cycles.iter().flatten().for_each(|step| *files.entry(step.from).or_default() += 1);
    let mut files: Vec<_> = files.into_iter().collect();
    files.sort_by_key(|(file, count)| (Reverse(*count), *file));
    let below = |file: usize| graph.files[file].rsplit("/src/").next().unwrap_or_default();
    let shown = files.iter().map(|(file, count)| format!("{} ({count})", below(*file)));
    let shown = shown.collect::<Vec<_>>().join(", ");
    let (on, all) = (files.len(), graph.files.len());
    Some(format!("{folder}: {on} of {all} files lie on cycles, with the number of cycles: {shown}"))
}

/// Returns the findings for a crate: cycles of files, cycles of folders, and modules in two
/// places.
fn cycles(tree: &Tree, folder: &str) -> Vec<Finding> {
    let root = root(folder);
    let graph = match CrateGraph::read(tree, &root) {
        Ok(graph) => graph,
        Err(message) => return vec![Finding::of_file(&root, message)],
    };
    let files = graph.file_cycles();
    let files = files.iter().map(|cycle| {
        let message = format!(
            "{} files refer to each other in a cycle; turn one reference around, or move what they \
             share into a file below them",
            cycle.len()
        );
        finding(&graph, cycle, &message, CrateGraph::between_files)
    });
    let folders = graph.folder_cycles();
    let folders = folders.iter().map(|cycle| {
        let labels: Vec<_> = cycle.iter().map(|step| label(&graph, step.from)).collect();
        let labels = labels.join(" -> ");
        let first = cycle.first().map(|step| label(&graph, step.from)).unwrap_or_default();
        let message = format!(
            "these folders refer to each other in a cycle: {labels} -> {first}; move what goes \
             against the direction"
        );
        finding(&graph, cycle, &message, CrateGraph::between_folders)
    });
    let in_two_places = module_style::of_crate(tree, folder);
    files.chain(folders).chain(in_two_places).collect()
}

/// Returns a finding that lists the references of a cycle, at the line of the first reference.
fn finding(
    graph: &CrateGraph,
    cycle: &Cycle,
    message: &str,
    between: fn(&CrateGraph, usize, usize) -> Vec<&Reference>,
) -> Finding {
    let mut text = String::from(message);
    let mut place = (String::new(), 1);
    for (at, step) in cycle.iter().enumerate() {
        let references = between(graph, step.from, step.to);
        if let Some(first) = references.first().filter(|_| at == 0) {
            place = (graph.files[first.from].clone(), first.line);
        }
        for reference in references.iter().take(SHOWN) {
            let (from, to) = (&graph.files[reference.from], &graph.files[reference.to]);
            let to = to.split_once("/src/").map_or(to.as_str(), |(_, below)| below);
            text += &format!("\n    {from}:{} uses `{}` of {to}", reference.line, reference.name);
        }
        if references.len() > SHOWN {
            text += &format!("\n        and {} references more", references.len() - SHOWN);
        }
    }
    Finding::new(&place.0, place.1, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tidy::rule::assert_complies;

    #[test]
    fn the_checkout_complies() {
        assert_complies(check);
    }

    #[test]
    fn a_cycle_is_reported_with_the_line_of_each_reference() {
        let tree = Tree::of([
            ("crates/a/src/lib.rs", "mod b;\nmod c;\n"),
            ("crates/a/src/b.rs", "\nuse crate::c::C;\npub struct B;\n"),
            ("crates/a/src/c.rs", "use crate::b::B;\npub struct C;\n"),
        ]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(
            found,
            ["crates/a/src/b.rs:2: 2 files refer to each other in a cycle; turn one reference \
              around, or move what they share into a file below them\n    \
              crates/a/src/b.rs:2 uses `C` of c.rs\n    \
              crates/a/src/c.rs:1 uses `B` of b.rs"]
        );
    }

    #[test]
    fn a_cycle_of_folders_shows_its_direction() {
        let tree = Tree::of([
            ("crates/a/src/lib.rs", "mod b;\nmod c;\n"),
            ("crates/a/src/b/mod.rs", "mod x;\nmod y;\n"),
            ("crates/a/src/b/x.rs", "use crate::c::C;\n"),
            ("crates/a/src/b/y.rs", "pub struct Y;\n"),
            ("crates/a/src/c.rs", "use crate::b::y::Y;\npub struct C;\n"),
        ]);
        let found: Vec<_> = check(&tree).iter().map(Finding::to_string).collect();
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains("in a cycle: b/ -> c.rs -> b/; move"), "{found:?}");
    }

    #[test]
    fn a_crate_that_cannot_be_read_is_a_finding() {
        let found = check(&Tree::of([("crates/a/src/lib.rs", "mod b;\n")]));
        let message = "missing source file crates/a/src/b/mod.rs";
        assert_eq!(found, [Finding::of_file("crates/a/src/lib.rs", message)]);
    }
}
