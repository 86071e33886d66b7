//! `usePreloadedAuthQuery`.

use leptos::prelude::*;
use leptos_convex::{AuthStatus, QueryState, use_convex_auth, use_query};
use serde::de::DeserializeOwned;

use super::PreloadedAuthQuery;
use crate::client::use_user_id;

/// Shows a preloaded value and keeps it live. `None` when nobody is signed in.
///
/// The preloaded value stays until the first live one comes, and the last one stays while a token is
/// renewed, while the connection is lost and while the function fails: the signal never dips to `None` on
/// the way. When the person signs out it is `None` at once, and what belonged to one person is never shown
/// to the next.
///
/// # On the server
/// The preloaded value.
///
/// # Before hydration
/// The same.
///
/// # Errors
/// A live error leaves the last value on screen; to show it, subscribe with
/// [`use_query`] as well.
pub fn use_preloaded_auth_query<T>(preloaded: PreloadedAuthQuery<T>) -> Signal<Option<T>>
where
    T: DeserializeOwned + Clone + Send + Sync + 'static,
{
    let auth = use_convex_auth();
    let user = use_user_id();
    let query = preloaded.query();
    // Asked only in somebody's name: nothing runs as nobody and is thrown away.
    let live = use_query(move || auth.is_authenticated().then(|| query.clone()));
    let shown = Memo::new_with_compare(
        move |before: Option<&Shown<T>>| {
            let owner = user.get();
            let live = live.state();
            next(before, &preloaded, auth.status(), owner, live)
        },
        |_, _| true,
    );
    // In place before the first paint.
    shown.with_untracked(|_| ());
    Signal::derive(move || shown.with(|shown| shown.value.clone()))
}

/// The value on screen and whose it is.
#[derive(Clone)]
struct Shown<T> {
    value: Option<T>,
    owner: Option<String>,
}

fn next<T>(
    before: Option<&Shown<T>>,
    preloaded: &PreloadedAuthQuery<T>,
    status: AuthStatus,
    owner: Option<String>,
    live: QueryState<T>,
) -> Shown<T>
where
    T: DeserializeOwned + Clone,
{
    let is_first = before.is_none();
    let value = match (status, live) {
        (AuthStatus::Unauthenticated, _) => None,
        (AuthStatus::Authenticated, QueryState::Ready(value)) => Some(value),
        _ if is_first => preloaded.value(),
        _ => before
            .filter(|before| is_same_person(before.owner.as_deref(), owner.as_deref()))
            .and_then(|before| before.value.clone()),
    };
    Shown { value, owner }
}

/// An unknown person may turn out to be the one already shown, never another.
fn is_same_person(before: Option<&str>, now: Option<&str>) -> bool {
    before.is_none() || now.is_none() || before == now
}

#[cfg(test)]
mod tests {
    use super::*;
    use leptos_convex::{CallError, Query, Value};

    fn preloaded(value: Option<&str>) -> PreloadedAuthQuery<String> {
        let value = value.map(|value| Value::from_json(value.into()).expect("value"));
        PreloadedAuthQuery::new(&Query::new("a:b", ()), value).expect("preloaded")
    }

    fn alice() -> Option<String> {
        Some("alice".to_owned())
    }

    /// Runs the steps and gives what was shown after each.
    fn shown(
        value: Option<&str>,
        steps: Vec<(AuthStatus, Option<String>, QueryState<String>)>,
    ) -> Vec<Option<String>> {
        let preloaded = preloaded(value);
        let mut before = None;
        steps
            .into_iter()
            .map(|(status, owner, live)| {
                let now = next(before.as_ref(), &preloaded, status, owner, live);
                before = Some(now.clone());
                now.value
            })
            .collect()
    }

    #[test]
    fn the_value_never_dips_on_its_way_to_live() {
        use AuthStatus::{Authenticated, Loading};
        let failure = QueryState::Error(CallError::Server {
            message: "boom".to_owned(),
        });
        let steps = vec![
            (Loading, None, QueryState::Loading),
            (Authenticated, alice(), QueryState::Loading),
            (Authenticated, alice(), QueryState::Ready("live".to_owned())),
            (Loading, alice(), QueryState::Loading),
            (Authenticated, alice(), failure),
            (
                Authenticated,
                alice(),
                QueryState::Ready("later".to_owned()),
            ),
        ];
        let expected =
            ["pre", "pre", "live", "live", "live", "later"].map(|text| Some(text.to_owned()));
        assert_eq!(shown(Some("pre"), steps), expected);
    }

    #[test]
    fn signing_out_shows_nothing_and_the_preloaded_value_never_returns() {
        use AuthStatus::{Authenticated, Unauthenticated};
        let steps = vec![
            (Authenticated, alice(), QueryState::Loading),
            (Unauthenticated, None, QueryState::Loading),
            (Authenticated, alice(), QueryState::Loading),
        ];
        assert_eq!(
            shown(Some("pre"), steps),
            [Some("pre".to_owned()), None, None]
        );
    }

    #[test]
    fn the_next_person_does_not_see_the_former_s() {
        use AuthStatus::Authenticated;
        let bob = Some("bob".to_owned());
        let steps = vec![
            (
                Authenticated,
                alice(),
                QueryState::Ready("alice's".to_owned()),
            ),
            (Authenticated, bob.clone(), QueryState::Loading),
            (Authenticated, bob, QueryState::Ready("bob's".to_owned())),
        ];
        assert_eq!(
            shown(None, steps),
            [Some("alice's".to_owned()), None, Some("bob's".to_owned())]
        );
    }

    #[test]
    fn survives_the_trip_into_the_page() {
        let json = serde_json::to_string(&preloaded(Some("x"))).expect("json");
        let back: PreloadedAuthQuery<String> = serde_json::from_str(&json).expect("preloaded");
        assert_eq!(back.value().as_deref(), Some("x"));
        assert_eq!(back.query(), Query::new("a:b", ()));
    }
}
