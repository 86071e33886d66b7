//! This app's own cookies, which keep something for the next page. No script can read them. On https no other subdomain
//! can set those for the whole site.

use axum::http::{HeaderMap, HeaderValue, header, request::Parts};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use leptos::{prelude::use_context, reactive::owner::with_context};
use leptos_axum::ResponseOptions;
use leptos_better_auth::server::{RequestAuth, request_cookies};
use serde::{Serialize, de::DeserializeOwned};

/// The paths that a cookie is sent to.
#[derive(Clone, Copy, Debug)]
pub enum Scope {
    /// The whole site.
    Site,
    /// Only below these paths.
    Below(&'static [&'static str]),
}

impl Scope {
    fn paths(self) -> &'static [&'static str] {
        match self {
            Self::Site => &["/"],
            Self::Below(paths) => paths,
        }
    }

    /// Returns a name for which browsers accept a cookie only from this host (`__Host-`) or, if its path does not allow
    /// that, only over https.
    fn name(self, name: &str, https: bool) -> String {
        match (self, https) {
            (_, false) => name.to_owned(),
            (Self::Site, true) => format!("__Host-{name}"),
            (Self::Below(_), true) => format!("__Secure-{name}"),
        }
    }

    /// Formats the `Set-Cookie` values for one cookie. Zero seconds delete it.
    pub fn lines(self, name: &str, value: &str, seconds: u32, https: bool) -> Vec<HeaderValue> {
        let name = self.name(name, https);
        let secure = if https { "; Secure" } else { "" };
        let line = |path: &&str| {
            let line = format!(
                "{name}={value}; Path={path}; Max-Age={seconds}; HttpOnly; SameSite=Lax{secure}"
            );
            HeaderValue::from_str(&line).ok()
        };
        self.paths().iter().filter_map(line).collect()
    }
}

/// Sets a cookie with the answer to this request.
pub fn set(scope: Scope, name: &str, value: &str, seconds: u32) {
    if let Some(response) = use_context::<ResponseOptions>() {
        for line in scope.lines(name, value, seconds, is_https()) {
            response.append_header(header::SET_COOKIE, line);
        }
    }
}

/// Deletes a cookie with the answer to this request.
pub fn delete(scope: Scope, name: &str) {
    set(scope, name, "", 0);
}

/// Returns the value of one of this app's cookies.
pub fn get(scope: Scope, name: &str) -> Option<String> {
    let name = scope.name(name, is_https());
    with_context::<Parts, _>(|parts| sent(&parts.headers, &name).map(str::to_owned))?
}

/// Returns the value of a cookie that scripts may read and write too.
pub fn shared(name: &str) -> Option<String> {
    with_context::<Parts, _>(|parts| sent(&parts.headers, name).map(str::to_owned))?
}

/// Sets a cookie that scripts may read and write too, with the answer to this request.
pub fn share(name: &str, value: &str, seconds: u32) {
    let line = format!("{name}={value}; Path=/; Max-Age={seconds}; SameSite=Lax");
    if let (Some(response), Ok(line)) = (
        use_context::<ResponseOptions>(),
        HeaderValue::from_str(&line),
    ) {
        response.append_header(header::SET_COOKIE, line);
    }
}

/// Returns the value of a cookie of this name, as sent.
fn sent<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    request_cookies(headers).find_map(|(sent, value)| (sent == name).then_some(value))
}

/// Writes a value as the text of a cookie.
pub fn write<T: Serialize>(value: &T) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(serde_json::to_vec(value).unwrap_or_default())
}

/// Parses the output of [`write()`].
pub fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()
}

fn is_https() -> bool {
    let is_https = with_context::<Parts, _>(|parts| {
        let auth = parts.extensions.get::<RequestAuth>();
        auth.is_some_and(RequestAuth::site_is_https)
    });
    is_https == Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn on_https_a_cookie_has_the_strongest_prefix_its_path_allows() {
        for (scope, https, expected) in [
            (
                Scope::Site,
                false,
                vec!["a=b; Path=/; Max-Age=9; HttpOnly; SameSite=Lax"],
            ),
            (
                Scope::Site,
                true,
                vec!["__Host-a=b; Path=/; Max-Age=9; HttpOnly; SameSite=Lax; Secure"],
            ),
            (
                Scope::Below(&["/x", "/y"]),
                true,
                vec![
                    "__Secure-a=b; Path=/x; Max-Age=9; HttpOnly; SameSite=Lax; Secure",
                    "__Secure-a=b; Path=/y; Max-Age=9; HttpOnly; SameSite=Lax; Secure",
                ],
            ),
        ] {
            assert_eq!(scope.lines("a", "b", 9, https), expected);
        }
    }
}
