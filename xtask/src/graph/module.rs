//! The modules of a crate, each with the names that it declares.

use std::collections::HashMap;

/// A module of a crate: a file, or a block in one.
pub(super) struct Module {
    /// The module that declares it; `None` for the root.
    pub(super) parent: Option<usize>,
    /// The index of the file that it stands in.
    pub(super) file: usize,
    /// What each of its names may mean: a module and a function may share a name.
    pub(super) names: HashMap<String, Vec<Meaning>>,
    /// The paths that it imports everything from.
    pub(super) globs: Vec<Path>,
    /// What it declares, without its tests.
    pub(super) items: Vec<syn::Item>,
}

/// What a name means in a module.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A module of this crate, by its index.
    Module(usize),
    /// An item that the file with this index defines.
    Item(usize),
    /// What another path means.
    Import(Path),
}

/// A path as it is written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Path {
    /// Whether it begins with `::`, so that its first segment is a crate.
    pub(super) is_absolute: bool,
    pub(super) segments: Vec<String>,
}

/// All modules of a crate. The root is the first.
#[derive(Default)]
pub(super) struct Modules {
    pub(super) all: Vec<Module>,
    /// The paths of the files, relative to the root of the workspace.
    pub(super) files: Vec<String>,
    /// The names by which the crate calls itself: `extern crate self as …`.
    pub(super) own_names: Vec<String>,
    /// The files that define a macro of this name by `macro_rules!`.
    pub(super) macros: HashMap<String, Vec<usize>>,
}

impl Module {
    pub(super) fn declare(&mut self, name: impl Into<String>, meaning: Meaning) {
        self.names.entry(name.into()).or_default().push(meaning);
    }
}

impl Path {
    /// A path that begins with one of these words, or with a name in scope.
    pub(super) fn relative(segments: Vec<String>) -> Self {
        Self { is_absolute: false, segments }
    }
}
