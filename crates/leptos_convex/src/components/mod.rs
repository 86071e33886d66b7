//! Components: the client's provider, and what to show to whom.

mod auth;
mod provider;

pub use self::{
    auth::{AuthLoading, Authenticated, Unauthenticated},
    provider::ConvexProvider,
};
