//! The llama architecture: its weights, and the computation of its layers.

mod cache;
mod layer;
mod matrix;
mod norm;
mod rope;
mod session;
mod shape;
#[cfg(test)]
mod tests;
mod weights;

pub(crate) use self::{
    session::{Llama, Session},
    shape::Shape,
};
