//! The browser half, the counterpart of `better-auth/react` and `@convex-dev/better-auth/react`.
//!
//! Everything here also compiles for the server, so that pages need no `cfg`. There it renders the state of the
//! request's cookies, and calls return [`AuthErrorCode::NotAvailable`](crate::AuthErrorCode).

mod auth_client;
mod boundary;
mod calls;
#[cfg(feature = "islands")]
mod early_socket;
#[cfg(feature = "islands")]
mod island;
mod last_login;
mod page;
mod provider;
mod session;
mod signed_in_user;
mod socket;
mod tokens;
mod transport;
mod wakeup;

pub use auth_client::{AuthClient, use_auth_client};
pub use boundary::{AuthBoundary, AuthBoundaryProps};
pub use calls::{
    ConvexPlugin, EmailOtpPlugin, MagicLinkPlugin, OneTimeToken, SignIn, SignUp, TwoFactor,
};
#[cfg(feature = "islands")]
pub use early_socket::early_socket_script;
#[cfg(feature = "islands")]
pub use island::{ConvexBetterAuthIsland, ConvexBetterAuthIslandProps};
pub use last_login::use_last_login_method;
pub use provider::{ConvexBetterAuthProvider, ConvexBetterAuthProviderProps};
pub use session::{SessionState, UseSession, use_session};
pub use signed_in_user::{use_session_end, use_signed_in_user};
pub use transport::{AuthFetch, AuthRequest, AuthResponse};
