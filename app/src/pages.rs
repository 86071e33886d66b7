//! One route a file.

mod dashboard;
mod landing;
mod not_found;
mod protected;
mod settings;
mod sign_in;
mod sign_up;

pub use dashboard::DashboardPage;
pub use landing::LandingPage;
pub use not_found::NotFoundPage;
pub use protected::ProtectedPage;
pub use settings::SettingsPage;
pub use sign_in::SignInPage;
pub use sign_up::SignUpPage;
