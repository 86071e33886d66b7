//! Components of this app for all kinds of pages.

mod brand;
mod broken;
mod done_notice;
mod footer;
mod header;
mod live;
mod page_title;
mod theme;
mod unavailable;

pub use brand::Brand;
pub use broken::Broken;
pub use done_notice::DoneNotice;
pub use footer::SiteFooter;
pub use header::SiteHeader;
pub use live::Live;
pub use page_title::PageTitle;
pub use theme::{ThemeSwitch, use_theme};
pub use unavailable::Unavailable;

/// Id of the `<main>` element, the target of the skip link.
pub const CONTENT_ID: &str = "content";
