//! [`Blocking`]: calls for callers that are not async. Requires the feature `blocking`.
//!
//! ```
//! use runnable_core::{blocking::Blocking, prelude::*};
//!
//! # fn main() -> Result<()> {
//! let shout = lambda(|text: String| text.to_uppercase());
//! let shout = Blocking::new(shout)?;
//!
//! assert_eq!(shout.invoke("hello")?, "HELLO");
//! for chunk in shout.stream("hello") {
//!     print!("{}", chunk?);
//! }
//! # Ok(())
//! # }
//! ```

mod blocking_step;
mod may_block;

pub use self::blocking_step::{Blocking, OutputIter};
