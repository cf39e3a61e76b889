//! The rules of `docs/behavior.md`: each one names its tests, and these tests exist.

use std::{fs, path::Path};

const PAGE: &str = include_str!("../../docs/behavior.md");

/// A list item of the page, with its links.
struct Rule {
    text: String,
    tests: Vec<Link>,
}

/// A link to a test: its name, and the path of its file.
struct Link {
    name: String,
    path: String,
}

fn rules() -> Vec<Rule> {
    let mut texts: Vec<String> = Vec::new();
    let mut in_rule = false;
    for line in PAGE.lines() {
        if line.starts_with("- ") {
            texts.push(line.to_owned());
            in_rule = true;
        } else if line.starts_with("  ") && in_rule {
            let text = texts.last_mut().expect("a rule before its continuation");
            text.push_str(line);
        } else {
            in_rule = false;
        }
    }
    texts.into_iter().map(|text| Rule { tests: links(&text), text }).collect()
}

/// Returns the links of the form ``[`name`](../path)``.
fn links(text: &str) -> Vec<Link> {
    let mut links = Vec::new();
    for part in text.split("[`").skip(1) {
        if let Some((name, rest)) = part.split_once("`](../")
            && let Some((path, _)) = rest.split_once(')')
        {
            links.push(Link { name: name.to_owned(), path: path.to_owned() });
        }
    }
    links
}

/// Panics unless the file exists, is the module of the test, and has the test.
fn assert_exists(Link { name, path }: &Link) {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    let source = fs::read_to_string(file).unwrap_or_else(|error| panic!("`{name}`, {path}: {error}"));
    // The tool, the terminal view and some examples have tests of their own.
    let below = match path.find("/tests/") {
        Some(before) => &path[before + 1..],
        None => path,
    };
    let module = below.strip_prefix("tests/").and_then(|path| path.strip_suffix(".rs")).expect("a path below `tests`");
    if let Some(case) = module.strip_prefix("ui/") {
        let case = case.replace("/fail/", "/").replace("/pass/", "/");
        assert_eq!(*name, case, "the name and the path of a ui case differ");
        return;
    }
    if module.starts_with("nonblocking/") {
        assert_eq!(name, module, "the name and the path of a program of the corpus differ");
        return;
    }
    let module = module.strip_prefix("it/").unwrap_or(module);
    let module = module.strip_suffix("/mod").or(module.strip_suffix("/main")).unwrap_or(module).replace('/', "::");
    let (of, test) = name.rsplit_once("::").expect("a test in a module");
    assert_eq!(of, module, "the module and the path of `{name}` differ");
    // A macro that declares a test takes its name first.
    let exists = source.contains(&format!("fn {test}()"))
        || source.contains(&format!("step!(\n    {test},"))
        || source.contains(&format!("step!({test},"));
    assert!(exists, "there is no test `{name}`");
}

#[test]
fn every_rule_names_existing_tests() {
    let rules = rules();
    let mut tests = 0;
    for rule in &rules {
        assert!(!rule.tests.is_empty(), "no test is named: {}", rule.text);
        rule.tests.iter().for_each(assert_exists);
        tests += rule.tests.len();
    }
    assert!(rules.len() > 150 && tests > 300, "only {} rules with {tests} tests", rules.len());
}
