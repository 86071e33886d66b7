//! `<RequireAuth>`.
#![expect(
    unreachable_pub,
    reason = "`#[component]` makes a second, hidden function"
)]

use leptos::prelude::*;
use leptos_convex::{AuthStatus, use_convex_auth};

use super::{Access, platform, require_auth};

/// Shows its children to signed-in people only and sends everybody else to sign in and back
/// ([`require_auth`]). Around a page or, in a `<ParentRoute>`, around an `<Outlet/>`:
///
/// ```
/// # use leptos::prelude::*;
/// # use leptos_better_auth::RequireAuth;
/// # #[component] fn Settings() -> impl IntoView {}
/// #[component]
/// fn SettingsPage() -> impl IntoView {
///     view! {
///         <RequireAuth redirect_to="/sign-in" strict=true>
///             <Settings/>
///         </RequireAuth>
///     }
/// }
/// ```
///
/// When a person signs out while the page is open (in another tab, or on another device once the token cannot be
/// renewed), they are redirected to sign in.
///
/// # On the server
/// A real redirect (`302` with `Location`), for every `SsrMode` of the route. If the user cannot be determined, the
/// status is `503` and `unavailable` is shown: an outage signs nobody out.
///
/// # In the browser
/// On client-side navigation the sign-in page replaces this one in the history, so that "back" leads to the page with
/// the link.
#[component]
pub fn RequireAuth(
    /// Where to sign in: a path on this site.
    #[prop(into)]
    redirect_to: String,
    /// Whether to also ask if the session still exists; see [`Guard::strict`](super::Guard::strict).
    #[prop(optional)]
    strict: bool,
    /// Shown during the decision on client-side navigation.
    #[prop(optional, into)]
    fallback: ViewFn,
    /// Shown if the guard cannot decide.
    #[prop(optional, into)]
    unavailable: ViewFn,
    /// The content for signed-in people.
    children: ChildrenFn,
) -> impl IntoView {
    let again = RwSignal::new(0_u32);
    let access = Resource::new_blocking(
        move || again.get(),
        move |_| require_auth(redirect_to.clone()).strict_if(strict).decide(),
    );
    let (children, unavailable) = (
        StoredValue::new(children),
        StoredValue::new(move || unavailable.run()),
    );
    let decided = move || {
        Suspend::new(async move {
            match access.await {
                Access::Granted => {
                    decide_again(again, |_, now| now == AuthStatus::Unauthenticated);
                    children.with_value(|children| children()).into_any()
                }
                Access::Denied { go_to } => {
                    platform::leave(&go_to);
                    ().into_any()
                }
                Access::Unknown => {
                    platform::cannot_say();
                    decide_again(again, |before, _| before == AuthStatus::Loading);
                    unavailable.with_value(|view| view()).into_any()
                }
            }
        })
    };
    view! { <Suspense fallback=move || fallback.run()>{decided}</Suspense> }
}

/// Makes the guard decide again when the live client's state changes in a relevant way.
fn decide_again(again: RwSignal<u32>, matters: fn(AuthStatus, AuthStatus) -> bool) {
    let auth = use_convex_auth();
    Effect::new(move |before: Option<AuthStatus>| {
        let now = auth.status();
        if before.is_some_and(|before| before != now && matters(before, now)) {
            again.update(|times| *times += 1);
        }
        now
    });
}
