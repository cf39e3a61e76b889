//! Random damage to serialized snapshots.

use fastrand::Rng;
use serde_json::Value;

/// Damages bytes from `start` on.
pub(crate) fn bytes(rng: &mut Rng, bytes: &mut Vec<u8>, start: usize) {
    for _ in 0..rng.usize(1..3) {
        if bytes.len() <= start {
            return;
        }
        let at = rng.usize(start..bytes.len());
        let end = (at + rng.usize(1..12)).min(bytes.len());
        // Most edits keep the length: few others can be read.
        match rng.u8(..20) {
            0..4 => bytes[at] ^= 1 << rng.u8(..8),
            4 | 5 => bytes[at] = rng.u8(..),
            6 | 7 => bytes[at] = *rng.choice(&[0, 1, 2, 0x7f, 0x80, 0xff]).unwrap_or(&0),
            8..14 => bytes[at] = bytes[at].wrapping_add(*rng.choice(&[1, 255]).unwrap_or(&1)),
            14 => drop(bytes.drain(at..end)),
            15 => {
                let copy = bytes[at..end].to_vec();
                let to = rng.usize(start..=bytes.len());
                bytes.splice(to..to, copy);
            }
            16 => bytes.truncate(at),
            _ => {
                let other = rng.usize(start..bytes.len());
                bytes.swap(at, other);
            }
        }
    }
}

/// Damages a tree of values.
pub(crate) fn tree(rng: &mut Rng, root: &mut Value) {
    for _ in 0..rng.usize(1..3) {
        let pick = rng.u32(..count(root));
        match rng.u8(..12) {
            0..=5 => {
                let numbers = count_if(root, Value::is_number);
                if numbers > 0 {
                    let pick = rng.u32(..numbers);
                    let number = nth(root, pick, Value::is_number);
                    *number = edited(rng, number.as_u64().unwrap_or_default()).into();
                }
            }
            6 => remove(rng, nth(root, pick, Value::is_array)),
            7 => duplicate(rng, nth(root, pick, Value::is_array)),
            8 => {
                let copy = nth(root, pick, any).clone();
                let to = rng.u32(..count(root));
                *nth(root, to, any) = copy;
            }
            9 => {
                let other = rng.u32(..count(root));
                let one = nth(root, pick, any).take();
                let two = std::mem::replace(nth(root, other.min(count(root) - 1), any), one);
                let at = rng.u32(..count(root));
                *nth(root, at, any) = two;
            }
            10 => {
                let node = nth(root, pick, Value::is_boolean);
                *node = Value::Bool(node != &Value::Bool(true));
            }
            _ => remove(rng, nth(root, pick, Value::is_object)),
        }
    }
}

fn any(_: &Value) -> bool {
    true
}

/// A number next to this one, or an extreme one.
fn edited(rng: &mut Rng, number: u64) -> u64 {
    match rng.u8(..12) {
        0 | 1 => number.wrapping_add(1),
        2 | 3 => number.wrapping_sub(1),
        4 => 0,
        5 => 1,
        6 => rng.u64(..20),
        7 => u64::from(rng.u32(..)),
        8 => rng.u64(..),
        9 => u8::MAX.into(),
        10 => *rng.choice(&[u64::from(u16::MAX), u64::from(u32::MAX), u64::from(u32::MAX) / 2]).unwrap_or(&0),
        _ => *rng.choice(&[u64::MAX, u64::MAX - 1, u64::MAX / 2, 1 << 63]).unwrap_or(&0),
    }
}

fn children(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(items) => items.iter().collect(),
        Value::Object(fields) => fields.values().collect(),
        _ => Vec::new(),
    }
}

fn count(value: &Value) -> u32 {
    count_if(value, any)
}

fn count_if(value: &Value, is: fn(&Value) -> bool) -> u32 {
    u32::from(is(value)) + children(value).into_iter().map(|child| count_if(child, is)).sum::<u32>()
}

/// The value with this number in a walk of the tree, modulo their number; the root if none matches.
fn nth(root: &mut Value, n: u32, is: fn(&Value) -> bool) -> &mut Value {
    let matching = count_if(root, is);
    if matching == 0 {
        return root;
    }
    find(root, &mut (n % matching), is).expect("counted before")
}

fn find<'a>(value: &'a mut Value, left: &mut u32, is: fn(&Value) -> bool) -> Option<&'a mut Value> {
    if is(value) {
        if *left == 0 {
            return Some(value);
        }
        *left -= 1;
    }
    match value {
        Value::Array(items) => items.iter_mut().find_map(|item| find(item, left, is)),
        Value::Object(fields) => fields.values_mut().find_map(|field| find(field, left, is)),
        _ => None,
    }
}

fn remove(rng: &mut Rng, value: &mut Value) {
    match value {
        Value::Array(items) if !items.is_empty() => drop(items.remove(rng.usize(..items.len()))),
        Value::Object(fields) if !fields.is_empty() => {
            let at = rng.usize(..fields.len());
            if let Some(name) = fields.keys().nth(at).cloned() {
                fields.remove(&name);
            }
        }
        _ => {}
    }
}

fn duplicate(rng: &mut Rng, value: &mut Value) {
    if let Value::Array(items) = value
        && !items.is_empty()
    {
        let item = items[rng.usize(..items.len())].clone();
        items.insert(rng.usize(..=items.len()), item);
    }
}
