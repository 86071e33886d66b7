//! The times at which a cron is to run: the schedules of `crons.ts`, all in UTC.
//!
//! Source: `crates/model/src/cron_jobs/next_ts.rs` of the original. Where it leaves the minute to
//! the backend, this backend uses the full hour.

use chrono::{DateTime, Utc};
use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use serde::Deserialize;
use serde_json::Value as Json;

const MINUTE_MS: f64 = 60_000.0;

/// A parsed schedule.
#[derive(Clone, Debug)]
pub(crate) enum Schedule {
    /// Every so many milliseconds, beginning at once.
    Every(f64),
    /// At the times of a cron expression of five fields.
    At(Box<Cron>),
}

/// The error of an invalid schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the schedule {schedule} is not understood: {reason}")]
pub(crate) struct BadSchedule {
    schedule: String,
    reason: String,
}

/// A schedule as `crons.ts` exports it.
#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
enum Exported {
    Interval {
        seconds: Option<u32>,
        minutes: Option<u32>,
        hours: Option<u32>,
    },
    Hourly {
        #[serde(rename = "minuteUTC", default)]
        minute: u32,
    },
    Daily {
        #[serde(flatten)]
        time: Time,
    },
    Weekly {
        #[serde(rename = "dayOfWeek")]
        day: String,
        #[serde(flatten)]
        time: Time,
    },
    Monthly {
        day: u32,
        #[serde(flatten)]
        time: Time,
    },
    Cron {
        cron: String,
    },
}

#[derive(Deserialize)]
struct Time {
    #[serde(rename = "hourUTC")]
    hour: u32,
    #[serde(rename = "minuteUTC", default)]
    minute: u32,
}

impl Schedule {
    /// Parses a schedule in the JSON of `crons.ts`.
    pub(crate) fn parse(json: &Json) -> Result<Self, BadSchedule> {
        let bad = |reason: String| BadSchedule {
            schedule: json.to_string(),
            reason,
        };
        let exported = Exported::deserialize(json).map_err(|error| bad(error.to_string()))?;
        let expression = match exported {
            Exported::Interval {
                seconds,
                minutes,
                hours,
            } => {
                let minutes =
                    f64::from(minutes.unwrap_or(0)) + 60.0 * f64::from(hours.unwrap_or(0));
                let every = minutes * MINUTE_MS + 1_000.0 * f64::from(seconds.unwrap_or(0));
                if every <= 0.0 {
                    return Err(bad("the interval is empty".to_owned()));
                }
                return Ok(Self::Every(every));
            }
            Exported::Hourly { minute } => format!("{minute} * * * *"),
            Exported::Daily { time } => time.expression("* * *"),
            Exported::Weekly { day, time } => {
                let day: String = day.chars().take(3).collect();
                time.expression(&format!("* * {}", day.to_uppercase()))
            }
            Exported::Monthly { day, time } => time.expression(&format!("{day} * *")),
            Exported::Cron { cron } if is_unknown_to_convex(&cron) => {
                let reason = "Sunday is 0 or SUN, and names such as @daily are unknown";
                return Err(bad(reason.to_owned()));
            }
            Exported::Cron { cron } => cron,
        };
        let parser = CronParser::builder()
            .seconds(Seconds::Disallowed)
            .year(Year::Disallowed)
            .build();
        let cron = parser.parse(&expression).map_err(|e| bad(e.to_string()))?;
        Ok(Self::At(Box::new(cron)))
    }

    /// Returns the first run of a cron that is new at `now_ms`, in milliseconds since 1970; `None` for a time that
    /// never comes.
    pub(crate) fn first(&self, now_ms: f64) -> Option<f64> {
        match self {
            Self::Every(_) => Some(now_ms),
            Self::At(_) => self.after(now_ms, now_ms),
        }
    }

    /// Returns the next run after one that was due at `due_ms`: a time after `now_ms`, so that missed runs are
    /// skipped.
    pub(crate) fn after(&self, due_ms: f64, now_ms: f64) -> Option<f64> {
        match self {
            Self::Every(every) => {
                let missed = ((now_ms - due_ms) / every).floor().max(0.0);
                Some(due_ms + (missed + 1.0) * every)
            }
            Self::At(cron) => {
                #[expect(clippy::cast_possible_truncation, reason = "saturates")]
                let from = due_ms.max(now_ms) as i64;
                let from = DateTime::<Utc>::from_timestamp_millis(from)?;
                let next = cron.find_next_occurrence(&from, false).ok()?;
                #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
                let next = next.timestamp_millis() as f64;
                Some(next)
            }
        }
    }
}

