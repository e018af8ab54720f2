//! Everything that the API can be asked, and everything that it answers.

mod fixtures;
