use workflows_runtime::nonblocking;

use argon2::{Argon2, PasswordHasher, PasswordVerifier};
use scrypt::Scrypt;

#[nonblocking(known_blocking)]
pub async fn hashes(password: &[u8], hash: &str, out: &mut [u8]) -> usize {
    let a = bcrypt::hash(password, 12).unwrap(); //~ BLOCKS
    let b = bcrypt::verify(password, hash).unwrap(); //~ BLOCKS
    let c = bcrypt::non_truncating_hash(password, 12).unwrap(); //~ BLOCKS
    let argon = Argon2::default();
    let d = argon.hash_password(password).unwrap(); //~ BLOCKS
    argon.hash_password_into(password, b"salt", out).unwrap(); //~ BLOCKS
    let e = argon.verify_password(password, &d).is_ok(); //~ BLOCKS
    scrypt::scrypt(password, b"salt", &scrypt::Params::RECOMMENDED, out).unwrap(); //~ BLOCKS
    let f = Scrypt::default().hash_password(password).unwrap(); //~ BLOCKS
    drop((b, e, f));
    a.len() + c.len()
}
