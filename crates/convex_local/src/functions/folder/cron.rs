//! An entry of `crons.ts` at its place in the component tree.

use serde_json::Value as Json;

/// A function that `crons.ts` runs on a schedule.
#[derive(Clone, Debug)]
pub struct Cron {
    /// Its name, unique within its component.
    pub identifier: String,
    /// The component it belongs to, `""` for the app.
    pub component: String,
    /// `module:export`.
    pub path: String,
    /// The argument object in Convex's JSON encoding.
    pub args: Json,
    /// As `crons.ts` gives it: `{ "type": "interval", "minutes": 5 }`, `"hourly"`, `"daily"`,
    /// `"weekly"`, `"monthly"` with their fields, or `{ "type": "cron", "cron": "15 7 * * *" }`.
    pub schedule: Json,
}
