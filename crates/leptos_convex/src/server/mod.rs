//! The server half: Convex functions over pooled HTTP.
//!
//! One [`HttpClient`] serves the whole process; the token is given with each call, so that nothing of one
//! person reaches another.

mod answer;
mod http_client;
#[cfg(test)]
mod tests;

pub use self::http_client::{BuildError, HttpClient, HttpOptions};
