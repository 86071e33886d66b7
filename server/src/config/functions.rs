//! The environment variables that the functions of the embedded backend see.

use std::{collections::BTreeMap, env};

use env_file::EnvFile;

use super::Secret;

/// The prefixes of variables for the functions.
const PREFIXES: [&str; 4] = ["AUTH_", "BETTER_AUTH_", "EMAIL_", "RESEND_"];
/// The suffixes for OAuth providers: `GITHUB_CLIENT_ID` and the like.
const SUFFIXES: [&str; 2] = ["_CLIENT_ID", "_CLIENT_SECRET"];
/// The prefixes of variables that the backend sets itself, or that are for this server.
const NEVER: [&str; 2] = ["CONVEX_", "LEPTOS_"];

/// The environment of the embedded backend's functions, as far as it comes from this process: every variable of
/// `.env.local`, and the variables of this process whose names are meant for the functions (`AUTH_…`, `BETTER_AUTH_…`,
/// `EMAIL_…`, `RESEND_…`, `…_CLIENT_ID`, `…_CLIENT_SECRET`).
///
/// The functions do not see the rest of the environment. A deployment has an environment of its own
/// (`npx convex env set`), and this one is not sent to it.
#[derive(Clone, Debug, Default)]
pub struct FunctionsEnv(BTreeMap<String, Secret>);

impl FunctionsEnv {
    /// Reads the variables. The environment takes precedence over the file. Empty values count as unset.
    #[must_use]
    pub(super) fn read(file: &EnvFile) -> Self {
        let effective = |(name, value): (&str, &str)| {
            let value = env::var(name).unwrap_or_else(|_| value.to_owned());
            (name.to_owned(), value)
        };
        let by_name = env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .filter(|(name, _)| is_meant_for_functions(name));
        by_name.chain(file.iter().map(effective)).collect()
    }

    /// Returns whether a variable is set.
    pub(super) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Lists names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let variables = self.0.iter();
        variables.map(|(name, value)| (name.as_str(), value.expose()))
    }
}

impl FromIterator<(String, String)> for FunctionsEnv {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        let usable = variables.into_iter().filter(|(name, value)| {
            !value.trim().is_empty() && !NEVER.iter().any(|prefix| name.starts_with(prefix))
        });
        Self(
            usable
                .map(|(name, value)| (name, Secret::new(value)))
                .collect(),
        )
    }
}

fn is_meant_for_functions(name: &str) -> bool {
    PREFIXES.iter().any(|prefix| name.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_tell_what_is_meant_for_functions() {
        for name in [
            "AUTH_RATE_LIMIT",
            "BETTER_AUTH_SECRET",
            "EMAIL_FROM",
            "RESEND_API_KEY",
            "GOOGLE_CLIENT_SECRET",
        ] {
            assert!(is_meant_for_functions(name), "{name}");
        }
        for name in [
            "PATH",
            "AWS_SECRET_ACCESS_KEY",
            "DATABASE_URL",
            "SSH_AUTH_SOCK",
        ] {
            assert!(!is_meant_for_functions(name), "{name}");
        }
    }

    #[test]
    fn empty_values_and_the_backend_s_own_names_are_left_out_and_no_value_is_printed() {
        let variables = [
            ("RESEND_API_KEY", "re_secret"),
            ("EMAIL_FROM", " "),
            ("CONVEX_URL", "https://a.convex.cloud"),
            ("MY_FEATURE", "on"),
        ];
        let env: FunctionsEnv = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let seen: Vec<_> = env.iter().collect();
        assert_eq!(
            seen,
            [("MY_FEATURE", "on"), ("RESEND_API_KEY", "re_secret")]
        );
        assert!(!format!("{env:?}").contains("re_secret"));
    }
}
