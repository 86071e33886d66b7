//! The page's clock and address.

#[cfg(feature = "hydrate")]
mod browser;
#[cfg(not(feature = "hydrate"))]
mod inert;

#[cfg(feature = "hydrate")]
pub(super) use browser::{now, take_one_time_token};
#[cfg(not(feature = "hydrate"))]
pub(super) use inert::{now, take_one_time_token};
