//! The variables that a `#[blocking]` statement moves, on every path around it.

use super::single_step;
use workflows_runtime::prelude::*;

single_step!(moved_variable_of_a_loop_is_left_on_every_path, Left(v: Vec<u32> = vec![1, 2]) -> u32 = 3, {
    let mut turns = 0;
    let sum = loop {
        turns += 1;
        if turns < 3 {
            continue;
        }
        #[blocking(cpu)]
        let sum: u32 = v.into_iter().sum();
        match sum {
            0 => return Ok(Stop(0)),
            1 => unreachable!("not in this test"),
            sum => break sum,
        }
    };
    Ok(Stop(sum))
});

single_step!(moved_variable_is_assigned_on_every_path, Assigned(text: String = "abc".into()) -> (String, usize) = ("dcba".into(), 8), {
    let mut text = text;
    let mut total = 0;
    while total < 7 {
        #[blocking(cpu)]
        let bytes = text.into_bytes();
        total += bytes.len();
        match bytes.len() {
            3 => text = String::from("abcde"),
            5 if total == 8 => {
                let reversed = "dcba";
                text = String::from(reversed);
            }
            _ => {
                if total == 1 {
                    text = String::new();
                } else {
                    return Ok(Stop((String::new(), total)));
                }
            }
        }
    }
    Ok(Stop((text, total)))
});

single_step!(variable_is_used_only_in_a_guard, Guard(n: u32 = 3) -> String = "less", {
    let mut limit = 1;
    #[blocking(cpu)]
    {
        limit += n;
    }
    let text = match n {
        n if n < limit => "less",
        _ => "more",
    };
    Ok(Stop(text.to_owned()))
});

single_step!(variable_is_used_only_as_a_width, Width(n: usize = 3) -> String = "    x 1.00", {
    let mut width = n;
    let mut precision = 1;
    #[blocking(cpu)]
    {
        width += 2;
        precision += 1;
    }
    Ok(Stop(format!("{:>width$} {:.precision$}", "x", 1.0)))
});

single_step!(keyword_is_used_only_in_a_format, Keyword(n: u32 = 3) -> String = "4    4", {
    let mut r#type = n;
    #[blocking(cpu)]
    {
        r#type += 1;
    }
    let r#match = 5;
    #[blocking(cpu)]
    let text = format!("{type}{type:>match$}");
    Ok(Stop(format!("{text:.match$}{type}", type = &text[5..], match = 5)))
});

single_step!(variable_without_a_value_is_assigned_in_each_branch, Branches(n: u32 = 3) -> (u32, u32) = (4, 6), {
    let sum;
    if n == 1 {
        #[blocking(cpu)]
        {
            sum = n + 2;
        }
    } else {
        #[blocking(cpu)]
        {
            sum = n + 1;
        }
    }
    let product;
    match n {
        1 => {
            #[blocking(cpu)]
            {
                product = n;
            }
        }
        _ => {
            #[blocking(cpu)]
            {
                product = n * 2;
            }
        }
    }
    Ok(Stop((sum, product)))
});

macro_rules! assign {
    ($place:ident = $value:expr) => {
        $place = $value
    };
    ($place:ident from ..$value:ident) => {
        $place += $value
    };
}

single_step!(variable_is_assigned_by_a_macro, ByMacro(n: u32 = 3) -> u32 = 12, {
    let mut total = n;
    let mut more = 1;
    assert_eq!(total, 3);
    #[blocking(cpu)]
    {
        more += 6;
    }
    #[blocking(cpu)]
    assign!(total = 5);
    #[blocking(cpu)]
    assign!(total from ..more);
    Ok(Stop(total))
});

/// Both the definition of the macro and its caller declare `x`.
macro_rules! two_variables {
    ($workflow:ident, $variable:ident, $value:expr) => {
        #[workflow]
        struct $workflow;

        #[workflow]
        impl $workflow {
            #[step]
            async fn only(&self, Start(n): Start<u32>) -> StepResult<Stop<(u32, u32)>> {
                let mut $variable = n;
                let mut x = 100;
                #[blocking(cpu)]
                {
                    x += 1;
                    $variable += $value;
                    x += $variable;
                }
                Ok(Stop((x, $variable)))
            }
        }
    };
}

two_variables!(Hygiene, x, x * 2);

#[tokio::test]
async fn variables_of_a_macro_and_its_caller_are_distinct() {
    assert_eq!(Hygiene.run(1).await.unwrap(), (104, 3));
}

trait Shape: Send {
    fn area(&self) -> u32;
}

struct Point;
struct Square(u32);

impl Shape for Point {
    fn area(&self) -> u32 {
        0
    }
}

impl Shape for Square {
    fn area(&self) -> u32 {
        self.0 * self.0
    }
}

single_step!(declared_types_coerce_values, Coerced(n: u32 = 3) -> u32 = 10, {
    #[blocking(cpu)]
    let shape: Box<dyn Shape> = if n == 0 { Box::new(Point) } else { Box::new(Square(n)) };
    #[blocking(cpu)]
    let next: Box<dyn Fn(u32) -> u32 + Send> = Box::new(|n| n.saturating_add(1));
    #[blocking(cpu)]
    let area = next(shape.area());
    Ok(Stop(area))
});

single_step!(other_attributes_of_a_statement_are_kept, Attributes(n: u32 = 3) -> u32 = 7, {
    let mut total = n;
    #[allow(unused_variables)]
    #[blocking(cpu)]
    let unused = n;
    #[allow(clippy::unit_arg)]
    #[blocking(cpu)]
    {
        total += 1;
    }
    #[cfg(any())]
    #[blocking(cpu)]
    {
        total += 100;
    }
    #[cfg(any())]
    #[blocking(cpu)]
    assert_eq!(total, 0);
    #[cfg(any())]
    #[blocking(cpu)]
    let total = 100;
    #[blocking(cpu)]
    #[cfg(not(any()))]
    {
        total += 3;
    }
    Ok(Stop(total))
});

struct Pair {
    x: u32,
    y: u32,
}

struct Two(u32, u32);

single_step!(variables_are_assigned_by_destructuring, Destructured(n: u32 = 2) -> Vec<u32> = vec![2, 5, 7, 4, 8, 9], {
    let (mut a, mut b, mut list) = (n, 1, vec![0]);
    for _ in 0..2 {
        #[blocking(cpu)]
        {
            (a, b) = (b, a + b);
        }
    }
    assert_eq!((a, b), (3, 4));
    let (first, second);
    #[blocking(cpu)]
    {
        Pair { x: a, y: b } = Pair { x: b, y: a };
        [list[0], a] = [a + 3, a - 2];
        Two(first, _) = Two(b + 1, 0);
        (second, (b, ..)) = (8, (b + 2, 1));
    }
    #[blocking(io)]
    Two(_, list[0]) = Two(a, list[0]);
    Ok(Stop(vec![a, b, list[0], first, second, 9]))
});
