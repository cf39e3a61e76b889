#![allow(dead_code, unused)]

workflows_runtime::known_blocking! {
    argon2, async_io, bcrypt, bcrypt_non_truncating, bincode, ciborium, crossbeam, crossbeam_channel, csv, dialoguer,
    dialoguer_editor, dialoguer_fuzzy_select, diesel, diesel_mysql, diesel_postgres, diesel_r2d2, fjall, flate2, flume,
    flume_select, fs_err, fs_extra, futures, git2, glob, heed, ignore, image, lettre, lettre_file, lettre_sendmail, libc,
    minreq, mysql, native_tls, oneshot, parking_lot, pollster, postcard, postgres, quick_xml, r2d2, rayon, redb, redis,
    reqwest, rmp_serde, rusqlite, rustls, rustyline, scrypt, scrypt_password_hash, serde_json, serde_yaml, sled, smol, ssh2,
    tar, tempfile, tungstenite, ureq, walkdir, which, zip,
    crate::own::Pool<T: Copy>: [checkout],
}

pub mod own {
    pub struct Pool<T: Copy>(pub T);
    impl<T: Copy> Pool<T> {
        pub fn checkout(&self) -> T { self.0 }
        pub fn size(&self) -> usize { 1 }
    }
}

mod channels;
mod databases;
mod diesel;
mod executors;
mod files;
mod formats;
mod git;
mod libcs;
mod mail;
mod mysql;
mod passwords;
mod postgres;
mod r2d2;
mod rayon;
mod redis;
mod reqwest;
mod rusqlite;
mod ssh;
mod terminals;
mod tls;
mod ureq;
mod walking;

fn main() {}
