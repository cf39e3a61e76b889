//! Which of the workflows to draw.

use super::{Workflow, WorkflowOrParameters, inner::Inner};
use anyhow::bail;
use workflows_runtime::graph::WorkflowGraph;

/// The workflow with this name, or the only one if the name is empty. `inner` finds those in functions, if none fits.
///
/// # Errors
///
/// Fails if none or several fit, or if the one that fits needs type arguments.
pub(super) fn choose<'a>(
    workflows: &'a [Workflow],
    wanted: &str,
    inner: impl Fn() -> anyhow::Result<Vec<Inner>>,
) -> anyhow::Result<&'a WorkflowGraph> {
    let found: Vec<&Workflow> = workflows.iter().filter(|workflow| is_named(&workflow.path, wanted)).collect();
    let inner = if found.is_empty() { inner()? } else { Vec::new() };
    if let Some(inner) = inner.iter().find(|inner| is_last_segment(&inner.name, wanted)) {
        bail!(
            "{}, where its graph cannot be read\n\
             help: move it out of the function, for example into a module of its own",
            inner.place()
        );
    }
    if workflows.is_empty() {
        let mut notes = String::new();
        for inner in &inner {
            notes = format!("{notes}\nnote: {}, so it is not found", inner.place());
        }
        bail!(
            "no workflow is in the selected targets\n\
             help: select others with `--examples`, `--tests`, or `-p` and the name of a package{notes}"
        );
    }
    match &found[..] {
        [] => bail!(
            "no workflow is named `{wanted}`\n\
             help: choose one of these, or select other targets, such as `--examples`:\n{}",
            list(workflows.iter())
        ),
        [Workflow { path, graph }] => match graph {
            WorkflowOrParameters::Graph(graph) => Ok(graph),
            WorkflowOrParameters::Parameters(parameters) => {
                let name = last_segment(path);
                bail!(
                    "`{path}` is generic over `{parameters}`\n\
                     help: name its arguments, as in `cargo workflows graph '{name}<..>'`, where the types are those \
                     that its module sees"
                )
            }
        },
        several => bail!(
            "{}\nhelp: choose one of them, as in `cargo workflows graph {}`:\n{}",
            match wanted {
                "" => "there are several workflows".to_owned(),
                name => format!("several workflows are named `{name}`"),
            },
            shortest(several, &several[0].path),
            list(several.iter().copied())
        ),
    }
}

fn list<'a>(workflows: impl Iterator<Item = &'a Workflow>) -> String {
    let lines: Vec<String> = workflows.map(|workflow| format!("  {}", workflow.line())).collect();
    lines.join("\n")
}

/// Whether `wanted` is the path or its last segments. Everything is named by nothing.
fn is_named(path: &str, wanted: &str) -> bool {
    let [path, wanted] = [path, wanted].map(|text| text.replace(' ', ""));
    let wanted = wanted.strip_prefix("crate::").unwrap_or(&wanted);
    let Some(before) = path.strip_suffix(wanted) else { return false };
    wanted.is_empty() || before.is_empty() || before.ends_with("::")
}

/// Whether `wanted` ends with this name, without its arguments.
fn is_last_segment(name: &str, wanted: &str) -> bool {
    let without_arguments = wanted.split('<').next().unwrap_or(wanted).trim_end();
    last_segment(without_arguments) == name
}

/// As many of the last segments of `path` as no other has.
fn shortest<'a>(workflows: &[&Workflow], path: &'a str) -> &'a str {
    let starts = path.match_indices("::").map(|(at, _)| at + 2);
    let mut names: Vec<&str> = starts.map(|start| &path[start..]).collect();
    names.reverse();
    let is_only = |name: &&str| workflows.iter().filter(|workflow| is_named(&workflow.path, name)).count() == 1;
    names.into_iter().find(is_only).unwrap_or(path)
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::{choose, is_last_segment, is_named, shortest};
    use crate::graph::{Workflow, WorkflowOrParameters};

    fn generic(path: &str) -> Workflow {
        Workflow { path: path.to_owned(), graph: WorkflowOrParameters::Parameters("T: Send".to_owned()) }
    }

    fn refusal(workflows: &[Workflow], wanted: &str) -> String {
        choose(workflows, wanted, || Ok(Vec::new())).expect_err("a refusal").to_string()
    }

    #[test]
    fn workflow_is_named_by_the_end_of_its_path() {
        for name in ["", "Digest", "pages::Digest", "app::pages::Digest", "crate::pages::Digest"] {
            assert!(is_named("app::pages::Digest", name), "{name}");
        }
        for name in ["igest", "pages", "es::Digest", "web::Digest", "Digest<u8>"] {
            assert!(!is_named("app::pages::Digest", name), "{name}");
        }
        assert!(is_named("app::Pages<Disk, 2>", "Pages<Disk,2>"));
    }

    #[test]
    fn workflow_in_a_function_is_named_by_its_last_segment() {
        for wanted in ["Digest", "main::Digest", "Digest<u8>", "app::Digest<app::Disk>"] {
            assert!(is_last_segment("Digest", wanted), "{wanted}");
        }
        assert!(!is_last_segment("Digest", "MyDigest") && !is_last_segment("Digest", "Digest::Other"));
    }

    #[test]
    fn choice_among_several_names_a_path_that_fits_one() {
        let workflows = [generic("app::a::Poll"), generic("app::b::Poll"), generic("app::Digest")];
        let all: Vec<&Workflow> = workflows.iter().collect();
        assert_eq!(shortest(&all, "app::b::Poll"), "b::Poll");
        assert_eq!(shortest(&all, "app::Digest"), "Digest");
        let text = refusal(&workflows, "Poll");
        assert!(
            text.starts_with(
                "several workflows are named `Poll`\nhelp: choose one of them, as in `cargo workflows graph a::Poll`"
            ),
            "{text}"
        );
        assert!(!text.contains("Digest"), "{text}");
        assert!(refusal(&workflows, "").starts_with("there are several workflows\n"));
        let text = refusal(&workflows, "Pol");
        assert!(text.starts_with("no workflow is named `Pol`\n") && text.contains("  app::Digest<..>"), "{text}");
        assert!(refusal(&[], "Poll").starts_with("no workflow is in the selected targets\n"));
    }

    #[test]
    fn generic_workflow_needs_its_arguments() {
        let text = refusal(&[generic("app::Poll")], "Poll");
        assert!(text.starts_with("`app::Poll` is generic over `T: Send`\nhelp: name its arguments"), "{text}");
    }
}
