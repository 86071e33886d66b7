//! Pieces that know this app.

mod brand;
mod page_title;
mod route_announcer;
mod site_footer;
mod site_header;

pub use brand::Brand;
pub use page_title::PageTitle;
pub use route_announcer::{CONTENT_ID, RouteAnnouncer};
pub use site_footer::SiteFooter;
pub use site_header::SiteHeader;
