use workflows_runtime::prelude::*;

#[event]
struct Row(u32);
#[event]
struct Sum(u32);
#[event]
struct Skipped;

#[workflow]
struct Grid;

#[workflow]
impl Grid {
    #[step]
    async fn rows(&self, Start(rows): Start<Vec<Vec<u32>>>) -> StepResult<Vec<Vec<OneOf<Row, Skipped>>>> {
        let cell = |n| if n == 0 { Skipped.emit() } else { Row(n).emit() };
        Ok(rows.into_iter().map(|row| row.into_iter().map(cell).collect()).collect())
    }

    #[step]
    async fn skip(&self, _: Skipped) {}

    #[step]
    async fn sum(&self, row: Vec<Row>) -> Sum {
        Sum(row.iter().map(|Row(n)| n).sum())
    }

    #[step]
    async fn total(&self, sums: Vec<Sum>) -> Stop<u32> {
        Stop(sums.iter().map(|Sum(n)| n).sum())
    }
}

fn main() {}
