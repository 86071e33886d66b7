//! The guide's pages, one file for each.

mod dashboard;
mod landing;
mod not_found;
mod protected;

pub use dashboard::DashboardPage;
pub use landing::LandingPage;
pub use not_found::NotFoundPage;
pub use protected::ProtectedPage;
