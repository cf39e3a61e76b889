//! Fields that are shared, also those that refer to their workflow, and own types with the names of cells.

use std::sync::{Arc, Mutex};
use workflows_runtime::prelude::*;

/// A cell of a sheet.
#[derive(Clone, Default)]
struct Cell(u64);

struct Sheet {
    cells: Vec<Cell>,
    check: Box<dyn Fn(&Cell) -> bool + Send + Sync>,
}

#[derive(Default)]
struct Registry {
    runs: Mutex<Vec<RunHandle<Sum>>>,
    last: Mutex<Option<Context<Sum>>>,
    counter: Mutex<std::cell::Cell<u64>>,
}

#[workflow]
struct Sum {
    sheet: Sheet,
    registry: Arc<Registry>,
    next: Option<Arc<Sum>>,
}

#[workflow]
impl Sum {
    #[step]
    async fn sum(&self, ctx: &Context<Self>, Start(first): Start<u64>) -> Stop<u64> {
        *self.registry.last.lock().unwrap() = Some(ctx.clone());
        let counted = self.sheet.cells.iter().filter(|cell| (self.sheet.check)(cell));
        Stop(first + counted.map(|cell| cell.0).sum::<u64>())
    }
}

#[tokio::main]
async fn main() {
    let sheet = Sheet { cells: vec![Cell(1), Cell(2)], check: Box::new(|cell| cell.0 > 1) };
    let sum = Arc::new(Sum { sheet, registry: Arc::default(), next: None });
    sum.registry.runs.lock().unwrap().push(sum.clone().run(0).start());
    sum.registry.counter.lock().unwrap().set(1);
    assert!(sum.next.is_none());
    assert_eq!(sum.run(5).await.unwrap(), 7);
}
