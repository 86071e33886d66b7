//! `?ott=`, a session brought along from another domain. This app has it switched off.

use axum::http::request::Parts;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use leptos_better_auth::CallbackUrl;

use super::redirect;

/// Name of the parameter.
const PARAMETER: &str = "ott";

/// Redirects to the same address without a one-time token, so that neither history nor a copied link keeps it.
pub(crate) fn drop_one_time_token() {
    let (Some(parts), Some(response)) = (use_context::<Parts>(), use_context::<ResponseOptions>())
    else {
        return;
    };
    let location = without_token(parts.uri.path(), parts.uri.query().unwrap_or_default());
    if let Some(location) = location {
        redirect(&response, &location);
    }
}

/// The address without its token, if it has one.
fn without_token(path: &str, query: &str) -> Option<String> {
    let is_token = |pair: &&str| pair.split('=').next() == Some(PARAMETER);
    query.split('&').find(is_token)?;
    let rest: Vec<&str> = query.split('&').filter(|pair| !is_token(pair)).collect();
    let address = match rest.as_slice() {
        [] => path.to_owned(),
        rest => format!("{path}?{}", rest.join("&")),
    };
    // `//elsewhere.example` is a path, too.
    CallbackUrl::parse(&address).map(String::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rest_of_the_address_stays() {
        assert_eq!(without_token("/a", "b=c"), None);
        assert_eq!(without_token("/a", ""), None);
        assert_eq!(without_token("//elsewhere.example", "ott=x"), None);
        assert_eq!(without_token("/a", "ott=x").as_deref(), Some("/a"));
        assert_eq!(without_token("/a", "ott").as_deref(), Some("/a"));
        assert_eq!(
            without_token("/a", "b=c&ott=x&bott=1&ott=y").as_deref(),
            Some("/a?b=c&bott=1")
        );
    }
}
