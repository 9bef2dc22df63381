//! Names that look alike: what the author of a wrong name may have meant.

const NEAREST_MAX: usize = 3;
const NEAR_ENOUGH: f64 = 0.8;

/// Up to three of the names that are spelled almost like the wanted one, the nearest first.
pub fn nearest<'n>(wanted: &str, names: impl IntoIterator<Item = &'n str>) -> Vec<&'n str> {
    let lower = wanted.to_lowercase();
    let mut near: Vec<(f64, &str)> = names
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&lower, &name.to_lowercase()), name))
        .filter(|(nearness, _)| *nearness >= NEAR_ENOUGH)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
    near.dedup_by(|a, b| a.1 == b.1);
    near.into_iter().take(NEAREST_MAX).map(|(_, name)| name).collect()
}
