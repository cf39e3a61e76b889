use workflows_runtime::nonblocking;

use dialoguer::{Confirm, Editor, FuzzySelect, Input, MultiSelect, Password, Select, Sort};

#[nonblocking(known_blocking)]
pub async fn prompts() -> Option<String> {
    let a = Confirm::new().with_prompt("a").interact().unwrap(); //~ BLOCKS
    let b: String = Input::new().with_prompt("b").interact_text().unwrap(); //~ BLOCKS
    let c = Select::new().items(["a", "b"]).interact_opt().unwrap(); //~ BLOCKS
    let d = MultiSelect::new().items(["a"]).interact().unwrap(); //~ BLOCKS
    let e = Password::new().with_prompt("e").interact().unwrap(); //~ BLOCKS
    let f = Sort::new().items(["a"]).interact().unwrap(); //~ BLOCKS
    let g = FuzzySelect::new().items(["a"]).interact().unwrap(); //~ BLOCKS
    drop((a, c, d, e, f, g));
    Editor::new().edit(&b).unwrap() //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn lines(mut editor: rustyline::DefaultEditor) -> rustyline::Result<String> {
    let line = editor.readline("> "); //~ BLOCKS
    editor.save_history("a")?; //~ BLOCKS
    line
}
