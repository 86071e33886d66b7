//! The page that `cargo xtask bench` measures beside the same page on npm convex (`../js-page.mjs`).

#[cfg(not(feature = "live"))]
mod empty;
#[cfg(feature = "live")]
mod live;
