//! Measures something beside its limit, in turns, in one process: what counts is the ratio.

use std::time::Instant;

/// One row of a bench's table.
pub(crate) struct Row {
    name: String,
    limit: Vec<f64>,
    ours: Vec<f64>,
    at_most: f64,
}

impl Row {
    /// `ours` is to take at most so many times what its limit takes.
    pub(crate) fn new(name: impl Into<String>, at_most: f64) -> Self {
        Self { name: name.into(), limit: Vec::new(), ours: Vec::new(), at_most }
    }

    /// Adds one round: the limit's figure, then ours, in the same unit.
    pub(crate) fn round(&mut self, limit: f64, ours: f64) {
        self.limit.push(limit);
        self.ours.push(ours);
    }

    /// The median over the rounds of ours by its limit.
    pub(crate) fn ratio(&self) -> f64 {
        median(self.limit.iter().zip(&self.ours).map(|(limit, ours)| ours / limit).collect())
    }

    /// Prints the medians, the ratio with its spread, and whether it is within bounds.
    pub(crate) fn print(&self, unit: &str) {
        let ratios: Vec<_> = self.limit.iter().zip(&self.ours).map(|(limit, ours)| ours / limit).collect();
        let (least, most) = ratios.iter().fold((f64::MAX, 0.0_f64), |(a, b), r| (a.min(*r), b.max(*r)));
        println!(
            "{:<44} {:>10.3} {:>10.3} {unit:<4} {:>6.2} x  [{least:.2}..{most:.2}]  at most {:.2}  {}",
            self.name,
            median(self.limit.clone()),
            median(self.ours.clone()),
            self.ratio(),
            self.at_most,
            if self.ratio() <= self.at_most { "ok" } else { "MISSED" },
        );
    }
}

/// The middle of the values.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// How many microseconds each of `times` repetitions takes.
pub(crate) async fn micros<F: Future>(times: u32, mut once: impl FnMut() -> F) -> f64 {
    let begun = Instant::now();
    for _ in 0..times {
        std::hint::black_box(once().await);
    }
    begun.elapsed().as_secs_f64() * 1e6 / f64::from(times)
}
