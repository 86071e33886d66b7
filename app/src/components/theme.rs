//! The theme of the page: the system's, light or dark.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_location;

use crate::{
    forms::{Answer, answer},
    paths::{CALLBACK_URL, local_or_home, use_next, with_next},
    request::cookies,
};

/// The cookie with the theme. The document's script writes it too.
const COOKIE: &str = "theme";

const A_YEAR: u32 = 365 * 24 * 60 * 60;

/// A theme.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Theme {
    /// The system's setting.
    System,
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
}

impl Theme {
    const ALL: [(Self, &'static str); 3] = [
        (Self::System, "System"),
        (Self::Light, "Light"),
        (Self::Dark, "Dark"),
    ];

    /// Returns its name in cookie and form.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// Returns the theme with this name; the system's for any other text.
    fn named(name: &str) -> Self {
        let named = Self::ALL
            .into_iter()
            .find(|(theme, _)| theme.name() == name);
        named.map_or(Self::System, |(theme, _)| theme)
    }

    /// Returns the colour schemes as CSS names them.
    #[must_use]
    pub const fn color_scheme(self) -> &'static str {
        match self {
            Self::System => "light dark",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Returns the theme that this browser has chosen.
#[must_use]
pub fn use_theme() -> Theme {
    let chosen = cookies::shared(COOKIE);
    chosen.map_or(Theme::System, |name| Theme::named(&name))
}

/// Shows three buttons, one for each theme. The document's script changes the page at once. Without it the page is
/// reloaded.
#[component]
pub fn ThemeSwitch() -> impl IntoView {
    let chosen = use_theme();
    // The address of the page without parameters that apply only once.
    let here = with_next(&use_location().pathname.get_untracked(), &use_next());
    let buttons: Vec<_> = Theme::ALL
        .into_iter()
        .map(|(theme, says)| {
            let pressed = if theme == chosen { "true" } else { "false" };
            view! { <button name=COOKIE value=theme.name() aria-pressed=pressed>{says}</button> }
        })
        .collect();
    view! {
        <form method="post" action=ChooseTheme::url() class="theme">
            <input type="hidden" name=CALLBACK_URL value=here/>
            <div role="group" aria-label="Theme">{buttons}</div>
        </form>
    }
}

/// Keeps the theme in a cookie, for a year.
#[server(prefix = "/actions", endpoint = "choose-theme")]
pub async fn choose_theme(
    /// `system`, `light` or `dark`.
    #[server(default)]
    theme: String,
    /// The page to go back to; used only if it is on this site.
    #[server(rename = "callbackURL")]
    callback_url: Option<String>,
) -> Answer {
    cookies::share(COOKIE, Theme::named(&theme).name(), A_YEAR);
    let here = String::from(local_or_home(callback_url.as_deref()));
    answer::<ChooseTheme>(&here, Ok(here.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_theme_is_the_system_s() {
        assert_eq!(Theme::named("dark"), Theme::Dark);
        for other in ["", "DARK", "\"><script>"] {
            assert_eq!(Theme::named(other), Theme::System);
        }
    }
}
