//! Options that are constants: their checks, and their values.

use core::time::Duration;

/// The value of a count that is a constant. One that is refused is replaced.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "replaced")]
pub const fn count(count: usize) -> u32 {
    if count == 0 || count > u32::MAX as usize { 1 } else { count as u32 }
}

/// Checks a count that is a constant.
///
/// # Panics
///
/// Panics at compile time if it is 0 or too large.
#[track_caller]
pub const fn check_workers(count: usize) {
    assert!(count > 0, "W019: `workers` is 0\n  help: write a number of at least 1, or remove the option");
    assert!(count <= u32::MAX as usize, "W019: `workers` is too large\n  help: write a smaller number");
}

/// As [`check_workers`], of another option.
///
/// # Panics
///
/// Panics at compile time if it is 0 or too large.
#[track_caller]
pub const fn check_max_recoveries(count: usize) {
    assert!(count > 0, "W018: `max_recoveries` is 0\n  help: write a number of at least 1, or remove the option");
    assert!(count <= u32::MAX as usize, "W018: `max_recoveries` is too large\n  help: write a smaller number");
}

/// As [`check_workers`], of another option.
///
/// # Panics
///
/// Panics at compile time if it is 0.
#[track_caller]
pub const fn check_max_runs(count: usize) {
    assert!(count > 0, "W018: `max_runs` is 0\n  help: write a number of at least 1, or remove the option");
}

/// Checks a duration that is a constant.
///
/// # Panics
///
/// Panics at compile time if it is 0.
#[track_caller]
pub const fn check_timeout(after: Duration) {
    assert!(!after.is_zero(), "W018: this timeout is 0\n  help: write a longer duration, or remove the option");
}

/// The value of `recycle_after`, if it is a constant.
///
/// # Panics
///
/// Panics at compile time if it is 0 or too large.
#[cfg(feature = "isolated")]
#[must_use]
#[track_caller]
#[allow(clippy::cast_possible_truncation, reason = "checked")]
pub const fn calls(count: usize) -> u32 {
    assert!(count > 0, "W018: `recycle_after` is 0\n  help: write a number of at least 1, or remove the option");
    assert!(count <= u32::MAX as usize, "W018: `recycle_after` is too large\n  help: write a smaller number");
    count as u32
}

/// The value of `timeout`, if it is a constant.
///
/// # Panics
///
/// Panics at compile time if it is 0.
#[cfg(feature = "isolated")]
#[must_use]
#[track_caller]
pub const fn time_limit(after: Duration) -> Duration {
    check_timeout(after);
    after
}
