//! Draws the graph of a folder: which files and folders in it use which others.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::crate_graph::CrateGraph;

/// Returns a drawing in the language of Mermaid. `folder` is the file that declares the modules of
/// the folder. The number at an arrow is the number of references.
pub(crate) fn draw(graph: &CrateGraph, folder: usize) -> String {
    let mut arrows = BTreeMap::<_, usize>::new();
    for reference in &graph.references {
        if let Some((from, to)) = graph.siblings(reference)
            && graph.parent(from) == Some(folder)
        {
            *arrows.entry((label(graph, from), label(graph, to))).or_default() += 1;
        }
    }
    let mut text = String::from("flowchart TD\n");
    for file in (0..graph.files.len()).filter(|file| graph.parent(*file) == Some(folder)) {
        let label = label(graph, file);
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "    {}[\"{label}\"]", id(&label));
    }
    for ((from, to), count) in arrows {
        let _ = writeln!(text, "    {} -->|{count}| {}", id(&from), id(&to));
    }
    text
}

/// Returns the label of a file (`name.rs`) or of a folder (`name/`) in a drawing.
pub(crate) fn label(graph: &CrateGraph, file: usize) -> String {
    let path = &graph.files[file];
    let path = path.strip_suffix("/mod.rs").unwrap_or(path.trim_end_matches(".rs"));
    let name = path.rsplit('/').next().unwrap_or(path);
    if graph.is_folder(file) { format!("{name}/") } else { format!("{name}.rs") }
}

/// Returns the ID of a node. The ID has a prefix, because words such as `end` and `graph` are
/// keywords of Mermaid.
fn id(label: &str) -> String {
    format!("m_{}", label.trim_end_matches('/').trim_end_matches(".rs"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    #[test]
    fn siblings_are_drawn_with_the_number_of_references() {
        let tree = Tree::of([
            ("src/lib.rs", "mod a; mod end;"),
            ("src/a/mod.rs", "mod b; pub(crate) use b::B;"),
            ("src/a/b.rs", "use crate::end::{C, D}; pub(crate) struct B;"),
            ("src/end.rs", "pub(crate) struct C; pub(crate) struct D;"),
        ]);
        let graph = CrateGraph::read(&tree, "src/lib.rs").expect("a crate");
        let expected =
            "flowchart TD\n    m_a[\"a/\"]\n    m_end[\"end.rs\"]\n    m_a -->|2| m_end\n";
        assert_eq!(draw(&graph, 0), expected);
    }
}
