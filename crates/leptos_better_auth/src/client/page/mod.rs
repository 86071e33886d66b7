//! The page's clock and address.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod inert;

#[cfg(feature = "hydrate")]
pub(super) use browser::{go_to, now};
#[cfg(not(feature = "hydrate"))]
pub(super) use inert::{go_to, now};
