//! Components: the client's provider, and views that depend on whether somebody is signed in.

#[expect(
    unreachable_pub,
    reason = "the component macro's function; it is exported below"
)]
mod auth;
#[expect(
    unreachable_pub,
    reason = "the component macro's function; it is exported below"
)]
mod for_rows;
#[expect(
    unreachable_pub,
    reason = "the component macro's function; it is exported below"
)]
mod provider;

pub use self::{
    auth::{AuthLoading, AuthRefreshing, Authenticated, Unauthenticated},
    for_rows::ForRows,
    provider::ConvexProvider,
};
