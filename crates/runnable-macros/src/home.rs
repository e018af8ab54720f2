//! Finds the path to `runnable_core` in the crate that uses the derive macro.

use std::{env, fs, path::Path};

use syn::parse_quote;

use crate::manifest::{Dependency, dependencies, renamed_in_workspace};

/// The packages that contain `runnable_core`, each with the module that contains it. Earlier
/// packages take precedence.
const HOMES: [(&str, Option<&str>); 3] =
    [("runnable-core", None), ("runnable", None), ("runnable-chat", Some("__core"))];

/// Returns the path to `runnable_core`, found in the dependencies of the crate that is compiled.
///
/// Without a manifest, as in builds without cargo, the path is `::runnable_core`. The attribute
/// `#[chunked(crate = path)]` sets another path.
pub(crate) fn path_to_core() -> syn::Path {
    let found = env::var_os("CARGO_MANIFEST_DIR").and_then(|folder| found_from(Path::new(&folder)));
    let found = found.and_then(|path| syn::parse_str(&path).ok());
    found.unwrap_or_else(|| parse_quote!(::runnable_core))
}

fn found_from(folder: &Path) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let dependencies = dependencies(&manifest);
    path_among(&dependencies, |_| None).or_else(|| {
        // The manifest of the workspace, in a folder above, can rename a dependency.
        let above = folder
            .ancestors()
            .filter_map(|folder| fs::read_to_string(folder.join("Cargo.toml")).ok());
        let workspace = above.into_iter().find(|manifest| manifest.contains("[workspace"))?;
        path_among(&dependencies, |name| renamed_in_workspace(&workspace, name))
    })
}

/// Returns the path to `runnable_core`, preferably through a normal dependency, because a library
/// cannot use its dev-dependencies.
fn path_among(
    dependencies: &[Dependency],
    renamed: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let found = |for_tests: bool| {
        HOMES.iter().find_map(|(package, module)| {
            let is_home = |dependency: &&Dependency| {
                dependency.for_tests == for_tests
                    && match &dependency.package {
                        Some(name) => name == package,
                        None if dependency.of_workspace => {
                            renamed(&dependency.name).as_deref().unwrap_or(&dependency.name)
                                == *package
                        }
                        None => dependency.name == *package,
                    }
            };
            let dependency = dependencies.iter().find(is_home)?;
            let name = dependency.name.replace('-', "_");
            Some(match module {
                Some(module) => format!("::{name}::{module}"),
                None => format!("::{name}"),
            })
        })
    };
    found(false).or_else(|| found(true))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(manifest: &str) -> Option<String> {
        path_among(&dependencies(manifest), |_| None)
    }

    #[test]
    fn core_is_found_through_each_crate_that_contains_it() {
        let of = |dependencies: &str| path(&format!("[dependencies]\n{dependencies}")).unwrap();
        assert_eq!(of("runnable-core = \"0.1\""), "::runnable_core");
        assert_eq!(of("runnable = { version = \"0.1\", features = [] }"), "::runnable");
        assert_eq!(of("runnable-chat.workspace = true"), "::runnable_chat::__core");
        assert_eq!(of("runnable = \"0.1\"\nrunnable-core = \"0.1\""), "::runnable_core");
        assert_eq!(path("[dependencies]\nserde = \"1\""), None);
    }

    #[test]
    fn core_is_found_if_the_dependency_is_renamed() {
        let of = |dependencies: &str| path(dependencies).unwrap();
        let inline = "[dependencies]\nsteps = { package = \"runnable\", version = \"0.1\" }";
        assert_eq!(of(inline), "::steps");
        let table = "[dependencies.my-steps]\nversion = \"0.1\"\npackage = \"runnable-core\"";
        assert_eq!(of(table), "::my_steps");
        let other = "[dependencies]\nrunnable = { package = \"other\" }";
        assert_eq!(path(other), None);
    }

    #[test]
    fn a_normal_dependency_precedes_a_dev_dependency() {
        let both = "[dev-dependencies]\nrunnable-core = \"0\"\n[dependencies]\nrunnable = \"0\"";
        assert_eq!(path(both).unwrap(), "::runnable");
        assert_eq!(path("[dev-dependencies]\nrunnable = \"0\"").unwrap(), "::runnable");
    }

    #[test]
    fn core_is_found_if_the_workspace_renames_it() {
        let member = dependencies("[dependencies]\nsteps = { workspace = true }");
        let root = "[workspace.dependencies]\nsteps = { package = \"runnable\", version = \"0\" }";
        let found = path_among(&member, |name| renamed_in_workspace(root, name));
        assert_eq!(found.unwrap(), "::steps");
    }

    #[test]
    fn the_manifest_of_this_crate_is_read() {
        let path = path_to_core();
        assert_eq!(quote::quote!(#path).to_string(), ":: runnable_core");
    }
}
