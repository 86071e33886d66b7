//! The app's pages for links in mails.

/// The app's pages for links in mails: paths such as `/sign-in/link`. The query of a page contains the link's `token`
/// and `callbackURL`. The page acts by a POST once the person agrees. A link without a page is refused.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct MailLinkPages {
    /// For `/magic-link/verify`.
    pub magic_link: Option<String>,
    /// For `/verify-email`, which confirms an address or a change of it.
    pub verify_email: Option<String>,
    /// For `/delete-user/callback`.
    pub delete_user: Option<String>,
}

impl MailLinkPages {
    /// Sets the page that asks whether to sign in.
    #[must_use]
    pub fn with_magic_link(mut self, page: impl Into<String>) -> Self {
        self.magic_link = Some(page.into());
        self
    }

    /// Sets the page that asks whether to confirm the address.
    #[must_use]
    pub fn with_verify_email(mut self, page: impl Into<String>) -> Self {
        self.verify_email = Some(page.into());
        self
    }

    /// Sets the page that asks whether to delete the account.
    #[must_use]
    pub fn with_delete_user(mut self, page: impl Into<String>) -> Self {
        self.delete_user = Some(page.into());
        self
    }

    /// Returns the page for one of the routes; the outer `None` for other routes.
    pub(in crate::server) fn of(&self, route: &[&str]) -> Option<Option<&str>> {
        let page = match *route {
            ["magic-link", "verify"] => &self.magic_link,
            ["verify-email"] => &self.verify_email,
            ["delete-user", "callback"] => &self.delete_user,
            _ => return None,
        };
        Some(page.as_deref())
    }
}
