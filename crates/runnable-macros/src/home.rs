//! Finds the paths to `runnable_core` and `runnable_chat` in the crate that uses a macro.

use std::{env, fs, path::Path};

use syn::parse_quote;

use crate::manifest::{Dependency, dependencies, renamed_in_workspace};

/// The packages that contain a crate, each with the module that contains it. Earlier packages take
/// precedence.
type Homes = [(&'static str, Option<&'static str>)];

/// The packages that contain `runnable_core`.
const CORE: [(&str, Option<&str>); 4] = [
    ("runnable-core", None),
    ("runnable", None),
    ("runnable-chat", Some("__core")),
    ("runnable-agents", Some("__core")),
];

/// The packages that contain the functions and types of `runnable_chat`.
const CHAT: [(&str, Option<&str>); 3] =
    [("runnable-chat", None), ("runnable", None), ("runnable-agents", Some("__chat"))];

/// Returns the path to `runnable_core`, found in the dependencies of the crate that is compiled.
///
/// Without a manifest, as in builds without cargo, the path is `::runnable_core`. The attribute
/// `#[chunked(crate = path)]` sets another path.
pub(crate) fn path_to_core() -> syn::Path {
    path_to(&CORE).unwrap_or_else(|| parse_quote!(::runnable_core))
}

/// Returns the path to `runnable_chat`, found in the same way. Without a manifest, the path is
/// `::runnable_chat`.
pub(crate) fn path_to_chat() -> syn::Path {
    path_to(&CHAT).unwrap_or_else(|| parse_quote!(::runnable_chat))
}

fn path_to(homes: &Homes) -> Option<syn::Path> {
    let folder = env::var_os("CARGO_MANIFEST_DIR")?;
    let path = found_from(Path::new(&folder), homes)?;
    syn::parse_str(&path).ok()
}

fn found_from(folder: &Path, homes: &Homes) -> Option<String> {
    let manifest = fs::read_to_string(folder.join("Cargo.toml")).ok()?;
    let dependencies = dependencies(&manifest);
    path_among(&dependencies, homes, |_| None).or_else(|| {
        // The manifest of the workspace, in a folder above, can rename a dependency.
        let above = folder
            .ancestors()
            .filter_map(|folder| fs::read_to_string(folder.join("Cargo.toml")).ok());
        let workspace = above.into_iter().find(|manifest| manifest.contains("[workspace"))?;
        path_among(&dependencies, homes, |name| renamed_in_workspace(&workspace, name))
    })
}

/// Returns the path to the crate with these homes, preferably through a normal dependency, because
/// a library cannot use its dev-dependencies.
fn path_among(
    dependencies: &[Dependency],
    homes: &Homes,
    renamed: impl Fn(&str) -> Option<String>,
) -> Option<String> {
    let found = |for_tests: bool| {
        homes.iter().find_map(|(package, module)| {
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
        path_among(&dependencies(manifest), &CORE, |_| None)
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
        let found = path_among(&member, &CORE, |name| renamed_in_workspace(root, name));
        assert_eq!(found.unwrap(), "::steps");
    }

    #[test]
    fn chat_is_found_through_each_crate_that_contains_it() {
        let of = |name: &str| {
            let manifest = format!("[dependencies]\n{name} = \"0.1\"");
            path_among(&dependencies(&manifest), &CHAT, |_| None)
        };
        assert_eq!(of("runnable-chat").unwrap(), "::runnable_chat");
        assert_eq!(of("runnable").unwrap(), "::runnable");
        assert_eq!(of("runnable-agents").unwrap(), "::runnable_agents::__chat");
        assert_eq!(of("runnable-core"), None);
    }

    #[test]
    fn the_manifest_of_this_crate_is_read() {
        let path = path_to_core();
        assert_eq!(quote::quote!(#path).to_string(), ":: runnable_core");
    }
}
