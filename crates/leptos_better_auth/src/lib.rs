//! Better Auth on Convex, for Leptos and axum.
//!
//! This crate does for a Leptos app what `@convex-dev/better-auth` and `better-auth/react` do for a Next.js app. The
//! server half (feature `ssr`) is the module `server`. Everything else compiles for both halves, so that pages need no
//! `cfg`: it works in the browser (feature `hydrate`), and renders the state of the request's cookies on the server.

mod answers;
mod bootstrap;
mod callback_url;
mod client;
mod error;
mod guard;
mod mask;
mod preload;
mod query;
mod requests;
mod seen;
mod user;

#[cfg(not(feature = "ssr"))]
mod settled;

#[cfg(feature = "ssr")]
pub mod server;

pub use answers::{AccessToken, Account, AccountDeletion, TwoFactorSetup};
pub use bootstrap::{AuthBootstrap, MalformedBootstrap, use_auth_bootstrap};
pub use callback_url::{CallbackUrl, NotOfThisSite, use_callback_url};
pub use client::{
    AuthBoundary, AuthBoundaryProps, AuthClient, AuthFetch, AuthRequest, AuthResponse,
    ConvexBetterAuthProvider, ConvexBetterAuthProviderProps, ConvexPlugin, EmailOtpPlugin,
    MagicLinkPlugin, OneTimeToken, SessionState, SignIn, SignUp, TwoFactor, UseSession,
    use_auth_client, use_last_login_method, use_session, use_session_end, use_signed_in_user,
};
#[cfg(feature = "islands")]
pub use client::{ConvexBetterAuthIsland, ConvexBetterAuthIslandProps, early_socket_script};
pub use error::{AuthError, AuthErrorCode};
pub use guard::{Access, Guard, RequireAuth, RequireAuthProps, require_auth};
pub use preload::{
    PreloadedAuthQuery, preload_auth_query, use_preloaded_auth_query, use_suspense_auth_query,
};
pub use requests::{
    ChangeEmail, ChangePassword, DeleteUser, EmailOtp, EmailOtpKind, LinkSocial, ProviderAccount,
    RequestPasswordReset, ResetPassword, ResetPasswordOtp, SendVerificationEmail, SignInAnswer,
    SignInEmail, SignInMagicLink, SignInSocial, SignUpEmail, SignedIn, SocialRedirect,
    TwoFactorCode, UpdateUser,
};
pub use user::{AuthState, Session, SessionData, User};
