workflows_runtime::known_blocking! {
    argon2, bcrypt, bcrypt_non_truncating, bincode1, fjall2, flume, flume_select, parking_lot, redb, redis, reqwest, scrypt,
    scrypt_password_hash, tungstenite, ureq2, zip,
}

fn main() {}
