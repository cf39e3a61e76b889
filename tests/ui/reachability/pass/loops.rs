use workflows_runtime::prelude::*;

#[event]
struct Draft {
    version: u32,
}
#[event]
struct Review {
    version: u32,
}

#[workflow]
struct Desk;

#[workflow]
impl Desk {
    #[step]
    async fn write(&self, _: Start<()>) -> Draft {
        Draft { version: 1 }
    }

    #[step]
    async fn review(&self, Draft { version }: Draft) -> OneOf<Review, Stop<u32>> {
        if version > 3 { Stop(version).emit() } else { Review { version }.emit() }
    }

    #[step]
    async fn improve(&self, Review { version }: Review) -> OneOf<Draft, Review> {
        Draft { version: version + 1 }.emit()
    }
}

fn main() {}
