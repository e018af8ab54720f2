//! The model cache, and the settings from the environment.

use super::asset::Asset;
use crate::error::LocalError;
use std::{
    env,
    ffi::OsString,
    fs, io,
    path::{Path, PathBuf},
};
use tempfile::NamedTempFile;

/// The settings that are read from environment variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    /// The model file to use instead of the default model.
    pub(crate) model: Option<PathBuf>,
    /// The root folder of the cache. `None` if the environment does not determine a folder.
    pub(crate) cache: Option<PathBuf>,
    /// The URL of the model hub to use instead of the public hub.
    pub(crate) hub: Option<String>,
    /// Whether the model hub must not be used.
    pub(crate) hub_offline: bool,
}

impl Settings {
    /// Reads the environment.
    pub(crate) fn from_env() -> Self {
        Self::from_lookup(|name| env::var_os(name).filter(|value| !value.is_empty()))
    }

    fn from_lookup(lookup: impl Fn(&str) -> Option<OsString>) -> Self {
        let path = |name: &str| lookup(name).map(PathBuf::from);
        let text = |name: &str| lookup(name)?.into_string().ok();
        let is_true = |value: String| matches!(value.to_lowercase().as_str(), "1" | "true" | "yes");
        Self {
            model: path("RUNNABLE_LOCAL_MODEL"),
            cache: path("RUNNABLE_CACHE")
                .or_else(|| user_cache(path).map(|caches| caches.join("runnable"))),
            hub: text("HF_ENDPOINT"),
            hub_offline: text("HF_HUB_OFFLINE").is_some_and(is_true),
        }
    }
}

fn user_cache(path: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // The XDG specification requires that a relative path is ignored.
    if let Some(caches) = path("XDG_CACHE_HOME").filter(|caches| caches.is_absolute()) {
        return Some(caches);
    }
    if cfg!(windows) {
        return path("LOCALAPPDATA");
    }
    let below_home = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
    path("HOME").map(|home| home.join(below_home))
}

/// The folder in which models are stored.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    /// Returns the cache in the user's cache folder. For a user without a home folder, the cache is
    /// in the temporary folder of the system.
    pub(crate) fn new(settings: &Settings) -> Self {
        let root = settings.cache.clone().unwrap_or_else(|| env::temp_dir().join("runnable"));
        Self { folder: root.join("models") }
    }

    /// Returns the path that a file has or will have in the cache.
    pub(crate) fn path(&self, asset: &Asset) -> PathBuf {
        self.folder.join(asset.file_name)
    }

    /// Returns the path of a file, if the file is in the cache. Only the size of the file is
    /// checked. The SHA-256 is not checked again, because it was verified before the file was
    /// stored, and computing it takes a second.
    pub(crate) fn find(&self, asset: &Asset) -> Option<PathBuf> {
        let path = self.path(asset);
        let found = fs::metadata(&path).ok()?;
        (found.is_file() && found.len() == asset.size).then_some(path)
    }

    /// Stores a verified file in the cache.
    ///
    /// The file is written under a temporary name, and gets its name only when it is complete. A
    /// file with this name is therefore always complete. If two processes store the file at the
    /// same time, one of the two copies remains.
    pub(crate) fn store(&self, asset: &Asset, file: &Path) -> Result<PathBuf, LocalError> {
        let path = self.path(asset);
        let copy = || -> io::Result<()> {
            fs::create_dir_all(&self.folder)?;
            let mut copy = NamedTempFile::new_in(&self.folder)?;
            io::copy(&mut fs::File::open(file)?, &mut copy)?;
            copy.as_file().sync_all()?;
            copy.persist(&path)?;
            Ok(())
        };
        copy().map_err(LocalError::write(&path))?;
        Ok(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(values: &[(&str, &str)]) -> Settings {
        Settings::from_lookup(|name| {
            values.iter().find(|(key, _)| *key == name).map(|(_, value)| value.into())
        })
    }

    #[test]
    fn the_most_specific_variable_sets_the_cache() {
        let all = [("RUNNABLE_CACHE", "/a"), ("XDG_CACHE_HOME", "/b"), ("HOME", "/c")];
        assert_eq!(settings(&all).cache, Some("/a".into()));
        assert_eq!(settings(&all[1..]).cache, Some("/b/runnable".into()));
        let relative = [("XDG_CACHE_HOME", "b"), ("HOME", "/c"), ("LOCALAPPDATA", "/c")];
        assert!(settings(&relative).cache.is_some_and(|path| path.starts_with("/c")));
        assert_eq!(settings(&[]).cache, None);
    }

    #[test]
    fn the_hub_can_be_replaced_and_turned_off() {
        let moved = settings(&[("HF_ENDPOINT", "http://mirror"), ("HF_HUB_OFFLINE", "1")]);
        assert_eq!(moved.hub.as_deref(), Some("http://mirror"));
        assert!(moved.hub_offline);
        assert!(!settings(&[("HF_HUB_OFFLINE", "0")]).hub_offline);
    }

    #[test]
    fn a_cached_file_is_found_by_its_exact_size() -> Result<(), Box<dyn std::error::Error>> {
        let folder = tempfile::tempdir()?;
        let asset = Asset { file_name: "model.gguf", size: 4, sha256: "" };
        let settings = Settings { cache: Some(folder.path().into()), ..Settings::default() };
        let cache = Cache::new(&settings);
        assert_eq!(cache.find(&asset), None);
        let fetched = folder.path().join("fetched");
        fs::write(&fetched, "abcd")?;
        let path = cache.store(&asset, &fetched)?;
        assert_eq!(cache.find(&asset), Some(path.clone()));
        assert_eq!(
            fs::read_dir(folder.path().join("models"))?.count(),
            1,
            "no temporary files remain"
        );
        fs::write(&path, "abc")?;
        assert_eq!(cache.find(&asset), None, "cut short");
        cache.store(&asset, &fetched)?;
        assert_eq!(cache.find(&asset), Some(path), "replaced");
        Ok(())
    }
}
