//! The files of a crate with the references between them.

use std::collections::{BTreeMap, BTreeSet};

use super::circle::{self, Circle};
use super::{loader, references};
use crate::tree::Tree;

/// The files of a crate with the references between them.
#[derive(Debug)]
pub(crate) struct CrateGraph {
    /// The paths of the files, relative to the root of the workspace.
    pub(crate) files: Vec<String>,
    /// Sorted by file and line.
    pub(crate) references: Vec<Reference>,
    /// The file that declares each file as its module.
    parents: Vec<Option<usize>>,
}

/// A path in one file that leads to another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Reference {
    pub(crate) from: usize,
    pub(crate) line: usize,
    pub(crate) to: usize,
    /// The last segment of the path.
    pub(crate) name: String,
    /// Whether it is a `pub use`.
    pub(crate) is_reexport: bool,
}

impl CrateGraph {
    /// Reads the crate whose root is this file.
    ///
    /// # Errors
    ///
    /// Says which file cannot be read.
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

    /// The circles of files, but for those of a parent with its descendants.
    pub(crate) fn file_circles(&self) -> Vec<Circle> {
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for reference in &self.references {
            // A table of contents that shows what lies below it does not use it.
            let Reference { from, to, is_reexport, .. } = *reference;
            if !(is_reexport && self.is_ancestor(from, to)) {
                edges.entry(from).or_default().insert(to);
            }
        }
        circle::find(&edges, |from, to| {
            let is_kin = self.is_ancestor(from, to) || self.is_ancestor(to, from);
            (!is_kin).then(|| self.ancestors(from).filter(|it| self.is_ancestor(*it, to)).collect())
        })
    }

    /// The circles of siblings at least one of which is a folder: the files and folders that lie in
    /// the same folder. A folder is given by the file that declares its modules.
    pub(crate) fn folder_circles(&self) -> Vec<Circle> {
        // Siblings have the same parent, so the edges of different folders never meet.
        let mut edges = BTreeMap::<_, BTreeSet<_>>::new();
        for reference in &self.references {
            if let Some((from, to)) = self.siblings(reference) {
                edges.entry(from).or_default().insert(to);
            }
        }
        let mut circles = circle::find(&edges, |_, _| Some(BTreeSet::new()));
        circles.retain(|circle| circle.iter().any(|step| self.is_folder(step.from)));
        circles
    }

    /// The two siblings that a reference goes between; `None` if it goes up or down.
    pub(crate) fn siblings(&self, reference: &Reference) -> Option<(usize, usize)> {
        let lines = [reference.from, reference.to].map(|file| {
            let mut line: Vec<_> = std::iter::once(file).chain(self.ancestors(file)).collect();
            line.reverse();
            line
        });
        lines[0].iter().zip(&lines[1]).find(|(a, b)| a != b).map(|(a, b)| (*a, *b))
    }

    /// The references from one file to another.
    pub(crate) fn between_files(&self, from: usize, to: usize) -> Vec<&Reference> {
        let is_between = |it: &&Reference| it.from == from && it.to == to;
        self.references.iter().filter(is_between).collect()
    }

    /// The references from a file and what lies below it to another.
    pub(crate) fn between_folders(&self, from: usize, to: usize) -> Vec<&Reference> {
        let belongs = |file, folder| file == folder || self.is_ancestor(folder, file);
        let is_between = |it: &&Reference| belongs(it.from, from) && belongs(it.to, to);
        self.references.iter().filter(is_between).collect()
    }

    /// Whether modules lie below this file.
    pub(crate) fn is_folder(&self, file: usize) -> bool {
        self.parents.contains(&Some(file))
    }

    /// The file that declares this one.
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
