//! Times as renderers write them.

use std::time::Duration;

/// At most three digits and a unit, such as `12.3 ms`.
pub(super) fn short(time: Duration) -> String {
    let seconds = time.as_secs_f64();
    let (value, unit) = if time.is_zero() {
        return "0".to_owned();
    } else if seconds < 1e-3 {
        (seconds * 1e6, "µs")
    } else if seconds < 1.0 {
        (seconds * 1e3, "ms")
    } else if seconds < 120.0 {
        (seconds, "s")
    } else if seconds < 7_200.0 {
        (seconds / 60.0, "min")
    } else {
        (seconds / 3_600.0, "h")
    };
    let digits = match value {
        ..9.995 => 2,
        ..99.95 => 1,
        _ => 0,
    };
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text} {unit}")
}

#[cfg(test)]
mod tests {
    use super::short;
    use std::time::Duration;

    #[test]
    fn times_have_at_most_three_digits() {
        let cases = [
            (0, "0"),
            (1_500, "1.5 µs"),
            (12_345_678, "12.3 ms"),
            (250_000_000, "250 ms"),
            (3_000_000_000, "3 s"),
            (90_000_000_000, "90 s"),
            (600_000_000_000, "10 min"),
            (36_000_000_000_000, "10 h"),
        ];
        for (nanos, text) in cases {
            assert_eq!(short(Duration::from_nanos(nanos)), text);
        }
    }
}
