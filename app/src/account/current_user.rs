//! The signed-in user, loaded once per page and shared by header and dashboard.

use std::fmt;

use leptos::prelude::*;
use leptos_better_auth::{PreloadedAuthQuery, preload_auth_query, use_session};
use leptos_convex::CallError;

use crate::{
    api::{self, auth::CurrentUser},
    request,
};

/// The user as preloaded by the server, for the components that show it.
type Preloaded = Result<PreloadedAuthQuery<Option<CurrentUser>>, CallError>;

/// The user, for everything below [`provide_current_user`].
#[derive(Clone, Copy)]
pub struct UserResource(OnceResource<Preloaded>);

impl fmt::Debug for UserResource {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("UserResource")
            .finish_non_exhaustive()
    }
}

/// Starts loading the user. Blocking, so nothing is sent before the page's user is known.
pub fn provide_current_user() {
    let asked = preload_auth_query(api::auth::get_current_user());
    let doubt = request::doubt_session();
    let user = OnceResource::new_blocking(async move {
        let user = asked.await;
        // The query reads the session, which may have ended before the token.
        if matches!(&user, Ok(user) if matches!(user.value(), Ok(Some(None)))) {
            doubt.await;
        }
        user
    });
    provide_context(UserResource(user));
}

/// Returns the user provided by the app.
///
/// # Panics
///
/// Outside of the app's frame, which is a mistake in the code.
#[must_use]
pub fn use_current_user() -> UserResource {
    expect_context::<UserResource>()
}

impl UserResource {
    /// Returns what the server preloaded. Inside a `<Suspense>`.
    ///
    /// # Errors
    ///
    /// When the function fails.
    pub async fn preloaded(self) -> Preloaded {
        self.0.await
    }
}

/// Shows `children` to signed-in people and `fallback` to everybody else.
#[component]
pub fn WhenSignedIn(
    /// For visitors who are not signed in.
    #[prop(into)]
    fallback: ViewFn,
    /// For signed-in people.
    children: ChildrenFn,
) -> impl IntoView {
    let user = use_current_user();
    let known = move || {
        let (fallback, children) = (fallback.clone(), children.clone());
        Suspend::new(async move {
            if is_signed_in(user.preloaded().await.ok()) {
                children().into_any()
            } else {
                fallback.run()
            }
        })
    };
    view! { <Suspense>{known}</Suspense> }
}

/// Returns whether a user is signed in. If the backend does not answer, the session decides, so that an outage signs
/// nobody out.
fn is_signed_in(user: Option<PreloadedAuthQuery<Option<CurrentUser>>>) -> bool {
    match user.and_then(|user| user.value().ok().flatten()) {
        Some(user) => user.is_some(),
        None => {
            let session = use_session();
            untrack(|| session.is_pending() || session.is_signed_in())
        }
    }
}
