use workflows_runtime::prelude::*;

#[event]
enum Shape {
    Circle { radius: f64 },
    Square(f64),
    Point,
}

#[workflow]
struct Shapes;

#[workflow]
impl Shapes {
    #[step]
    async fn begin(&self, Start(size): Start<f64>) -> (Shape, Shape) {
        (Shape::Circle { radius: size }, Shape::Square(size))
    }

    #[step]
    async fn area(&self, shape: Shape) -> Option<Stop<f64>> {
        match shape {
            Shape::Circle { radius } => Some(Stop(radius * radius * 3.0)),
            Shape::Square(side) => Some(Stop(side * side)),
            Shape::Point => None,
        }
    }

    #[step]
    async fn log(&self, shape: Shape) {
        println!("{shape:?}");
    }

    #[step]
    async fn pairs(&self, [one, other]: [Shape; 2]) {
        println!("{one:?} {other:?}");
    }
}

fn main() {}
