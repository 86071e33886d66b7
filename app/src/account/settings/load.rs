//! The account's data for the settings.

use leptos_better_auth::{Account, AuthErrorCode, Session, SessionData, User, server::auth_client};

use serde::{Deserialize, Serialize};

use crate::{account::ways::offered, request::Unreached};

/// All data of the settings.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct AccountOverview {
    /// The signed-in user.
    pub(super) user: User,
    /// Whether there is a password to sign in with.
    pub(super) has_password: bool,
    /// The ids of the providers whose account is linked.
    pub(super) linked: Vec<String>,
    /// The ids of the providers that are set up on this server.
    pub(super) providers: Vec<String>,
    /// The sessions of the person, this browser's first.
    pub(super) sessions: Vec<DeviceSession>,
}

/// One sign-in. Its token stays on the server.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct DeviceSession {
    /// Id in Better Auth's `session` table.
    pub(super) id: String,
    /// The browser and system, if the browser names them.
    pub(super) device: String,
    /// The network address it was opened from; empty if unknown.
    pub(super) place: String,
    /// The day it was opened, `2026-11-23` (UTC).
    pub(super) since: String,
    /// Whether this browser uses it.
    pub(super) current: bool,
}

const DAY_MS: f64 = 86_400_000.0;

/// Reads the visitor's account; `None` when the session has ended.
///
/// # Errors
///
/// When Better Auth does not answer.
pub(super) async fn load_account() -> Result<Option<AccountOverview>, Unreached> {
    // The context is certain only before the first await.
    let offered = offered();
    let auth = auth_client();
    let asked = async {
        let current = auth.get_session().await?;
        let sessions = auth.list_sessions().await?;
        let accounts = auth.list_accounts().await?;
        Ok((current, sessions, accounts))
    };
    let (SessionData { session, user }, sessions, accounts) = match asked.await {
        Ok((Some(current), sessions, accounts)) => (current, sessions, accounts),
        Ok((None, ..)) => return Ok(None),
        Err(error) => return signed_out(&error),
    };
    let mut sessions: Vec<_> = sessions
        .iter()
        .map(|one| device_session(one, one.id == session.id))
        .collect();
    sessions.sort_by_key(|one| !one.current);
    Ok(Some(AccountOverview {
        user,
        has_password: accounts.iter().any(Account::is_password),
        linked: accounts.into_iter().map(|it| it.provider_id).collect(),
        providers: offered.await.providers,
        sessions,
    }))
}

fn signed_out(error: &leptos_better_auth::AuthError) -> Result<Option<AccountOverview>, Unreached> {
    match error.code {
        AuthErrorCode::Unauthorized => Ok(None),
        _ => Err(Unreached),
    }
}

fn device_session(session: &Session, current: bool) -> DeviceSession {
    DeviceSession {
        id: session.id.clone(),
        device: device(session.user_agent.as_deref().unwrap_or_default()),
        place: session.ip_address.clone().unwrap_or_default(),
        since: session.created_at.map(day).unwrap_or_default(),
        current,
    }
}

/// Returns browser and system by the names people know. The order matters, because most browsers also claim to be
/// others.
fn device(user_agent: &str) -> String {
    let first = |names: &[(&str, &'static str)]| {
        let found = names.iter().find(|(part, _)| user_agent.contains(part));
        found.map(|(_, name)| *name)
    };
    let browser = first(&[
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    ]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS X", "macOS"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(one), None) | (None, Some(one)) => one.to_owned(),
        (None, None) => "Unknown device".to_owned(),
    }
}

/// Returns the day of a time in milliseconds since 1970, in UTC (Howard Hinnant's `civil_from_days`).
fn day(ms: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "days are few")]
    let days = (ms / DAY_MS).floor() as i64 + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (
        of_year - (153 * shifted + 2) / 5 + 1,
        if shifted < 10 {
            shifted + 3
        } else {
            shifted - 9
        },
    );
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_calendar_days() {
        assert_eq!(day(0.0), "1970-01-01");
        assert_eq!(day(951_782_400_000.0), "2000-02-29");
        assert_eq!(day(1_795_392_000_000.0 - 1.0), "2026-11-22");
    }

    #[test]
    fn browsers_are_distinguished() {
        let chrome = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36";
        assert_eq!(device(chrome), "Chrome on Linux");
        assert_eq!(device(&format!("{chrome} Edg/141.0")), "Edge on Linux");
        assert_eq!(device(""), "Unknown device");
    }
}
