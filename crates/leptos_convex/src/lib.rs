//! leptos_convex
