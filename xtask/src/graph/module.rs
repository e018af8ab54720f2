//! The modules of a crate, and the names that each module declares.

use std::collections::HashMap;

/// A module of a crate: a file, or a `mod` block inside a file.
pub(super) struct Module {
    /// The index of the module that declares this module. `None` for the root.
    pub(super) parent: Option<usize>,
    /// The index of the file that contains the module.
    pub(super) file: usize,
    /// For each name in the module, all its meanings. For example, a module and a function may have
    /// the same name.
    pub(super) names: HashMap<String, Vec<Meaning>>,
    /// The paths of glob imports, without the `*`.
    pub(super) globs: Vec<Path>,
    /// The items of the module, without its tests and without the modules that it declares.
    pub(super) items: Vec<syn::Item>,
}

/// A meaning of a name in a module.
#[derive(Clone, Debug)]
pub(super) enum Meaning {
    /// A module of this crate, by its index.
    Module(usize),
    /// An item that the file with this index defines.
    Item(usize),
    /// The name is imported: it means the same as this path.
    Import(Path),
}

/// A path in the code, as it is written there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Path {
    /// Whether the path starts with `::`, so that its first segment is a crate.
    pub(super) is_absolute: bool,
    pub(super) segments: Vec<String>,
}

/// All modules of a crate. The root is the first.
#[derive(Default)]
pub(super) struct Modules {
    pub(super) all: Vec<Module>,
    /// The paths of the files, relative to the root of the workspace.
    pub(super) files: Vec<String>,
    /// The names that refer to the crate itself, from declarations `extern crate self as …`.
    pub(super) own_names: Vec<String>,
    /// For the name of each macro that `macro_rules!` defines, the files with its definitions.
    pub(super) macros: HashMap<String, Vec<usize>>,
}

impl Module {
    pub(super) fn declare(&mut self, name: impl Into<String>, meaning: Meaning) {
        self.names.entry(name.into()).or_default().push(meaning);
    }
}

impl Path {
    /// Creates a path that does not start with `::`.
    pub(super) fn relative(segments: Vec<String>) -> Self {
        Self { is_absolute: false, segments }
    }
}
