//! The same calls behind every way of importing them.

mod full_paths {
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &str) -> std::io::Result<()> {
        let bytes = std::fs::read(p)?; //~ BLOCKS
        ::std::fs::write(p, &bytes)?; //~ BLOCKS
        std::fs::rename(p, "b")?; //~ BLOCKS
        std::thread::sleep(std::time::Duration::ZERO); //~ BLOCKS
        std::thread::park(); //~ BLOCKS
        std::thread::park_timeout(std::time::Duration::ZERO); //~ BLOCKS
        let _ = std::net::TcpStream::connect("localhost:80")?; //~ BLOCKS
        let _ = std::fs::File::create_new(p)?; //~ BLOCKS
        Ok(())
    }
}

mod modules {
    use std::{fs, net, os::unix, process, thread, time::Duration};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &str) -> std::io::Result<()> {
        fs::create_dir_all(p)?; //~ BLOCKS
        fs::remove_dir(p)?; //~ BLOCKS
        thread::sleep(Duration::from_millis(1)); //~ BLOCKS
        let _ = net::UdpSocket::bind("0.0.0.0:0")?; //~ BLOCKS
        let _ = net::TcpListener::bind("0.0.0.0:0")?; //~ BLOCKS
        unix::fs::symlink(p, "b")?; //~ BLOCKS
        process::Command::new("ls").status()?; //~ BLOCKS
        let _ = unix::net::UnixStream::connect("/x")?; //~ BLOCKS
        Ok(())
    }
}

mod items {
    use std::fs::{self, File, OpenOptions, canonicalize, copy, hard_link, metadata};
    use std::net::{TcpStream, UdpSocket};
    use std::thread::{park, sleep};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: std::path::PathBuf) -> std::io::Result<u64> {
        copy(&p, "b")?; //~ BLOCKS
        hard_link(&p, "b")?; //~ BLOCKS
        let path = canonicalize(&p)?; //~ BLOCKS
        let len = metadata(path)?.len(); //~ BLOCKS
        sleep(std::time::Duration::ZERO); //~ BLOCKS
        park(); //~ BLOCKS
        drop(File::open(&p)?); //~ BLOCKS
        drop(OpenOptions::new().append(true).open(&p)?); //~ BLOCKS
        drop(TcpStream::connect(("::1", 1))?); //~ BLOCKS
        drop(UdpSocket::bind("[::]:0")?); //~ BLOCKS
        fs::remove_file(&p)?; //~ BLOCKS
        Ok(len)
    }
}

mod renamed_items {
    use std::fs::{File as Handle, read_dir as list, remove_dir_all as wipe, symlink_metadata as stat};
    use std::net::TcpStream as Socket;
    use std::thread::{park_timeout as doze, sleep as nap};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &std::path::Path) -> std::io::Result<()> {
        nap(std::time::Duration::ZERO); //~ BLOCKS
        doze(std::time::Duration::ZERO); //~ BLOCKS
        let _ = list(p)?; //~ BLOCKS
        let _ = stat(p)?; //~ BLOCKS
        wipe(p)?; //~ BLOCKS
        let _ = Handle::open(p)?; //~ BLOCKS
        let _ = Socket::connect("localhost:1")?; //~ BLOCKS
        Ok(())
    }
}

mod renamed_modules {
    use std::fs as disk;
    use std::os::unix::net as local;
    use std::thread as os;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run() -> std::io::Result<Vec<u8>> {
        os::sleep(std::time::Duration::ZERO); //~ BLOCKS
        let _ = local::UnixListener::bind("/tmp/x")?; //~ BLOCKS
        let _ = local::UnixDatagram::bind("/tmp/x")?; //~ BLOCKS
        disk::read("a") //~ BLOCKS
    }
}

mod globs {
    use std::fs::*;
    use std::io::prelude::*;
    use std::net::*;
    use std::thread::*;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &str) -> std::io::Result<String> {
        let text = read_to_string(p)?; //~ BLOCKS
        write(p, &text)?; //~ BLOCKS
        sleep(std::time::Duration::ZERO); //~ BLOCKS
        let mut file = File::create(p)?; //~ BLOCKS
        file.write_all(text.as_bytes())?; //~ BLOCKS
        let _ = TcpListener::bind("[::]:0")?; //~ BLOCKS
        Ok(text)
    }
}

mod reexports {
    mod deep {
        pub mod er {
            pub use std::fs;
            pub use std::fs::read_link as follow;
            pub use std::thread::*;
        }
        pub use er::fs::set_permissions;
    }
    use deep::er::{self, fs};
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &str, permissions: std::fs::Permissions) -> std::io::Result<()> {
        deep::set_permissions(p, permissions)?; //~ BLOCKS
        deep::er::follow(p)?; //~ BLOCKS
        er::sleep(std::time::Duration::ZERO); //~ BLOCKS
        let _ = fs::exists(p)?; //~ BLOCKS
        deep::er::fs::create_dir(p) //~ BLOCKS
    }
}

mod inside_of_the_body {
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &str) -> std::io::Result<Vec<u8>> {
        use std::fs::read as slurp;
        {
            use std::thread::sleep as rest;
            rest(std::time::Duration::ZERO); //~ BLOCKS
        }
        slurp(p) //~ BLOCKS
    }
}

mod types {
    use std::net::TcpStream;
    use std::process::Command;
    use workflows_runtime::nonblocking;

    type Log = std::fs::File;
    type Link = TcpStream;
    trait Names {
        type Handle;
    }
    struct Here;
    impl Names for Here {
        type Handle = std::fs::File;
    }

    #[nonblocking]
    pub async fn run(p: &str) -> std::io::Result<()> {
        let _ = Log::open(p)?; //~ BLOCKS
        let _ = <Log>::create(p)?; //~ BLOCKS
        let _ = Link::connect(p)?; //~ BLOCKS
        let _ = <<Here as Names>::Handle>::open(p)?; //~ BLOCKS
        let _ = Command::output(&mut Command::new("ls"))?; //~ BLOCKS
        Ok(())
    }
}

mod with_type_arguments {
    use std::path::Path;
    use workflows_runtime::nonblocking;

    #[nonblocking]
    pub async fn run(p: &Path) -> std::io::Result<()> {
        let _ = std::fs::read::<&Path>(p)?; //~ BLOCKS
        let _ = std::fs::File::open::<_>(p)?; //~ BLOCKS
        let _ = std::fs::read_to_string::<&Path>(p)?; //~ BLOCKS
        std::thread::sleep_ms(1); //~ BLOCKS
        Ok(())
    }
}
