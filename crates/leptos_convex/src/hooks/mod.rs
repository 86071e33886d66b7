//! Hooks, one per file. The docs of each describe the server, the time before hydration, and errors.

mod call_state;
mod handle;
mod live_query;
mod query_state;
mod rows;
mod source;
#[cfg(test)]
mod tests;
mod use_action;
mod use_convex;
mod use_convex_auth;
mod use_convex_connection_state;
mod use_mutation;
mod use_paginated_query;
mod use_preloaded_query;
mod use_queries;
mod use_query;
mod use_suspense_query;
mod with_convex;

pub use self::{
    call_state::UseCall,
    query_state::QueryState,
    rows::{Row, Rows},
    use_action::{UseAction, use_action},
    use_convex::use_convex,
    use_convex_auth::use_convex_auth,
    use_convex_connection_state::use_convex_connection_state,
    use_mutation::{UseMutation, use_mutation},
    use_paginated_query::{
        Paginated, PaginationStatus, UsePaginatedQuery, use_paginated_query,
        use_preloaded_paginated_query,
    },
    use_preloaded_query::use_preloaded_query,
    use_queries::{UseQueries, use_queries},
    use_query::{IntoQuery, UseQuery, UseQueryOptions, use_query, use_query_with_options},
    use_suspense_query::{
        SuspenseOptions, UseSuspenseQuery, use_suspense_query, use_suspense_query_with_options,
    },
    with_convex::with_convex,
};
