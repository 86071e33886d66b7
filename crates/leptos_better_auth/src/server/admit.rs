//! The rule for which requests of a browser are passed on to Better Auth.

use http::{HeaderMap, Method};

use super::config::Settings;
use super::origin::check_origin;
use super::problem::Problem;

/// Decides whether the proxy passes a request on, before anything is sent. `route` is its path below the base path as
/// the deployment will read it, for example `/sign-out`.
///
/// Better Auth checks `Origin` only if cookies came along, and another site's form brings none. Its answer would still
/// sign a visitor out, or in as somebody else. So every request that may change something must come from this site,
/// with or without cookies.
pub(crate) fn admit(
    method: &Method,
    route: &str,
    headers: &HeaderMap,
    settings: &Settings,
) -> Result<(), Problem> {
    if is_posted_callback(method, route) {
        return Ok(());
    }
    check_origin(method, headers, |origin| {
        settings.trusts_for_better_auth(origin)
    })
}

/// Returns whether this is the outcome of a sign-in that a provider makes the browser post here
/// (`response_mode=form_post`, as Apple does). The state that Better Auth stores for it identifies the sign-in.
pub(crate) fn is_posted_callback(method: &Method, route: &str) -> bool {
    *method == Method::POST && is_provider_callback(route)
}

fn is_provider_callback(route: &str) -> bool {
    let provider = ["/callback/", "/oauth2/callback/"]
        .iter()
        .find_map(|callback| route.strip_prefix(callback));
    // One plain segment that no router could read as another route.
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    provider
        .is_some_and(|id| id.chars().all(plain) && id.chars().any(|c| c.is_ascii_alphanumeric()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_provider_s_callback_route_is_accepted_from_another_site() {
        for route in [
            "/callback/apple",
            "/oauth2/callback/my-provider",
            "/callback/a.b_c",
        ] {
            assert!(is_provider_callback(route), "{route}");
        }
        for route in [
            "/sign-out",
            "/callback",
            "/callback/",
            "/callback/..",
            "/callback/..%2fsign-out",
            "/callback/%2e%2e/sign-out",
            "/callback/apple/sign-out",
            "/callback//sign-out",
            "/callback/apple;/../sign-out",
            "//callback/apple",
            "/x/callback/apple",
            "/sign-in/callback/apple",
            "/Callback/apple",
        ] {
            assert!(!is_provider_callback(route), "{route}");
        }
    }
}
