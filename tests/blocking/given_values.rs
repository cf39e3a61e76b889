//! Fields and `Copy` variables that a `#[blocking]` statement takes as values.

use super::single_step;
use std::sync::Arc;
use workflows_runtime::prelude::*;

#[derive(Clone, Serialize, Deserialize)]
struct Document {
    title: String,
    text: String,
    size: Size,
}

#[derive(Clone, Copy, Serialize, Deserialize)]
struct Size {
    width: u32,
    height: u32,
}

fn document() -> Document {
    Document { title: "notes".into(), text: "abc".into(), size: Size { width: 3, height: 4 } }
}

fn consume(text: String) -> usize {
    text.len()
}

fn area(width: u32, height: u32) -> u32 {
    width * height
}

single_step!(field_is_consumed_and_another_used_later, Field(d: Document = document()) -> (String, usize) = ("notes".into(), 3), {
    #[blocking(io)]
    let length = consume(d.text);
    Ok(Stop((d.title, length)))
});

single_step!(nested_fields_are_consumed_one_by_one, Fields(d: (Document, String) = (document(), "x".into())) -> (String, String) = ("abc x".into(), "notes".into()), {
    #[blocking(cpu)]
    let joined = [d.0.text, d.1].join(" ");
    Ok(Stop((joined, d.0.title)))
});

single_step!(field_is_consumed_and_assigned_again, Assigned(d: Document = document()) -> (String, String) = ("abcabc".into(), "notes".into()), {
    let mut d = d;
    #[blocking(cpu)]
    let text = std::convert::identity(d.text);
    d.text = text.repeat(2);
    Ok(Stop((d.text, d.title)))
});

single_step!(field_of_an_arc_is_copied, Shared(d: Document = document()) -> (u32, String) = (12, "notes".into()), {
    let d = Arc::new(d);
    #[blocking(cpu)]
    let area = area(d.size.width, d.size.height);
    Ok(Stop((area, d.title.clone())))
});

single_step!(field_is_consumed_in_a_branch, Branch(d: (String, bool, u8) = ("abc".into(), true, 9)) -> (u8, usize) = (9, 3), {
    #[blocking(cpu)]
    let length = if d.1 { consume(d.0) } else { 0 };
    Ok(Stop((d.2, length)))
});

single_step!(struct_of_fields_is_made, Struct(d: Document = document()) -> (String, String) = ("abc".into(), "notes".into()), {
    struct Text {
        text: String,
        width: u32,
    }
    #[blocking(cpu)]
    let made = Text { text: d.text, width: d.size.width };
    assert_eq!(made.width, 3);
    Ok(Stop((made.text, d.title)))
});

single_step!(copy_variable_is_used_while_it_is_borrowed, Borrowed(n: u32 = 3) -> (u32, u32, u32) = (3, 3, 12), {
    let before = &n;
    #[blocking(cpu)]
    let product = area(n, n + 1);
    Ok(Stop((*before, n, product)))
});

single_step!(copy_field_is_used_while_its_struct_is_borrowed, BorrowedField(size: Size = document().size) -> (u32, u32) = (3, 12), {
    let before = &size;
    #[blocking(cpu)]
    let product = area(size.width, size.height);
    Ok(Stop((before.width, product)))
});

single_step!(copy_variable_is_an_index_while_it_is_borrowed, Index(v: Vec<u32> = vec![3, 4, 5]) -> (u32, Vec<u32>, usize) = (4, vec![4, 5], 2), {
    let at = 1;
    let next = || at + 1;
    #[blocking(cpu)]
    let element = v[at];
    #[blocking(cpu)]
    let rest = v[at..].to_vec();
    Ok(Stop((element, rest, next() * at)))
});

single_step!(mutable_borrow_lasts_over_the_statement, Mutable(n: u32 = 3) -> (u32, u32) = (4, 9), {
    let mut n = n;
    let twice = n + n;
    #[blocking(cpu)]
    let product = area(n, twice / 2);
    let last = &mut n;
    *last += 1;
    Ok(Stop((n, product)))
});

single_step!(changed_variable_still_moves_back, Changed(v: Vec<u32> = vec![1]) -> (Vec<u32>, u32) = (vec![1, 5], 5), {
    let mut v = v;
    let n = 5;
    #[blocking(cpu)]
    v.push(n);
    Ok(Stop((v, n)))
});

single_step!(value_and_reference_in_one_statement, Both(d: Document = document()) -> (usize, String) = (8, "notes".into()), {
    let n = 5;
    let r = &n;
    #[blocking(cpu)]
    let length = consume(d.text) + usize::try_from(n).unwrap();
    assert_eq!(*r, n);
    Ok(Stop((length, d.title)))
});

single_step!(inner_variable_of_the_same_name_is_another_one, Inner(n: u32 = 3) -> (u32, u32) = (9, 3), {
    #[blocking(cpu)]
    let product = {
        let n = area(n, 1);
        area(n, n)
    };
    Ok(Stop((product, n)))
});

single_step!(value_of_a_loop_is_copied_in_each_turn, Turns(n: u32 = 3) -> (u32, u32) = (9, 3), {
    let mut sum = 0;
    for _ in 0..3 {
        #[blocking(cpu)]
        let next = area(n, 1);
        sum += next;
    }
    Ok(Stop((sum, n)))
});

single_step!(early_return_keeps_the_other_fields, Early(d: (String, bool, u8) = ("abc".into(), false, 9)) -> (u8, usize) = (9, 3), {
    #[blocking(cpu)]
    let length = {
        if d.1 {
            return Ok(Stop((0, 0)));
        }
        consume(d.0)
    };
    Ok(Stop((d.2, length)))
});

fn parse(text: String) -> Result<u32, std::num::ParseIntError> {
    text.parse()
}

single_step!(question_mark_consumes_a_field, Question(d: (String, String) = ("7".into(), "seven".into())) -> (u32, String) = (7, "seven".into()), {
    #[blocking(io)]
    let n = parse(d.0)?;
    Ok(Stop((n, d.1)))
});

#[derive(Clone, Serialize, Deserialize)]
struct Token {
    r#type: String,
    r#match: (u32, (u32, String)),
}

fn token() -> Token {
    Token { r#type: "abc".into(), r#match: (1, (2, "x".into())) }
}

single_step!(fields_and_variables_may_be_keywords, Keywords(r#type: Token = token()) -> (usize, usize, u32) = (3, 1, 9), {
    #[blocking(cpu)]
    let length = consume(r#type.r#type);
    #[blocking(cpu)]
    let last = consume(r#type.r#match.1.1);
    let r#loop = 3;
    #[blocking(cpu)]
    let product = area(r#loop, 3);
    Ok(Stop((length, last, product * r#loop / 3 * r#type.r#match.0)))
});
