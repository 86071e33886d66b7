//! Pages to measure. `cargo xtask bench -- clients` measures `empty` and `live` (beside the same page on npm convex,
//! `../js-page.mjs`), `cargo xtask bench -- lists` measures `list` (beside `../react-list.mjs`), and `cargo xtask size
//! --layers` those of `hydrated` and `islands`.
#![expect(
    unreachable_pub,
    reason = "components are `pub` functions inside of themselves, and JavaScript takes the rest"
)]

#[cfg(not(any(feature = "live", feature = "hydration", feature = "islands")))]
mod empty;
#[cfg(feature = "hydration")]
mod hydrated;
#[cfg(feature = "islands")]
mod islands;
#[cfg(feature = "list")]
mod list;
#[cfg(feature = "live")]
mod live;
#[cfg(any(feature = "live", feature = "convex", feature = "islands-convex"))]
mod rows;
