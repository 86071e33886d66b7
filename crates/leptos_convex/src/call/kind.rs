//! The kinds of Convex functions, as types. They distinguish a [`Query`](super::Query) from a
//! [`Mutation`](super::Mutation) at compile time.

/// Functions that read.
#[derive(Debug)]
pub enum Query {}

/// Functions that write.
#[derive(Debug)]
pub enum Mutation {}

/// Functions that may talk to the outside world.
#[derive(Debug)]
pub enum Action {}
