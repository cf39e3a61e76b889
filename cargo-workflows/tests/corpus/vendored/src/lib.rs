//! A dependency outside of the workspace: findings are reported where the workspace calls it.

use std::ffi::{c_int, c_uint, c_void};

unsafe extern "C" {
    fn usleep(micros: c_uint) -> c_int;
    fn sqlite3_step(statement: *mut c_void) -> c_int;
    fn getpid() -> c_int;
}

pub struct Statement(*mut c_void);

impl Statement {
    pub fn new() -> Self {
        Self(std::ptr::null_mut())
    }

    pub fn step(&mut self) -> i32 {
        // SAFETY: never called, the cases are only compiled.
        unsafe { sqlite3_step(self.0) }
    }
}

impl Default for Statement {
    fn default() -> Self {
        Self::new()
    }
}

pub fn pause() {
    // SAFETY: has no conditions.
    unsafe { usleep(1) };
}

pub fn process() -> i32 {
    // SAFETY: has no conditions.
    unsafe { getpid() }
}

pub fn cache() -> Vec<u8> {
    std::fs::read("cache").unwrap_or_default()
}

pub struct Device;

impl Device {
    pub fn wait_ready(&self) -> bool {
        true
    }

    pub async fn ready(&self) -> bool {
        true
    }
}
