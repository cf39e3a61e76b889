//! The user's state as JSON, and what of it has changed since the last record.
//!
//! A state that grows with each step would be written in proportion to its square. So a record has only the part of the
//! text that has changed, unless that is most of it.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A text between the first `prefix` and the last `suffix` bytes of another one: `[prefix, suffix, text]` in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Splice(usize, usize, String);

impl Splice {
    /// What leads from `old` to `new`. `None` if it is not much smaller than `new`.
    pub(super) fn between(old: &str, new: &str) -> Option<Self> {
        let is_same = |(one, other): &(u8, u8)| one == other;
        let mut prefix = old.bytes().zip(new.bytes()).take_while(is_same).count();
        while !new.is_char_boundary(prefix) {
            prefix -= 1;
        }
        let (old_rest, new_rest) = (&old[prefix..], &new[prefix..]);
        let mut suffix = old_rest.bytes().rev().zip(new_rest.bytes().rev()).take_while(is_same).count();
        while !new.is_char_boundary(new.len() - suffix) {
            suffix -= 1;
        }
        let text = &new[prefix..new.len() - suffix];
        // Quotes are escaped, so a text takes up to twice its length.
        if 2 * text.len() + 32 > new.len() {
            return None;
        }
        Some(Self(prefix, suffix, text.to_owned()))
    }

    /// Changes the text that it was made for.
    ///
    /// # Errors
    ///
    /// It was made for another text.
    pub(super) fn apply(&self, text: &mut String) -> Result<(), String> {
        let Self(prefix, suffix, new) = self;
        match text.len().checked_sub(*suffix) {
            Some(end) if *prefix <= end && text.is_char_boundary(*prefix) && text.is_char_boundary(end) => {
                text.replace_range(*prefix..end, new);
                Ok(())
            }
            _ => Err("a change of the state does not fit it".to_owned()),
        }
    }
}

/// The text of the state from record to record, behind this snapshot.
pub(super) struct StateText<'a> {
    snapshot: &'a str,
    text: Option<String>,
}

impl<'a> StateText<'a> {
    pub(super) fn new(snapshot: &'a str) -> Self {
        Self { snapshot, text: None }
    }

    /// What a record says of the state: another one, what has changed, or nothing.
    ///
    /// # Errors
    ///
    /// The change does not fit the state.
    pub(super) fn change(&mut self, state: Option<Box<RawValue>>, splice: Option<Splice>) -> Result<(), String> {
        if let Some(state) = state {
            self.text = Some(state.get().to_owned());
        }
        let Some(splice) = splice else { return Ok(()) };
        // The snapshot is read through for it, so only if there is need.
        let mut text = match self.text.take() {
            Some(text) => text,
            None => state_text(self.snapshot)?.to_owned(),
        };
        splice.apply(&mut text)?;
        self.text = Some(text);
        Ok(())
    }

    /// The present state.
    ///
    /// # Errors
    ///
    /// No record has changed it, and the text is not a snapshot.
    pub(super) fn into_text(self) -> Result<String, String> {
        match self.text {
            Some(text) => Ok(text),
            None => state_text(self.snapshot).map(str::to_owned),
        }
    }

    /// The present state. `None` if no record has changed it.
    pub(super) fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

#[derive(Deserialize)]
struct WithState<'a> {
    #[serde(borrow)]
    state: &'a RawValue,
}

/// The state in a recorded snapshot, as it is written there.
///
/// # Errors
///
/// It is not a snapshot.
pub(in crate::run) fn state_text(snapshot: &str) -> Result<&str, String> {
    let read: Result<WithState<'_>, _> = serde_json::from_str(snapshot);
    match read {
        Ok(WithState { state }) => Ok(state.get()),
        Err(error) => Err(format!("the snapshot cannot be read: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use fastrand::Rng;

    /// A text of letters of one to four bytes.
    fn random(rng: &mut Rng, len: usize) -> String {
        (0..len).filter_map(|_| rng.choice(['a', 'b', '"', 'ä', '€', '𝄞', '𝄢'])).collect()
    }

    #[test]
    fn splice_leads_from_one_text_to_the_other() {
        let mut rng = Rng::with_seed(1);
        let mut splices = 0;
        for _ in 0..20_000 {
            let len = rng.usize(..200);
            let (begin, end) = (random(&mut rng, len), random(&mut rng, 40));
            let mut middles = [(); 2].map(|()| rng.usize(..8)).map(|len| random(&mut rng, len));
            if rng.bool() {
                middles[0].clear();
            }
            let [mut old, new] = middles.map(|middle| format!("{begin}{middle}{end}"));
            if let Some(splice) = Splice::between(&old, &new) {
                splices += 1;
                splice.apply(&mut old).unwrap();
                assert_eq!(old, new);
            }
        }
        assert!(splices > 10_000, "{splices}");
    }

    #[test]
    fn small_or_other_text_is_written_whole() {
        assert_eq!(Splice::between("[1,2]", "[1,2,3]"), None);
        let (old, new) = ("a".repeat(100), "b".repeat(100));
        assert_eq!(Splice::between(&old, &new), None);
    }

    #[test]
    fn splice_of_another_text_is_refused() {
        for splice in [Splice(3, 0, String::new()), Splice(1, 2, String::new()), Splice(0, usize::MAX, String::new())] {
            assert!(splice.apply(&mut "xy".to_owned()).is_err(), "{splice:?}");
        }
        assert!(Splice(1, 0, String::new()).apply(&mut "ä".to_owned()).is_err(), "in the middle of a character");
    }

    #[test]
    fn state_text_is_that_of_the_snapshot() {
        assert_eq!(state_text(r#"{"version":1,"state":{ "a":[1.0] },"engine":{"state":2}}"#), Ok(r#"{ "a":[1.0] }"#));
        assert!(state_text("{}").is_err());
    }
}
