//! The page of the guide shows this program: each block is a part of its source.

const PAGE: &str = include_str!("../../../workflows-runtime/docs/web_service.md");
const SOURCES: [&str; 2] = [include_str!("../src/order.rs"), include_str!("../src/service.rs")];

#[test]
fn blocks_of_the_guide_are_parts_of_this_program() {
    // Every second part between fences is a block.
    let blocks: Vec<&str> = PAGE.split("```").skip(1).step_by(2).filter(|block| block.starts_with('\n')).collect();
    assert!(blocks.len() > 5, "{} blocks", blocks.len());
    for block in blocks {
        let shown: Vec<&str> = block.lines().filter(|line| !line.starts_with("# ")).collect();
        let shown = shown.join("\n");
        assert!(SOURCES.iter().any(|source| source.contains(shown.trim())), "not in `examples/web/src`:\n{shown}");
    }
}
