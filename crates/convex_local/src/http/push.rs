//! What Convex's command line asks when it pushes functions. Nothing is pushed here: the answer says
//! what happens instead.

use http::StatusCode;

use super::caller::Administrator;
use super::error::ApiError;

/// Where it begins.
pub(super) const PATHS: [&str; 8] = [
    "/api/get_config",
    "/api/get_config_hashes",
    "/api/prepare_schema",
    "/api/push_config",
    "/api/deploy2/start_push",
    "/api/deploy2/evaluate_push",
    "/api/deploy2/wait_for_schema",
    "/api/deploy2/finish_push",
];

/// `npx convex dev`, `npx convex deploy`, `npx convex run --push`, …
pub(super) async fn refuse(_: Administrator) -> ApiError {
    ApiError::new(
        StatusCode::BAD_REQUEST,
        "PushNotSupported",
        "convex-local loads the functions from its convex/ folder and loads them anew whenever a \
         file in it changes: nothing needs to be pushed. Its log says what does not compile.",
    )
}
