//! The table at the end.

/// Measured values beside what they must reach.
#[derive(Default)]
pub(crate) struct Report(Vec<[String; 4]>);

impl Report {
    /// One line: what, the value, what it must reach, and a remark.
    pub(crate) fn add(&mut self, what: impl Into<String>, value: impl Into<String>, goal: impl Into<String>, remark: impl Into<String>) {
        self.0.push([what.into(), value.into(), goal.into(), remark.into()]);
    }

    pub(crate) fn print(&self) {
        let widths: Vec<usize> = (0..3).map(|column| self.0.iter().map(|row| row[column].chars().count()).max().unwrap_or(0)).collect();
        for [what, value, goal, remark] in &self.0 {
            println!("{what:w0$}  {value:>w1$}  {goal:w2$}  {remark}", w0 = widths[0], w1 = widths[1], w2 = widths[2]);
        }
    }
}

/// The value below which this share of the values lies.
pub(crate) fn percentile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    values[((values.len() - 1) as f64 * share).round() as usize]
}

/// The geometric mean.
pub(crate) fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let (sum, count) = values.into_iter().fold((0.0, 0), |(sum, count), value| (sum + value.ln(), count + 1));
    (sum / f64::from(count)).exp()
}
