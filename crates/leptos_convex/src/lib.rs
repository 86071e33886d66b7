//! Convex for Leptos: live queries, mutations and actions in the browser, preloading on the server.
//!
//! What `convex/react`, `convex/browser` and `convex/nextjs` are to a React app, this crate is to a Leptos
//! app.
//!
//! # Features
//! The features follow those of Leptos. A build turns on exactly one of these:
//! - `hydrate`: the browser's half of an app whose pages the server renders
//! - `csr`: the browser's half of an app that is rendered in the browser alone, with Trunk or Tauri
//! - `ssr`: the server's half, with [`server`](https://docs.rs/leptos_convex/latest/leptos_convex/server)
//! - `islands`, together with `hydrate` or `ssr`: for apps of islands (see the README)
//!
//! Without any of them, everything compiles and nothing connects: for libraries and tests.
//!
//! | JavaScript | here |
//! |---|---|
//! | `watchQuery`, `onUpdate` | [`ConvexClient::watch`] |
//! | `ConvexReactClient`, `<ConvexProvider>` | [`ConvexClient`], [`ConvexProvider`] |
//! | `useQuery` `useMutation` `useAction` | [`use_query`] [`use_mutation`] [`use_action`] |
//! | `React.memo` for each item of a list | [`Rows`], from [`UseQuery::rows`] |
//! | `usePaginatedQuery` | [`use_paginated_query`] |
//! | `useQueries` | [`use_queries`] |
//! | `useSuspenseQuery` of `@tanstack/react-query` | [`use_suspense_query`] |
//! | `useConvexAuth` `useConvexConnectionState` | [`use_convex_auth`] [`use_convex_connection_state`] |
//! | `<Authenticated>` `<Unauthenticated>` `<AuthLoading>` `<AuthRefreshing>` | the same |
//! | `insertAtTop` and its siblings | [`OptimisticStore::insert_at_top`] and its siblings |
//! | `preloadQuery` → `usePreloadedQuery` | `server::HttpClient::preload` → [`use_preloaded_query`] |
//! | `fetchQuery` `fetchMutation` `fetchAction` | `server::HttpClient::{query, mutation, action}` |
//! | `ConvexHttpClient.consistentQuery` | `server::HttpClient::snapshot` |
//! | `ConvexError` | [`ConvexError`], inside [`CallError`] |

#[cfg(all(feature = "browser", feature = "ssr"))]
compile_error!(
    "leptos_convex: `ssr` is for the server and `hydrate` or `csr` for the browser, so one build has one of them. \
     Build the two halves apart, as cargo-leptos does, with `--no-default-features` where a default turns one on."
);
#[cfg(all(feature = "hydrate", feature = "csr"))]
compile_error!(
    "leptos_convex: `hydrate` is for pages the server has rendered, `csr` for others: choose one."
);

mod base64;
pub mod call;
mod client;
mod components;
mod hooks;
mod index;
mod lock;
mod logger;
#[cfg(feature = "ssr")]
pub mod server;
#[cfg_attr(
    not(any(test, feature = "browser")),
    expect(dead_code, reason = "nothing happens on the server")
)]
mod sync;
mod transport;
pub mod value;
mod vec_map;
mod worker;

pub use call::{
    Action, Call, CallError, ConvexError, Mutation, PageStatus, PaginationOptions,
    PaginationResult, Preloaded, Query,
};
pub use client::{
    ClientOptions, ConvexAuth, ConvexClient, OnUpdate, ServerCookies, Watch, WeakConvexClient,
};
pub use components::{
    AuthLoading, AuthRefreshing, Authenticated, ConvexProvider, ForRows, Unauthenticated,
};
pub use hooks::{
    IntoQuery, Paginated, PaginationStatus, QueryState, Row, Rows, SuspenseOptions, UseAction,
    UseCall, UseMutation, UsePaginatedQuery, UseQueries, UseQuery, UseQueryOptions,
    UseSuspenseQuery, use_action, use_convex, use_convex_auth, use_convex_connection_state,
    use_mutation, use_paginated_query, use_preloaded_paginated_query, use_preloaded_query,
    use_queries, use_query, use_query_with_options, use_suspense_query,
    use_suspense_query_with_options, with_convex,
};
pub use logger::{LogLevel, Logger};
pub use sync::{
    AuthStatus, ConnectionState, InitialAuth, OptimisticStore, TokenOutcome, token_expiry,
};
pub use transport::early_socket_script;
pub use value::{Id, Value};
