//! Trait objects, and tables of functions.

use helpers::{Folder, Store};
use std::{
    collections::HashMap,
    fs::{self, File},
    io::{Read, Write},
    rc::Rc,
    sync::Arc,
};
use workflows_runtime::nonblocking;

#[nonblocking]
async fn borrowed_object(mut file: File) -> usize {
    through(&mut file)
}
fn through(reader: &mut dyn Read) -> usize {
    let mut bytes = [0; 16];
    reader.read(&mut bytes).unwrap_or_default() //~ borrowed_object: through, read
}

#[nonblocking]
async fn boxed_object(path: &str) -> usize {
    let file = source(path);
    consume(file)
}
fn source(path: &str) -> Box<dyn Read> {
    match File::open(path) { //~ boxed_object: source, std::fs::File::open
        Ok(file) => Box::new(file),
        Err(_) => Box::new(std::io::empty()),
    }
}
fn consume(mut reader: Box<dyn Read>) -> usize {
    let mut text = String::new();
    reader.read_to_string(&mut text).unwrap_or_default() //~ boxed_object: consume, read_to_string
}

#[nonblocking]
async fn written_object(file: File) {
    save(Box::new(file));
}
fn save(mut writer: Box<dyn Write + Send>) {
    let _ = writer.write_all(b"text"); //~ written_object: save, write_all
}

#[nonblocking]
async fn formatted_into_object(mut file: File) {
    record(&mut file, "text");
}
fn record(writer: &mut dyn Write, line: &str) {
    let _ = writeln!(writer, "{line}"); //~ formatted_into_object: record, write_fmt
}

macro_rules! save_with {
    ($store:expr) => {
        $store.save_all()
    };
}
trait Saves {
    fn save_all(&self);
}
struct ToDisk;
impl Saves for ToDisk {
    fn save_all(&self) {
        let _ = fs::write("all", "text"); //~ called_by_a_macro: save_all, std::fs::write
    }
}
#[nonblocking]
async fn called_by_a_macro() {
    let store: Box<dyn Saves> = Box::new(ToDisk);
    save_with!(store);
}

type Measure = Box<dyn Fn(&str) -> usize + Send + Sync>;
fn measures() -> HashMap<&'static str, Measure> {
    let mut measures: HashMap<&'static str, Measure> = HashMap::new();
    measures.insert("length", Box::new(|text| text.len()));
    measures.insert("size", Box::new(|path| fs::read(path).map_or(0, |read| read.len()))); //~ closure_in_a_map: measure, std::fs::read
    measures
}
fn measure(measures: &HashMap<&'static str, Measure>, path: &str) -> usize {
    measures["size"](path)
}
#[nonblocking]
async fn closure_in_a_map() -> usize {
    measure(&measures(), "path")
}

trait Client {
    fn name(&self) -> String;
    fn fetch(&self, key: &str) -> String;
}
struct Http;
impl Client for Http {
    fn name(&self) -> String {
        "http".to_owned()
    }
    fn fetch(&self, key: &str) -> String {
        fs::read_to_string(key).unwrap_or_default() //~ own_object: fetch, std::fs::read_to_string; shared_object: fetch, std::fs::read_to_string; object_made_elsewhere: fetch, std::fs::read_to_string
    }
}
#[nonblocking]
async fn own_object() -> String {
    let client: &dyn Client = &Http;
    client.fetch("key")
}
#[nonblocking]
async fn shared_object() -> String {
    let client: Arc<dyn Client> = Arc::new(Http);
    request(&*client)
}
fn request(client: &dyn Client) -> String {
    client.fetch("key")
}

struct Session {
    client: Box<dyn Client>,
}
pub fn session() -> usize {
    let session = Session { client: Box::new(Http) };
    session.client.name().len()
}
#[nonblocking]
async fn object_made_elsewhere(session: &Session) -> String {
    session.client.fetch("key")
}

#[nonblocking]
async fn object_of_other_crate() -> Option<String> {
    let store: Box<dyn Store> = Box::new(Folder);
    store.get("key")
}

#[nonblocking]
async fn default_method() -> String {
    Folder.get_or_empty("key")
}

trait Base {
    fn load(&self) -> usize;
}
trait Derived: Base {
    fn total(&self) -> usize;
}
struct Disk;
impl Base for Disk {
    fn load(&self) -> usize {
        fs::read("disk").map_or(0, |bytes| bytes.len()) //~ supertrait: load, std::fs::read
    }
}
impl Derived for Disk {
    fn total(&self) -> usize {
        1
    }
}
#[nonblocking]
async fn supertrait() -> usize {
    let disk: Box<dyn Derived> = Box::new(Disk);
    disk.total() + disk.load()
}

trait Parser {
    type Source: Read;
    fn source(&self) -> Self::Source;
}
struct OfFile(File);
impl Parser for OfFile {
    type Source = File;
    fn source(&self) -> File {
        self.0.try_clone().unwrap()
    }
}
#[nonblocking]
async fn associated_type(parser: OfFile) -> usize {
    parse_with(&parser)
}
fn parse_with<P: Parser>(parser: &P) -> usize {
    let mut bytes = [0; 4];
    parser.source().read(&mut bytes).unwrap_or_default() //~ associated_type: parse_with, read
}

static TABLE: [fn(&str) -> usize; 2] = [str::len, on_disk];
fn on_disk(path: &str) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.len()) //~ table_of_functions: on_disk, std::fs::read
}
#[nonblocking]
async fn table_of_functions(kind: usize, path: &str) -> usize {
    TABLE[kind](path)
}

struct Command {
    name: &'static str,
    run: fn() -> u32,
}
const COMMANDS: &[Command] = &[Command { name: "one", run: || 1 }, Command { name: "two", run: two }];
fn two() -> u32 {
    fs::write("two", "2").map_or(0, |()| 2) //~ table_of_structs: two, std::fs::write
}
#[nonblocking]
async fn table_of_structs(name: &str) -> u32 {
    dispatch(name)
}
fn dispatch(name: &str) -> u32 {
    COMMANDS.iter().find(|command| command.name == name).map_or(0, |command| (command.run)())
}

#[nonblocking]
async fn boxed_closure(path: &'static str) -> usize {
    let jobs: Vec<Box<dyn Fn() -> usize>> = vec![Box::new(|| 1), Box::new(move || stored(path))];
    jobs.iter().map(|job| job()).sum()
}
fn stored(path: &str) -> usize {
    fs::read(path).map_or(0, |bytes| bytes.len()) //~ boxed_closure: stored, std::fs::read
}

#[nonblocking]
async fn callback(path: &'static str) -> usize {
    let hook: Rc<dyn Fn(&str) -> usize> = Rc::new(hooked);
    call(&*hook, path)
}
fn call(hook: &dyn Fn(&str) -> usize, path: &str) -> usize {
    hook(path)
}
fn hooked(path: &str) -> usize {
    fs::canonicalize(path).map_or(0, |path| path.as_os_str().len()) //~ callback: hooked, std::fs::canonicalize
}
