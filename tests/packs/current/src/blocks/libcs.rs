use workflows_runtime::nonblocking;

#[nonblocking(known_blocking)]
pub async fn raw(fd: i32, buffer: &mut [u8], c: &std::ffi::CStr) -> isize {
    unsafe {
        let n = libc::read(fd, buffer.as_mut_ptr().cast(), buffer.len()); //~ BLOCKS
        let m = libc::write(fd, buffer.as_ptr().cast(), buffer.len()); //~ BLOCKS
        libc::fsync(fd); //~ BLOCKS
        libc::usleep(1); //~ BLOCKS
        libc::flock(fd, libc::LOCK_EX); //~ BLOCKS
        libc::waitpid(1, std::ptr::null_mut(), 0); //~ BLOCKS
        libc::open(c.as_ptr(), libc::O_RDONLY); //~ BLOCKS
        libc::opendir(c.as_ptr()); //~ BLOCKS
        n + m
    }
}
