//! Suggestions for misspelled names.

/// The candidate that is closest to `name`, if it is close enough to be meant: misspelled, or with another ending, as
/// `retries` is for `retry`.
pub(crate) fn closest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = 1 + name.chars().count() / 4;
    let mut closest = None;
    let mut inflected = None;
    for candidate in candidates {
        let distance = distance(candidate, name);
        if distance <= limit && closest.is_none_or(|(best, _)| distance < best) {
            closest = Some((distance, candidate));
        }
        let begin = name.chars().zip(candidate.chars()).take_while(|(a, b)| a == b).count();
        let shorter = name.chars().count().min(candidate.chars().count());
        if begin >= 3 && begin + 2 >= shorter && inflected.is_none_or(|(longest, _)| begin > longest) {
            inflected = Some((begin, candidate));
        }
    }
    closest.or(inflected).map(|(_, candidate)| candidate)
}

/// `` `a`, `b` `` for a help text.
pub(crate) fn list<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    let quoted: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

/// The Levenshtein distance: the number of letters to insert, remove or replace.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, letter) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for j in 0..b.len() {
            let replaced = diagonal + usize::from(letter != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}
