use leptos::prelude::*;

use crate::ConvexClient;

/// Runs `hooks` so that every hook inside uses `client` instead of the surrounding provider's. For a component that
/// shows data of a second deployment beside the first.
///
/// What the hooks set up ends with the component, as usual.
///
/// ```
/// use leptos::prelude::*;
/// use leptos_convex::{ConvexClient, Query, use_query, with_convex};
/// # fn open() -> Query<f64> { Query::new("todos:countOpen", ()) }
/// # fn visitors() -> Query<f64> { Query::new("visitors:count", ()) }
///
/// #[component]
/// fn Numbers(statistics: ConvexClient) -> impl IntoView {
///     let open = use_query(open);
///     let visitors = with_convex(statistics, || use_query(visitors));
///     view! { <p>{move || open.get()} " open, " {move || visitors.get()} " visitors"</p> }
/// }
/// ```
///
/// # On the server
/// As the hooks.
///
/// # Before hydration
/// As the hooks.
///
/// # Errors
/// As the hooks.
pub fn with_convex<T>(client: ConvexClient, hooks: impl FnOnce() -> T) -> T {
    let scope = Owner::current().map_or_else(Owner::new, |owner| owner.child());
    let made = scope.with(|| {
        provide_context(client);
        hooks()
    });
    // An owner ends with its last handle. This one lasts as long as the component.
    on_cleanup(move || drop(scope));
    made
}
