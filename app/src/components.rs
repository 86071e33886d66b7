//! Pieces that know this app.

mod account_form;
mod brand;
mod broken;
mod connection_badge;
mod current_user;
mod github_form;
mod go_on;
mod page_title;
mod post_form;
mod route_announcer;
mod sign_out_form;
mod site_footer;
mod site_header;
mod start_link;
mod todos;
mod unauthorized;
mod unavailable;

pub use account_form::{AccountForm, use_account_form};
pub use brand::Brand;
pub use broken::Broken;
pub use connection_badge::ConnectionBadge;
pub use current_user::{UserResource, WhenSignedIn, provide_current_user, use_current_user};
pub use github_form::GithubForm;
pub use go_on::GoOnWhenSignedIn;
pub use page_title::PageTitle;
pub use post_form::{FormAction, PostForm};
pub use route_announcer::{CONTENT_ID, RouteAnnouncer};
pub use sign_out_form::SignOutForm;
pub use site_footer::SiteFooter;
pub use site_header::SiteHeader;
pub use start_link::StartLink;
pub use todos::TodoPanel;
pub use unauthorized::Unauthorized;
pub use unavailable::Unavailable;
