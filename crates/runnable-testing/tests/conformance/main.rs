//! What chains of language models promise, each promise a test through the public API: that ours
//! have none of the defects of the reference (`defects`), keep the laws that other ports of the
//! protocol break (`laws`), and do what the reference's own tests ask for (`upstream`).
//!
//! `docs/conformance.md` says which test of ours stands for which of these.

mod defects;
mod laws;
mod parts;
mod upstream;