/// Returns whether an expression uses what the parser here knows and that of a deployment does not (`saffron`, as
/// forked by `get-convex`): 7 for Sunday, and names of schedules.
fn is_unknown_to_convex(expression: &str) -> bool {
    let days = expression.split_whitespace().nth(4).unwrap_or_default();
    let mut days = days.split([',', '-']);
    let is_seven = |day: &str| day.split(['/', '#', 'L', 'l']).next() == Some("7");
    expression.contains('@') || days.any(is_seven)
}

impl Time {
    fn expression(&self, days: &str) -> String {
        format!("{} {} {days}", self.minute, self.hour)
    }
}

/// Formats a time for logs.
pub(crate) fn shown(ms: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "saturates")]
    let time = DateTime::<Utc>::from_timestamp_millis(ms as i64);
    time.map_or_else(
        || "never".to_owned(),
        |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn ms(text: &str) -> f64 {
        let time = DateTime::parse_from_rfc3339(text).expect("a time");
        #[expect(clippy::cast_precision_loss, reason = "far below 2^53")]
        let ms = time.timestamp_millis() as f64;
        ms
    }

    fn next(schedule: &Json, now: &str) -> String {
        let schedule = Schedule::parse(schedule).expect("a schedule");
        shown(schedule.first(ms(now)).expect("a time"))
    }

    /// The times are those of Convex's own tests (`next_ts.rs`).
    #[test]
    fn schedules_name_the_next_time() {
        let now = "2023-02-28T08:35:00Z";
        for (schedule, expected) in [
            (
                json!({"type": "interval", "minutes": 1}),
                "2023-02-28 08:35:00 UTC",
            ),
            (
                json!({"type": "hourly", "minuteUTC": 5}),
                "2023-02-28 09:05:00 UTC",
            ),
            (json!({"type": "hourly"}), "2023-02-28 09:00:00 UTC"),
            (
                json!({"type": "daily", "hourUTC": 8, "minuteUTC": 30}),
                "2023-03-01 08:30:00 UTC",
            ),
            (
                json!({"type": "weekly", "dayOfWeek": "tuesday", "hourUTC": 12, "minuteUTC": 30}),
                "2023-02-28 12:30:00 UTC",
            ),
            (
                json!({"type": "monthly", "day": 1, "hourUTC": 12, "minuteUTC": 30}),
                "2023-03-01 12:30:00 UTC",
            ),
            (
                json!({"type": "cron", "cron": "0 12 * * 1,5"}),
                "2023-03-03 12:00:00 UTC",
            ),
            (
                json!({"type": "cron", "cron": "*/7 * * * *"}),
                "2023-02-28 08:42:00 UTC",
            ),
        ] {
            assert_eq!(next(&schedule, now), expected, "{schedule}");
        }
    }

    #[test]
    fn missed_times_are_skipped() {
        let every = Schedule::parse(&json!({"type": "interval", "seconds": 10})).expect("good");
        assert_eq!(every.after(0.0, 5_000.0), Some(10_000.0));
        assert_eq!(every.after(0.0, 35_000.0), Some(40_000.0));
        let daily = Schedule::parse(&json!({"type": "daily", "hourUTC": 8})).expect("good");
        let due = ms("2023-02-28T08:00:00Z");
        let late = ms("2023-03-05T09:00:00Z");
        let next = daily.after(due, late).map(shown);
        assert_eq!(next.as_deref(), Some("2023-03-06 08:00:00 UTC"));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in [
            json!({"type": "interval"}),
            json!({"type": "cron", "cron": "every day"}),
            json!({"type": "cron", "cron": "0 0 12 * * 1"}),
            json!({"type": "cron", "cron": "0 12 * * 7"}),
            json!({"type": "cron", "cron": "0 12 * * 1,5-7/2"}),
            json!({"type": "cron", "cron": "@daily"}),
            json!({"type": "fortnightly"}),
        ] {
            assert!(Schedule::parse(&bad).is_err(), "{bad}");
        }
    }
}
