//! leptos_better_auth
