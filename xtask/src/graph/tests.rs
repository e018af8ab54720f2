//! Tests of the graph with small crates.

use super::crate_graph::Reference;
use super::{CrateGraph, Cycle};
use crate::tree::Tree;

fn read<const N: usize>(files: [(&str, &str); N]) -> CrateGraph {
    let mut tree = Tree::of(files);
    tree.files.iter_mut().for_each(|file| file.path.insert_str(0, "src/"));
    let mut graph = CrateGraph::read(&tree, "src/lib.rs").expect("a crate");
    graph.files.iter_mut().for_each(|path| drop(path.drain(.."src/".len())));
    graph
}

/// Returns the references of a graph as lines of the form `from:line -> to name`.
fn references(graph: &CrateGraph) -> Vec<String> {
    let line = |it: &Reference| {
        format!("{}:{} -> {} {}", graph.files[it.from], it.line, graph.files[it.to], it.name)
    };
    graph.references.iter().map(line).collect()
}

fn cycles(graph: &CrateGraph, cycles: &[Cycle]) -> Vec<Vec<String>> {
    let files = |cycle: &Cycle| cycle.iter().map(|it| graph.files[it.from].clone()).collect();
    cycles.iter().map(files).collect()
}

#[test]
fn a_reference_through_a_reexport_leads_to_the_definition() {
    let graph = read([
        ("lib.rs", "mod a; mod b; pub use a::Error;"),
        ("a/mod.rs", "mod error; pub use self::error::*;"),
        ("a/error.rs", "pub struct Error;"),
        ("b.rs", "use crate::Error;\nfn f() -> Error { loop {} }\nfn g() { crate::a::Error; }"),
    ]);
    let references = references(&graph);
    assert_eq!(
        references,
        [
            "lib.rs:1 -> a/error.rs Error",
            "b.rs:1 -> a/error.rs Error",
            "b.rs:2 -> a/error.rs Error",
            "b.rs:3 -> a/error.rs Error",
        ]
    );
    assert_eq!(graph.file_cycles(), Vec::<Cycle>::new());
}

#[test]
fn all_ways_to_name_an_item_are_followed() {
    let graph = read([
        ("lib.rs", "extern crate self as own; mod a; mod b; #[macro_use] mod m;"),
        (
            "a.rs",
            "pub enum A { One } pub fn f() {} pub fn from_text() {}\npin_project! { struct P {} }",
        ),
        ("m.rs", "macro_rules! used { () => { $crate::a::f() } }"),
        (
            "b.rs",
            "use super::a;\nuse a::*;\nuse self::{a::A as B};\nfn g() { a::f(); }\n\
             fn h() { own::a::f(); }\nfn i() { f(); }\nfn j() { assert!(B::One == a::A::One); }\n\
             fn k() { used!(); }\nfn l() { ::own::a::P; }\nstruct S { #[serde(with = \"a::from_text\")] t: u8 }",
        ),
    ]);
    let references = references(&graph);
    let of_b: Vec<_> = references.iter().filter_map(|it| it.strip_prefix("b.rs:")).collect();
    assert_eq!(
        of_b,
        [
            "3 -> a.rs A",
            "4 -> a.rs f",
            "5 -> a.rs f",
            "6 -> a.rs f",
            "7 -> a.rs One",
            "8 -> m.rs used",
            "9 -> a.rs P",
            "10 -> a.rs from_text",
        ]
    );
    assert!(references.contains(&"m.rs:1 -> a.rs f".to_owned()), "{references:?}");
}

#[test]
fn tests_docs_and_other_crates_are_no_references() {
    let graph = read([
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "pub struct A;"),
        (
            "b.rs",
            "//! See [`crate::a::A`].\nuse std::fmt;\nuse serde::*;\n/// [A](crate::a::A)\nstruct B;\n\
             #[cfg(test)] mod tests { use crate::a::A; }\n#[cfg(test)] use crate::a::A;\n\
             impl B { #[cfg(test)] fn t() { crate::a::A; } }\npub(in crate::a) struct C(Unknown);",
        ),
    ]);
    assert_eq!(references(&graph), Vec::<String>::new());
}

#[test]
fn a_cycle_of_files_is_found_with_its_shortest_way() {
    let graph = read([
        ("lib.rs", "mod a; mod b; mod c; mod d;"),
        ("a.rs", "use crate::b::B; pub struct A;"),
        ("b.rs", "use crate::{c::C, d::D}; pub struct B;"),
        ("c.rs", "use crate::{a::A, d::D}; pub struct C;"),
        ("d.rs", "pub struct D;"),
    ]);
    assert_eq!(cycles(&graph, &graph.file_cycles()), [["a.rs", "b.rs", "c.rs"]]);
    assert_eq!(graph.folder_cycles(), Vec::<Cycle>::new());
}

#[test]
fn a_parent_and_its_descendants_may_use_each_other() {
    let graph = read([
        ("lib.rs", "mod p;"),
        ("p/mod.rs", "mod x; mod y; use x::X; pub struct P;"),
        ("p/x.rs", "use super::P; use super::y::Y; pub struct X;"),
        ("p/y.rs", "use super::P; pub struct Y;"),
    ]);
    assert_eq!(graph.file_cycles(), Vec::<Cycle>::new());
    assert_eq!(graph.folder_cycles(), Vec::<Cycle>::new());
}

#[test]
fn siblings_may_not_use_each_other() {
    let graph = read([
        ("lib.rs", "mod p;"),
        ("p/mod.rs", "mod x; mod y;"),
        ("p/x.rs", "use super::y::Y; pub struct X;"),
        ("p/y.rs", "use super::x::X; pub struct Y;"),
    ]);
    assert_eq!(cycles(&graph, &graph.file_cycles()), [["p/x.rs", "p/y.rs"]]);
}

#[test]
fn a_cycle_through_a_parent_of_some_of_its_files_is_found() {
    let graph = read([
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use crate::b::x::X; pub struct A;"),
        ("b/mod.rs", "pub mod x; mod y; pub fn f(_: y::Y) {}"),
        ("b/x.rs", "use super::f; pub struct X;"),
        ("b/y.rs", "use crate::a::A; pub struct Y;"),
    ]);
    let expected = [["a.rs", "b/x.rs", "b/mod.rs", "b/y.rs"]];
    assert_eq!(cycles(&graph, &graph.file_cycles()), expected);
}

#[test]
fn folders_that_use_each_other_are_found_without_a_cycle_of_files() {
    let graph = read([
        ("lib.rs", "mod a; mod b;"),
        ("a/mod.rs", "pub mod x; pub mod y;"),
        ("a/x.rs", "use crate::b::v::V; pub struct X;"),
        ("a/y.rs", "pub struct Y;"),
        ("b/mod.rs", "pub mod u; pub mod v;"),
        ("b/u.rs", "use crate::a::y::Y; pub struct U;"),
        ("b/v.rs", "pub struct V;"),
    ]);
    assert_eq!(graph.file_cycles(), Vec::<Cycle>::new());
    assert_eq!(cycles(&graph, &graph.folder_cycles()), [["a/mod.rs", "b/mod.rs"]]);
    let between: Vec<_> = graph.between_folders(1, 4).iter().map(|it| it.name.as_str()).collect();
    assert_eq!(between, ["V"]);
}
