use workflows_runtime::prelude::*;

#[event]
struct A;
#[event]
struct B;
#[event]
struct C;

#[workflow]
struct Forms;

#[workflow]
impl Forms {
    #[step]
    async fn begin(&self, Start(n): Start<u32>) -> Result<Option<OneOf<A, (B, Option<C>), Vec<OneOf<A, B>>>>, std::fmt::Error> {
        Ok(match n {
            0 => None,
            1 => Some(A.emit()),
            2 => Some((B, None).emit()),
            _ => Some(vec![A.emit(), B.emit()].emit()),
        })
    }

    #[step]
    async fn unit(&self, _: A) {}

    #[step]
    async fn written_unit(&self, _: A) -> () {}

    #[step]
    async fn failing(&self, _: B) -> StepResult<()> {
        Err(StepError::msg("no"))
    }

    #[step]
    async fn boxed(&self, _: C) -> std::result::Result<std::option::Option<Stop<()>>, StepError> {
        Ok(None)
    }
}

fn main() {}
