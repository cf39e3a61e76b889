//! `#[blocking]` statements whose variables closures and references mention, without a borrow over the statement.

use super::single_step;
use workflows_runtime::prelude::*;

#[derive(Clone)]
struct Document {
    title: String,
    label: &'static str,
    pages: Vec<u64>,
}

fn document() -> Document {
    Document { title: "notes".into(), label: "new", pages: vec![1, 2] }
}

static DRAFT: Document = Document { title: String::new(), label: "draft", pages: Vec::new() };

single_step!(closure_that_is_done_borrows_nothing, Done(numbers: Vec<u64> = vec![1, 2]) -> u64 = 10, {
    let length = || numbers.len() as u64;
    let before = length();
    #[blocking(cpu)]
    let sum: u64 = numbers.iter().sum();
    let length = || numbers.len() as u64;
    Ok(Stop(sum + before + length() + numbers[0] + numbers[1]))
});

single_step!(closure_over_a_static_reference_borrows_no_variable, Static(n: usize = 1) -> usize = 18, {
    let name = "abc";
    let draft = &DRAFT;
    let length = || name.len() + draft.label.len() + draft.title.len();
    #[blocking(cpu)]
    let sum = name.len() + draft.pages.len() + n;
    let later = length();
    assert!(draft.pages.is_empty());
    Ok(Stop(sum + later + name.len() * 2))
});

single_step!(closure_over_a_reference_in_a_field_borrows_no_variable, Part(n: usize = 1) -> usize = 8, {
    let document = document();
    let length = || document.label.len();
    #[blocking(cpu)]
    let pages = document.pages.len() + document.title.len() - 3;
    let later = length();
    Ok(Stop(pages + later + document.pages.len() - n))
});

single_step!(boxed_reference_borrows_no_variable, Boxed(n: usize = 1) -> usize = 10, {
    let name: Box<&'static str> = Box::new("abc");
    let length = || name.len();
    #[blocking(cpu)]
    let first = name.len();
    Ok(Stop(length() + first + name.len() + n))
});

single_step!(coerced_reference_borrows_no_variable, Coerced(n: usize = 1) -> usize = 10, {
    let name = "abc";
    #[allow(clippy::needless_borrow, reason = "the program under test")]
    let same: &str = &name;
    #[blocking(cpu)]
    let first = name.len();
    Ok(Stop(same.len() + first + name.len() + n))
});

single_step!(pattern_copies_out_of_a_reference, Pattern(n: usize = 3) -> usize = 15, {
    let &copy = &n;
    #[blocking(cpu)]
    let square = n.pow(2);
    Ok(Stop(copy + square + n))
});

single_step!(moving_closure_borrows_no_variable, Moving(n: usize = 3) -> usize = 15, {
    let add = move |other: usize| n.saturating_add(other);
    #[blocking(cpu)]
    let square = n.pow(2);
    Ok(Stop(add(n) + square))
});

single_step!(closure_has_its_own_variable_of_the_name, Own(n: Vec<u64> = vec![3]) -> u64 = 18, {
    let twice = |n: &u64| *n + n;
    let fixed = || {
        let n = 3;
        let same = &n;
        n + u64::from(*same == 3)
    };
    #[blocking(cpu)]
    let sum: u64 = n.iter().sum();
    Ok(Stop(twice(&n[0]) + sum + n[0] + fixed() + 2))
});

single_step!(code_that_does_not_exist_borrows_nothing, Absent(n: Vec<u64> = vec![3]) -> u64 = 7, {
    let one = || {
        #[cfg(any())]
        let all = &n;
        #[cfg(any())]
        n.len();
        1
    };
    #[blocking(cpu)]
    let sum: u64 = n.iter().sum();
    Ok(Stop(one() + sum + n[0]))
});

single_step!(future_is_created_again_after_the_statement, Future(n: Vec<u64> = vec![3]) -> u64 = 5, {
    let length = async { n.len() as u64 };
    let before = length.await;
    #[blocking(cpu)]
    let sum: u64 = n.iter().sum();
    let length = async { n.len() as u64 };
    Ok(Stop(before + sum + length.await))
});

fn width(size: &'static str) -> usize {
    size.len()
}

single_step!(reference_to_a_static_moves, Moved(n: usize = 1) -> usize = 12, {
    let draft = &DRAFT;
    let five = &5;
    let leaked = &mut *Box::leak(Box::new(0));
    #[blocking(cpu)]
    let sum = {
        *leaked += 1;
        width(draft.label) + five + n
    };
    Ok(Stop(sum + *leaked))
});

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

single_step!(fields_behind_a_reference_are_copied, Copied(size: Size = Size { width: 3, height: 4 }) -> u32 = 12, {
    let borrowed = &size;
    #[blocking(cpu)]
    let area = u32::saturating_mul(borrowed.width, borrowed.height);
    Ok(Stop(area))
});

#[derive(Clone, Serialize, Deserialize)]
struct Request {
    body: String,
    size: u64,
}

fn request() -> Request {
    Request { body: "abc".into(), size: 4 }
}

single_step!(field_that_is_bound_first_is_consumed_by_a_method, Bound(request: Request = request()) -> u64 = 7, {
    let body = request.body;
    #[blocking(io)]
    let bytes = body.into_bytes();
    Ok(Stop(request.size + bytes.len() as u64))
});
