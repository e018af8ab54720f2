//! Finds the names that a module declares: its items and its imports.

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::Visit;
use syn::{Item, ItemMacro, ItemUse, UseTree};

use super::module::{Meaning, Modules, Path};

/// The keywords that precede the name of an item.
const KEYWORDS: [&str; 8] = ["struct", "enum", "union", "trait", "type", "fn", "const", "static"];

/// Adds the names of the items and imports of a module to the module.
pub(super) fn declare(modules: &mut Modules, here: usize) {
    let items = std::mem::take(&mut modules.all[here].items);
    let file = modules.all[here].file;
    for item in &items {
        if let Item::Macro(item) = item {
            declare_macro(modules, here, item);
        } else if let Item::ExternCrate(item) = item
            && item.ident == "self"
            && let Some((_, name)) = &item.rename
        {
            modules.own_names.push(name.to_string());
        }
        if let Some(name) = name_of(item) {
            modules.all[here].declare(name, Meaning::Item(file));
        }
    }
    // An import in the body of a function counts for the complete module. The module may then have
    // too many names, but no name is missing.
    let mut imports = Imports::default();
    items.iter().for_each(|item| imports.visit_item(item));
    let module = &mut modules.all[here];
    for import in imports.0 {
        match import.name {
            Some(name) => module.declare(name, Meaning::Import(import.path)),
            None => module.globs.push(import.path),
        }
    }
    module.items = items;
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}

fn declare_macro(modules: &mut Modules, here: usize, item: &ItemMacro) {
    let file = modules.all[here].file;
    let Some(name) = item.ident.as_ref().map(ToString::to_string) else {
        // A macro such as `pin_project!` declares the items in its body.
        for name in items_in(&item.mac.tokens) {
            modules.all[here].declare(name, Meaning::Item(file));
        }
        return;
    };
    // The path of an exported macro is in the root of its crate.
    let is_exported = item.attrs.iter().any(|it| it.path().is_ident("macro_export"));
    let module = if is_exported { 0 } else { here };
    modules.all[module].declare(name.clone(), Meaning::Item(file));
    modules.macros.entry(name).or_default().push(file);
}

/// Returns the names of the items in the body of a macro, without items inside further brackets.
fn items_in(tokens: &TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    let mut after_keyword = false;
    for token in tokens.clone() {
        let TokenTree::Ident(ident) = token else {
            after_keyword = false;
            continue;
        };
        let word = ident.to_string();
        if KEYWORDS.contains(&word.as_str()) {
            after_keyword = true;
        } else if std::mem::take(&mut after_keyword) {
            names.push(word);
        }
    }
    names
}

/// A path that a `use` imports.
#[derive(Clone, Debug)]
pub(super) struct Import {
    /// The name that the import declares. `None` for a glob import.
    pub(super) name: Option<String>,
    pub(super) path: Path,
    pub(super) line: usize,
}

#[derive(Default)]
struct Imports(Vec<Import>);

impl<'ast> Visit<'ast> for Imports {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        self.0.extend(imports_of(item));
    }
}

/// Returns the paths that a `use` imports, one per name.
pub(super) fn imports_of(item: &ItemUse) -> Vec<Import> {
    let mut imports = Vec::new();
    let is_absolute = item.leading_colon.is_some();
    flatten(&item.tree, &Path { is_absolute, segments: Vec::new() }, 0, &mut imports);
    imports
}

/// Adds the paths in a part of a `use` tree to `imports`. `before` is the path before this part,
/// and `line` is the line with the last segment of that path.
fn flatten(tree: &UseTree, before: &Path, line: usize, imports: &mut Vec<Import>) {
    let joined = |segment: String| {
        let mut path = before.clone();
        // `a::{self}` imports `a`.
        if segment != "self" || path.segments.is_empty() {
            path.segments.push(segment);
        }
        path
    };
    match tree {
        UseTree::Path(path) => {
            let line = path.ident.span().start().line;
            flatten(&path.tree, &joined(path.ident.to_string()), line, imports);
        }
        UseTree::Name(name) => {
            let path = joined(name.ident.to_string());
            let (name, line) = (path.segments.last().cloned(), name.ident.span().start().line);
            imports.push(Import { name, path, line });
        }
        UseTree::Rename(rename) => {
            let path = joined(rename.ident.to_string());
            let line = rename.ident.span().start().line;
            imports.push(Import { name: Some(rename.rename.to_string()), path, line });
        }
        UseTree::Glob(_) => imports.push(Import { name: None, path: before.clone(), line }),
        UseTree::Group(group) => {
            group.items.iter().for_each(|tree| flatten(tree, before, line, imports));
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn a_use_is_taken_apart() {
        let imports = imports_of(&parse_quote!(
            use crate::a::{self, B, c::*, d::E as F};
        ));
        let imports: Vec<_> = imports
            .iter()
            .map(|import| (import.name.as_deref(), import.path.segments.join("::")))
            .collect();
        let expected = [
            (Some("a"), "crate::a"),
            (Some("B"), "crate::a::B"),
            (None, "crate::a::c"),
            (Some("F"), "crate::a::d::E"),
        ];
        assert_eq!(imports, expected.map(|(name, path)| (name, path.to_owned())));
    }

    #[test]
    fn items_in_a_macro_are_declared() {
        let tokens = "/// Doc.\n pub(crate) struct A<T> { struct_field: T } enum B {} fn c() {}";
        let tokens: TokenStream = tokens.parse().expect("tokens");
        assert_eq!(items_in(&tokens), ["A", "B", "c"]);
    }
}
