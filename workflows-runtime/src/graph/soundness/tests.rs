use super::{
    SoundnessBound,
    brute_force::BruteForce,
    explore::explore,
    net::Net,
    random::{Random, Style, random},
    verdict::Facts,
};
use crate::graph::workflow_graph::OutputShape;
use fastrand::Rng;

fn facts(net: &Net, bound: SoundnessBound) -> Facts {
    let (search, batches, run) = explore(net, bound);
    Facts::of(&search, &batches, &run)
}

/// How many graphs were compared in full, and how many of these stall.
#[derive(Default)]
struct Compared {
    graphs: usize,
    stalling: usize,
    incomplete: usize,
}

fn compare(seeds: std::ops::Range<u64>, style: Style) -> Compared {
    let bound = SoundnessBound::default().branches(2).sends(1).states(3_000);
    let mut compared = Compared::default();
    for seed in seeds {
        let Random { graph, .. } = random(&mut Rng::with_seed(seed), style);
        let net = Net::of(&graph);
        let found = BruteForce { graph: &graph, net: &net, branches: 2, sends: 1 }.run();
        let facts = facts(&net, bound);
        let say = || format!("seed {seed}, {style:?}:\n{}", graph.mermaid());
        for step in 0..net.steps.len() {
            let is_known = facts.runs[step] || !facts.is_exhaustive;
            assert!(!found.runs[step] || is_known, "step {step} runs, {}", say());
        }
        if !found.is_exhaustive || !facts.is_exhaustive {
            continue;
        }
        compared.graphs += 1;
        compared.stalling += usize::from(!found.stalls.is_empty());
        compared.incomplete += usize::from(!found.completes);
        assert_eq!(facts.runs, found.runs, "steps that run, {}", say());
        assert_eq!(facts.completes, found.completes, "completion, {}", say());
        let stalls: Vec<_> = facts.stalls.into_keys().collect();
        assert_eq!(stalls, found.stalls.into_iter().collect::<Vec<_>>(), "stalls, {}", say());
    }
    compared
}

#[test]
fn search_agrees_with_brute_force_on_flat_graphs() {
    let Compared { graphs, stalling, incomplete } = compare(0..120, Style::Flat);
    assert!(graphs >= 70 && stalling >= 40 && incomplete >= 5, "{graphs}, {stalling}, {incomplete}");
}

#[test]
fn search_agrees_with_brute_force_on_batches() {
    let Compared { graphs, stalling, incomplete } = compare(0..120, Style::Batches);
    assert!(graphs >= 40 && stalling >= 20 && incomplete >= 2, "{graphs}, {stalling}, {incomplete}");
}

#[test]
fn search_agrees_with_brute_force_on_races() {
    let Compared { graphs, stalling, incomplete } = compare(0..120, Style::Races);
    assert!(graphs >= 45 && stalling >= 40 && incomplete >= 5, "{graphs}, {stalling}, {incomplete}");
}

/// The rule of the compiler is silent where it does not know.
#[test]
fn refused_joins_never_run() {
    let mut refused = 0;
    for seed in 0..3_000 {
        let style = [Style::Flat, Style::Batches, Style::Races][usize::try_from(seed % 3).expect("a small number")];
        let random = random(&mut Rng::with_seed(seed), style);
        if random.refused.is_empty() {
            continue;
        }
        let net = Net::of(&random.graph);
        let facts = facts(&net, SoundnessBound::default().branches(2).states(300));
        for step in &random.refused {
            assert!(!facts.runs[*step], "`{}` runs, seed {seed}:\n{}", net.steps[*step].name, random.graph.mermaid());
        }
        refused += random.refused.len();
    }
    assert!(refused > 1_000, "{refused}");
}

/// A step that runs while another one emits nothing is reached around that one.
#[test]
fn paths_around_a_step_exist_where_brute_force_finds_a_run() {
    let (mut around, mut through_only) = (0, 0);
    for seed in 0..24 {
        let style = [Style::Flat, Style::Batches, Style::Races][usize::try_from(seed % 3).expect("a small number")];
        let Random { graph, .. } = random(&mut Rng::with_seed(seed), style);
        for through in 0..graph.steps.len() {
            let mut silenced = graph.clone();
            silenced.steps[through].output = OutputShape::Nothing;
            silenced.steps[through].sends.clear();
            let net = Net::of(&silenced);
            let found = BruteForce { graph: &silenced, net: &net, branches: 2, sends: 1 }.run();
            for (step, runs) in found.runs.iter().enumerate() {
                let path = graph.path_around(&graph.steps[step].name, &graph.steps[through].name);
                let names = || format!("{step} around {through}, seed {seed}:\n{}", graph.mermaid());
                assert!(path.is_some() || !runs, "{}", names());
                around += usize::from(*runs);
                through_only += usize::from(path.is_none());
            }
        }
    }
    assert!(around > 100 && through_only > 100, "{around}, {through_only}");
}
