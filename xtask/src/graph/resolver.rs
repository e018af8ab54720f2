//! Finds the files that define the item that a path names.

use std::collections::HashSet;

use super::module::{Meaning, Modules, Path};

/// The thing that a path names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    Module(usize),
    /// An item, by the file that defines it.
    Item(usize),
}

/// The paths that are already being resolved, each with the module in which it is written. Imports
/// that refer to each other in a cycle would otherwise never end.
type Visited = HashSet<(usize, Path)>;

impl Modules {
    /// Returns the files that define the item that the path names in the module `from`. Returns
    /// none if the path names a module, or an item of another crate.
    pub(super) fn defining_files(&self, from: usize, path: &Path) -> Vec<usize> {
        let targets = self.resolve(from, path, &mut Visited::new()).into_iter();
        targets
            .filter_map(|target| match target {
                Target::Item(file) => Some(file),
                Target::Module(_) => None,
            })
            .collect()
    }

    fn resolve(&self, from: usize, path: &Path, visited: &mut Visited) -> Vec<Target> {
        if !visited.insert((from, path.clone())) {
            return Vec::new();
        }
        let Some((first, rest)) = path.segments.split_first() else { return Vec::new() };
        let mut targets = if self.own_names.contains(first) {
            vec![Target::Module(0)]
        } else if path.is_absolute {
            return Vec::new();
        } else {
            match first.as_str() {
                "crate" => vec![Target::Module(0)],
                "self" => vec![Target::Module(from)],
                "super" => self.all[from].parent.map(Target::Module).into_iter().collect(),
                name => self.look_up(from, name, visited).unwrap_or_default(),
            }
        };
        for segment in rest {
            targets = self.step(&targets, segment, visited);
        }
        targets
    }

    /// Resolves the next segment of a path. `targets` is what the segments before it name.
    fn step(&self, targets: &[Target], segment: &str, visited: &mut Visited) -> Vec<Target> {
        let module = targets.iter().find_map(|target| match target {
            Target::Module(module) => Some(*module),
            Target::Item(_) => None,
        });
        match (module, segment) {
            // The path continues after an item: it names a variant of an enum, or an item of a
            // trait or type. The same file defines it.
            (None, _) => targets.to_vec(),
            (Some(module), "self") => vec![Target::Module(module)],
            (Some(module), "super") => {
                self.all[module].parent.map(Target::Module).into_iter().collect()
            }
            // If the module does not declare the name visibly, a macro in the module declares it.
            (Some(module), name) => self
                .look_up(module, name, visited)
                .unwrap_or_else(|| vec![Target::Item(self.all[module].file)]),
        }
    }

    /// Returns what a name means in a module. Returns `None` if no item or import of the module
    /// declares the name; a macro may still declare it.
    fn look_up(&self, module: usize, name: &str, visited: &mut Visited) -> Option<Vec<Target>> {
        if let Some(meanings) = self.all[module].names.get(name) {
            let mut targets = Vec::new();
            for meaning in meanings {
                match meaning {
                    Meaning::Module(module) => targets.push(Target::Module(*module)),
                    Meaning::Item(file) => targets.push(Target::Item(*file)),
                    Meaning::Import(path) => targets.extend(self.resolve(module, path, visited)),
                }
            }
            return Some(targets);
        }
        let mut may_be_foreign = false;
        for glob in &self.all[module].globs {
            let modules = self.resolve(module, glob, visited);
            may_be_foreign |= modules.is_empty();
            for target in modules {
                if let Target::Module(module) = target
                    && visited.insert((module, Path::relative(vec!["*".into(), name.into()])))
                    && let Some(targets) = self.look_up(module, name, visited)
                {
                    return Some(targets);
                }
            }
        }
        may_be_foreign.then(Vec::new)
    }
}
