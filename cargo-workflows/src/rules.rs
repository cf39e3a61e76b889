//! The rules besides the catalog: what offloads, what is trusted, which C functions wait.

use crate::name::{Name, is_path, segments};
use anyhow::bail;
use std::collections::HashMap;

const BUILTIN: &str = include_str!("rules.txt");

/// The rules of `rules.txt`, and those of the checked packages.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    /// By the last segment.
    offload: HashMap<String, Vec<Vec<String>>>,
    /// By crate.
    trusted: HashMap<String, Vec<Vec<String>>>,
    pub(crate) blocking: Vec<(String, String)>,
    pub(crate) foreign: Vec<(String, String)>,
}

impl Rules {
    pub(crate) fn builtin() -> Self {
        let mut rules = Self::default();
        for line in BUILTIN.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            rules.add(line).expect("the builtin rules are valid");
        }
        rules
    }

    /// Adds a rule, such as `offload my_pool::run`.
    ///
    /// # Errors
    ///
    /// Fails if the rule has another form.
    pub(crate) fn add(&mut self, rule: &str) -> anyhow::Result<()> {
        let (left, advice) = rule.split_once(" = ").unwrap_or((rule, ""));
        let Some((kind, path)) = left.trim().split_once(' ') else {
            bail!(
                "rule `{rule}` has no path: write it as `offload path`, `trusted path`, `blocks path` or `foreign name`"
            );
        };
        let path = path.trim();
        let parsed = segments(path).0;
        let Some(last) = parsed.last().cloned() else {
            bail!("rule `{rule}` has no path");
        };
        match kind {
            "offload" => self.offload.entry(last.trim_end_matches('*').to_owned()).or_default().push(parsed),
            "trusted" => self.trusted.entry(parsed[0].clone()).or_default().push(parsed),
            "blocks" => self.blocking.push((path.to_owned(), advice.to_owned())),
            "foreign" => self.foreign.push((path.to_owned(), advice.to_owned())),
            _ => bail!("rule `{rule}` has the unknown kind `{kind}`: use `offload`, `trusted`, `blocks` or `foreign`"),
        }
        Ok(())
    }

    /// Whether the function runs its closure on a thread that may block.
    pub(crate) fn is_offload(&self, name: &Name) -> bool {
        // `spawn_unchecked_` is also found by the pattern `spawn_unchecked*`.
        let last = name.last();
        let starts = [last, last.trim_end_matches('_')];
        let patterns = starts.iter().filter_map(|start| self.offload.get(*start)).flatten();
        patterns.into_iter().any(|pattern| is_path(&name.path, pattern))
    }

    /// Whether code of this crate, in this module, is part of a runtime.
    pub(crate) fn is_trusted(&self, krate: &str, path: &[String]) -> bool {
        let patterns = self.trusted.get(krate).into_iter().flatten();
        patterns.into_iter().any(|pattern| pattern.len() == 1 || path.starts_with(pattern))
    }
}

#[cfg(test)]
mod tests {
    use super::Rules;
    use crate::name::Name;

    #[test]
    fn offloads_are_recognized_by_their_path() {
        let rules = Rules::builtin();
        for name in [
            "tokio::task::blocking::spawn_blocking::<app::work, ()>",
            "<tokio::runtime::handle::Handle>::spawn_blocking::<app::work, ()>",
            "std::thread::functions::spawn::<app::work, ()>",
            "<std::thread::builder::Builder>::spawn_unchecked_::<app::work, ()>",
            "rayon_core::spawn::spawn::<app::work>",
        ] {
            assert!(rules.is_offload(&Name::parse(name)), "{name}");
        }
        for name in ["tokio::task::spawn::spawn::<app::work>", "app::spawn_blocking", "<app::Pool>::spawn"] {
            assert!(!rules.is_offload(&Name::parse(name)), "{name}");
        }
    }

    #[test]
    fn rules_of_a_package_extend_the_builtin_ones() {
        let mut rules = Rules::builtin();
        rules.add("offload app::Pool::run").unwrap();
        rules.add("trusted app::driver").unwrap();
        rules.add("blocks app::fetch = `fetch_async`").unwrap();
        assert!(rules.is_offload(&Name::parse("<app::pool::Pool>::run::<F>")));
        assert!(rules.is_trusted("app", &Name::parse("app::driver::poll").path));
        assert!(!rules.is_trusted("app", &Name::parse("app::main").path));
        assert!(rules.blocking.contains(&("app::fetch".to_owned(), "`fetch_async`".to_owned())));
    }

    #[test]
    fn unknown_rule_is_an_error() {
        let error = Rules::default().add("offlaod app::run").unwrap_err().to_string();
        assert!(error.contains("unknown kind `offlaod`"), "{error}");
        assert!(Rules::default().add("offload").is_err());
    }
}
