//! Collects the references of all modules: the paths in their code that name items of other files.

use syn::visit::{self, Visit};
use syn::{Attribute, ItemMod, ItemUse, LitStr, Macro, Meta, Visibility};

use super::crate_graph::Reference;
use super::loader::is_test;
use super::macro_tokens::{self, Mention};
use super::module::{Modules, Path};
use super::names::imports_of;

/// Returns the references of all modules, in the order of the files and lines.
pub(super) fn collect(modules: &Modules) -> Vec<Reference> {
    let mut references = Vec::new();
    for (here, module) in modules.all.iter().enumerate() {
        let mut collector = Collector { modules, here, references: &mut references };
        module.items.iter().for_each(|item| collector.visit_item(item));
    }
    references.sort();
    references.dedup();
    references
}

struct Collector<'a> {
    modules: &'a Modules,
    here: usize,
    references: &'a mut Vec<Reference>,
}

impl Collector<'_> {
    fn add(&mut self, path: &Path, line: usize, is_reexport: bool) {
        let from = self.modules.all[self.here].file;
        let name = path.segments.last().cloned().unwrap_or_default();
        for to in self.modules.defining_files(self.here, path) {
            if to != from {
                self.references.push(Reference { from, line, to, name: name.clone(), is_reexport });
            }
        }
    }

    /// Adds the references in the tokens of a macro. `is_definition` is whether the tokens are the
    /// definition of the macro, and not a call.
    fn add_mentions(&mut self, mac: &Macro, is_definition: bool) {
        for Mention { path, line } in macro_tokens::mentions(&mac.tokens) {
            // A name in a definition is resolved where the macro is called, unless it starts with
            // `$crate`.
            let first = path.segments.first();
            let is_fixed =
                first.is_some_and(|it| it == "crate" || self.modules.own_names.contains(it));
            if is_fixed || !is_definition {
                self.add(&path, line, false);
            }
        }
    }
}

impl<'ast> Visit<'ast> for Collector<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        for import in imports_of(item) {
            self.add(&import.path, import.line, is_reexport);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let segments: Vec<_> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        let line = path.segments.first().map_or(0, |it| it.ident.span().start().line);
        let is_absolute = path.leading_colon.is_some();
        self.add(&Path { is_absolute, segments }, line, false);
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast Macro) {
        self.add_mentions(mac, false);
        let path = &mac.path;
        if let Some(name) = path.get_ident().map(ToString::to_string) {
            let line = path.segments[0].ident.span().start().line;
            let found = self.modules.defining_files(self.here, &Path::relative(vec![name.clone()]));
            // A macro can be in scope without an import, because of `#[macro_use]` or because a
            // parent module defines it above. In these cases, find the macro by its name.
            let files = self.modules.macros.get(&name).filter(|_| found.is_empty());
            let from = self.modules.all[self.here].file;
            for &to in files.into_iter().flatten().chain(&found).filter(|to| **to != from) {
                let name = name.clone();
                self.references.push(Reference { from, line, to, name, is_reexport: false });
            }
        } else {
            self.visit_path(path);
        }
    }

    fn visit_item_macro(&mut self, item: &'ast syn::ItemMacro) {
        if item.ident.is_some() {
            self.add_mentions(&item.mac, true);
        } else {
            self.visit_macro(&item.mac);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        // Other attributes contain no paths of this crate, and links in documentation do not count.
        if attribute.path().is_ident("serde")
            && let Meta::List(list) = &attribute.meta
        {
            for literal in macro_tokens::literals(&list.tokens) {
                let Ok(literal) = syn::parse2::<LitStr>(literal.into()) else { continue };
                if let Ok(path) = literal.parse::<syn::Path>()
                    && path.segments.len() > 1
                {
                    let segments = path.segments.iter().map(|it| it.ident.to_string()).collect();
                    self.add(&Path::relative(segments), literal.span().start().line, false);
                }
            }
        }
    }

    fn visit_item_impl(&mut self, item: &'ast syn::ItemImpl) {
        if !item.attrs.iter().any(is_test) {
            visit::visit_item_impl(self, item);
        }
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if !item.attrs.iter().any(is_test) {
            visit::visit_impl_item_fn(self, item);
        }
    }

    /// Ignores the path in a visibility such as `pub(in crate::a)`, because it is not a use.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    /// Does not visit nested modules, because `collect` visits each module separately.
    fn visit_item_mod(&mut self, _: &'ast ItemMod) {}
}
