//! Tests of the engine with a tiny model.

mod files;
mod generation;

use super::{Engine, Gguf};
use crate::error::LocalError;
use std::path::Path;

fn load(path: &Path) -> Result<Engine, LocalError> {
    Engine::load(&Gguf::open(path)?)
}
