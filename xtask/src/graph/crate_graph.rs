//! The graph of a crate: its files, and the references between them.

use std::collections::{BTreeMap, BTreeSet};

use super::cycle::{self, Cycle};
use super::{loader, references};
use crate::tree::Tree;

/// The graph of a crate: its files, and the references between them.
///
/// A file is identified by its index in `files`.
#[derive(Debug)]
pub(crate) struct CrateGraph {
    /// The paths of the files, relative to the root of the workspace.
    pub(crate) files: Vec<String>,
    /// The references, sorted by file and line.
    pub(crate) references: Vec<Reference>,
    /// For each file, the file that declares it as a module. `None` for the root of the crate.
    parents: Vec<Option<usize>>,
}

/// A reference: a path in the code of one file that names an item of another file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) from: usize,
    pub(crate) line: usize,
    pub(crate) to: usize,
    /// The last segment of the path.
    pub(crate) name: String,
    /// Whether the path is part of a `pub use`.
    pub(crate) is_reexport: bool,
}

impl CrateGraph {
    /// Reads the crate whose root is this file.
    ///
    /// # Errors
    ///
    /// Returns a message that names the file that is missing or cannot be parsed.
    pub(crate) fn read(tree: &Tree, root: &str) -> Result<Self, String> {
        let modules = loader::load(tree, root)?;
        let references = references::collect(&modules);
        let mut parents = vec![None; modules.files.len()];
        for module in &modules.all {
            let parent = module.parent.map(|parent| modules.all[parent].file);
            if parent != Some(module.file) {
                parents[module.file] = parent;
            }
        }
        Ok(Self { files: modules.files, references, parents })
    }

    /// Returns the cycles of files, except cycles that consist of a module and the modules below
    /// it.
    pub(crate) fn file_cycles(&self) -> Vec<Cycle> {
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for reference in &self.references {
            // An index file that re-exports an item from a module below it does not use that item.
            let Reference { from, to, is_reexport, .. } = *reference;
            if !(is_reexport && self.is_ancestor(from, to)) {
                edges.entry(from).or_default().insert(to);
            }
        }
        cycle::find(&edges, |from, to| {
            let is_kin = self.is_ancestor(from, to) || self.is_ancestor(to, from);
            (!is_kin).then(|| self.ancestors(from).filter(|it| self.is_ancestor(*it, to)).collect())
        })
    }

    /// Returns the cycles of siblings, which are files and folders in the same folder, if at least
    /// one of the siblings is a folder. The file that declares the modules of a folder identifies
    /// the folder.
    pub(crate) fn folder_cycles(&self) -> Vec<Cycle> {
        // Siblings have the same parent, so the edges of different folders never meet.
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for reference in &self.references {
            if let Some((from, to)) = self.siblings(reference) {
                edges.entry(from).or_default().insert(to);
            }
        }
        let mut cycles = cycle::find(&edges, |_, _| Some(BTreeSet::new()));
        cycles.retain(|cycle| cycle.iter().any(|step| self.is_folder(step.from)));
        cycles
    }

    /// Returns the two siblings that contain the ends of a reference. Returns `None` if one of the
    /// two files is below the other.
    pub(crate) fn siblings(&self, reference: &Reference) -> Option<(usize, usize)> {
        let lines = [reference.from, reference.to].map(|file| {
            let mut line: Vec<_> = std::iter::once(file).chain(self.ancestors(file)).collect();
            line.reverse();
            line
        });
        lines[0].iter().zip(&lines[1]).find(|(a, b)| a != b).map(|(a, b)| (*a, *b))
    }

    /// Returns the references from one file to another.
    pub(crate) fn between_files(&self, from: usize, to: usize) -> Vec<&Reference> {
        let is_between = |it: &&Reference| it.from == from && it.to == to;
        self.references.iter().filter(is_between).collect()
    }

    /// Returns the references from one folder to another, including the files below both folders.
    pub(crate) fn between_folders(&self, from: usize, to: usize) -> Vec<&Reference> {
        let belongs = |file, folder| file == folder || self.is_ancestor(folder, file);
        let is_between = |it: &&Reference| belongs(it.from, from) && belongs(it.to, to);
        self.references.iter().filter(is_between).collect()
    }

    /// Returns whether this file declares modules that have their own files.
    pub(crate) fn is_folder(&self, file: usize) -> bool {
        self.parents.contains(&Some(file))
    }

    /// Returns the file that declares this file as a module, or `None` for the root of the crate.
    pub(crate) fn parent(&self, file: usize) -> Option<usize> {
        self.parents[file]
    }

    fn ancestors(&self, file: usize) -> impl Iterator<Item = usize> {
        std::iter::successors(self.parents[file], |file| self.parents[*file])
    }

    fn is_ancestor(&self, above: usize, below: usize) -> bool {
        self.ancestors(below).any(|file| file == above)
    }
}
