use std::rc::Rc;

/// A document with parts that only one thread uses.
pub struct Document {
    pub root: Node,
}

pub enum Node {
    Text(String),
    Shared(Rc<Node>),
}
