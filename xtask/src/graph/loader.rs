//! Reads all modules of a crate, starting at `lib.rs`.

use syn::punctuated::Punctuated;
use syn::{Attribute, Item, Meta, Token};

use super::module::{Module, Modules};
use super::names;
use crate::tree::Tree;

/// Reads the modules of the crate whose root this file is.
///
/// # Errors
///
/// Returns a message that names the file that is missing or cannot be parsed.
pub(super) fn load(tree: &Tree, root: &str) -> Result<Modules, String> {
    let mut modules = Modules::default();
    let folder = root.rsplit_once('/').map_or("", |(folder, _)| folder);
    load_file(tree, &mut modules, root, folder, None)?;
    for module in 0..modules.all.len() {
        names::declare(&mut modules, module);
    }
    Ok(modules)
}

/// Reads a file and the modules that it declares. `folder` is the folder with the files of these
/// modules. Returns the index of the module.
fn load_file(
    tree: &Tree,
    modules: &mut Modules,
    path: &str,
    folder: &str,
    parent: Option<usize>,
) -> Result<usize, String> {
    let Some(text) = tree.file(path).and_then(|file| file.rust()) else {
        return Err(format!("missing source file {path}"));
    };
    let parsed = syn::parse_file(text).map_err(|error| {
        format!("cannot parse {path}, line {}: {error}", error.span().start().line)
    })?;
    let file = modules.files.len();
    modules.files.push(path.into());
    load_module(tree, modules, parsed.items, file, folder, parent)
}

fn load_module(
    tree: &Tree,
    modules: &mut Modules,
    mut items: Vec<Item>,
    file: usize,
    folder: &str,
    parent: Option<usize>,
) -> Result<usize, String> {
    items.retain(|item| !attributes(item).iter().any(is_test));
    let mut children = Vec::new();
    items.retain_mut(|item| match item {
        Item::Mod(child) => {
            children.push((child.ident.to_string(), child.content.take()));
            false
        }
        _ => true,
    });
    let here = modules.all.len();
    let (names, globs) = Default::default();
    modules.all.push(Module { parent, file, names, globs, items });
    for (name, content) in children {
        let below = format!("{folder}/{name}");
        let child = match content {
            Some((_, items)) => load_module(tree, modules, items, file, &below, Some(here))?,
            None => {
                let beside = format!("{below}.rs");
                let path =
                    if tree.file(&beside).is_some() { beside } else { below.clone() + "/mod.rs" };
                load_file(tree, modules, &path, &below, Some(here))?
            }
        };
        modules.all[here].declare(name, super::module::Meaning::Module(child));
    }
    Ok(here)
}

/// Returns the attributes of an item, of all kinds of items that may be compiled only for tests.
fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Returns whether this attribute states that its item is compiled only for tests.
pub(super) fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.parse_args::<Meta>().is_ok_and(|predicate| holds_in_tests_only(&predicate))
}

fn holds_in_tests_only(predicate: &Meta) -> bool {
    let of_list = |meta: &Meta| -> Vec<Meta> {
        let Meta::List(list) = meta else { return Vec::new() };
        let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
        list.parse_args_with(parser).map(|metas| metas.into_iter().collect()).unwrap_or_default()
    };
    let path = predicate.path();
    if path.is_ident("all") {
        of_list(predicate).iter().any(holds_in_tests_only)
    } else if path.is_ident("any") {
        let alternatives = of_list(predicate);
        !alternatives.is_empty() && alternatives.iter().all(holds_in_tests_only)
    } else {
        path.is_ident("test") || path.is_ident("doctest")
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    #[test]
    fn only_what_needs_a_test_build_is_left_out() {
        let tests: [Attribute; 3] = [
            parse_quote!(#[cfg(test)]),
            parse_quote!(#[cfg(all(doctest, feature = "a"))]),
            parse_quote!(#[cfg(any(test, doctest))]),
        ];
        assert!(tests.iter().all(is_test));
        let others: [Attribute; 4] = [
            parse_quote!(#[cfg(not(test))]),
            parse_quote!(#[cfg(any(test, feature = "a"))]),
            parse_quote!(#[cfg(feature = "test")]),
            parse_quote!(#[allow(test)]),
        ];
        assert!(!others.iter().any(is_test));
    }

    #[test]
    fn files_are_found_in_both_styles() {
        let tree = Tree::of([
            ("src/lib.rs", "mod a; mod b; mod c { mod d; }"),
            ("src/a.rs", "mod e;"),
            ("src/a/e.rs", ""),
            ("src/b/mod.rs", "mod f; #[cfg(test)] mod tests;"),
            ("src/b/f.rs", ""),
            ("src/c/d.rs", ""),
        ]);
        let modules = load(&tree, "src/lib.rs").expect("all files are there");
        let mut files = modules.files;
        files.sort_unstable();
        let expected =
            ["src/a.rs", "src/a/e.rs", "src/b/f.rs", "src/b/mod.rs", "src/c/d.rs", "src/lib.rs"];
        assert_eq!(files, expected);
    }

    #[test]
    fn a_file_that_cannot_be_read_is_named() {
        let missing = load(&Tree::of([("src/lib.rs", "mod a;")]), "src/lib.rs");
        assert_eq!(missing.err().expect("no `a`"), "missing source file src/a/mod.rs");
        let broken = load(&Tree::of([("src/lib.rs", "\nfn fn")]), "src/lib.rs");
        let error = broken.err().expect("no Rust");
        assert!(error.starts_with("cannot parse src/lib.rs, line 2: "), "{error}");
    }
}
