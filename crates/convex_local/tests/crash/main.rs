//! The `convex-local` command killed in the middle of its work, again and again.
//!
//! `CONVEX_LOCAL_CRASH_ROUNDS=200 cargo test -p convex_local --test crash -- --nocapture` kills it
//! two hundred times.

mod check;
mod kills;
mod load;
mod orphans;
mod process;
