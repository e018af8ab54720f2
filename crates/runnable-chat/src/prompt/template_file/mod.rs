//! Prompt templates from YAML, TOML and JSON files.

mod file_part;
mod load;
