//! Pieces that know this app.

mod brand;
mod broken;
mod current_user;
mod done_notice;
mod github_form;
mod go_on;
mod link_page;
mod live;
mod page_title;
mod sign_out_form;
mod site_footer;
mod site_header;
mod start_link;
mod step_form;
mod theme;
mod unauthorized;
mod unavailable;
mod user_menu;

pub use brand::Brand;
pub use broken::Broken;
pub use current_user::{UserResource, WhenSignedIn, provide_current_user, use_current_user};
pub use done_notice::DoneNotice;
pub use github_form::{GithubForm, GithubUse};
pub use go_on::GoOnWhenSignedIn;
pub use link_page::LinkPage;
pub use live::Live;
pub use page_title::PageTitle;
pub use sign_out_form::SignOutForm;
pub use site_footer::SiteFooter;
pub use site_header::SiteHeader;
pub use start_link::StartLink;
pub use step_form::{Ask, StepForm};
pub use theme::{ChooseTheme, Theme, ThemeSwitch, choose_theme, use_theme};
pub use unauthorized::Unauthorized;
pub use unavailable::Unavailable;
pub use user_menu::UserMenu;

/// Id of the `<main>` element, the target of the skip link.
pub const CONTENT_ID: &str = "content";
