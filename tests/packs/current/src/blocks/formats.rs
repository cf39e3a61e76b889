use workflows_runtime::nonblocking;

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;
use std::{
    fs::File,
    io::{BufReader, BufWriter, Read, Write},
};

#[nonblocking(known_blocking)]
pub async fn serde(file: File, mut other: &File) -> Option<Value> {
    let a: Value = serde_json::from_reader(BufReader::new(&file)).ok()?; //~ BLOCKS
    serde_json::to_writer_pretty(&mut other, &a).ok()?; //~ BLOCKS
    let b: Value = serde_yaml::from_reader(&file).ok()?; //~ BLOCKS
    serde_yaml::to_writer(other, &b).ok()?; //~ BLOCKS
    let c: Value = ciborium::from_reader(other).ok()?; //~ BLOCKS
    ciborium::into_writer(&c, &file).ok()?; //~ BLOCKS
    let d: Value = rmp_serde::from_read(&file).ok()?; //~ BLOCKS
    rmp_serde::encode::write(&mut BufWriter::new(&file), &d).ok()?; //~ BLOCKS
    let mut reader = &file;
    let e: u8 = bincode::decode_from_std_read(&mut reader, bincode::config::standard()).ok()?; //~ BLOCKS
    bincode::encode_into_std_write(e, &mut reader, bincode::config::standard()).ok()?; //~ BLOCKS
    postcard::to_io(&1u8, &file).ok()?; //~ BLOCKS
    let mut deserializer = serde_json::Deserializer::from_reader(file); //~ BLOCKS
    drop(deserializer.end());
    Some(d)
}

#[nonblocking(known_blocking)]
pub async fn postcards(file: File, buffer: &mut [u8]) -> u8 {
    let (n, _) = postcard::from_io::<u8, _>((file, buffer)).unwrap(); //~ BLOCKS
    let (m, _) = postcard::from_io::<u8, _>((File::open("x").unwrap(), &mut [0; 4])).unwrap(); //~ BLOCKS BLOCKS
    n + m
}

#[nonblocking(known_blocking)]
pub async fn nested(
    gz: GzDecoder<File>,
    socket: std::net::TcpStream,
    response: reqwest::blocking::Response,
) -> Option<Value> {
    let mut rows = csv::Reader::from_reader(gz);
    for row in rows.records() { //~ BLOCKS
        drop(row);
    }
    let a: Value = serde_json::from_reader(GzDecoder::new(response)).ok()?; //~ BLOCKS
    let mut tar = tar::Archive::new(GzDecoder::new(socket));
    tar.unpack("a").ok()?; //~ BLOCKS
    Some(a)
}

#[nonblocking(known_blocking)]
pub async fn csvs(file: File, mut writer: csv::Writer<File>, path: &str) -> csv::Result<u64> {
    let mut reader = csv::Reader::from_reader(BufReader::new(file));
    for row in reader.deserialize::<Value>() { //~ BLOCKS
        drop(row);
    }
    let headers = reader.headers()?.len() as u64; //~ BLOCKS
    writer.write_record(["a"])?; //~ BLOCKS
    writer.serialize(1)?; //~ BLOCKS
    writer.flush()?; //~ BLOCKS
    let opened = csv::Reader::from_path(path)?; //~ BLOCKS
    let built = csv::WriterBuilder::new().delimiter(b';').from_path(path)?; //~ BLOCKS
    drop((opened, built));
    Ok(headers)
}

#[nonblocking(known_blocking)]
pub async fn compressed(file: File, out: File, archive: File) -> std::io::Result<usize> {
    let mut text = String::new();
    let mut gz = GzDecoder::new(file);
    gz.read_to_string(&mut text)?; //~ BLOCKS
    let mut encoder = GzEncoder::new(out, Compression::default());
    encoder.write_all(text.as_bytes())?; //~ BLOCKS
    let out = encoder.finish()?; //~ BLOCKS
    let mut builder = tar::Builder::new(out);
    builder.append_dir_all("a", "b")?; //~ BLOCKS
    builder.finish()?; //~ BLOCKS
    let mut tar = tar::Archive::new(archive);
    for entry in tar.entries()? { //~ BLOCKS
        entry?.unpack_in("a")?; //~ BLOCKS
    }
    Ok(text.len())
}

#[nonblocking(known_blocking)]
pub async fn zips(file: File, out: File, memory: Vec<u8>) -> zip::result::ZipResult<usize> {
    let mut zip = zip::ZipArchive::new(file)?; //~ BLOCKS
    let size = zip.by_name("a")?.size() as usize; //~ BLOCKS
    for i in 0..zip.len() {
        let entry = zip.by_index(i)?; //~ BLOCKS
        drop(entry);
    }
    zip.extract("a")?; //~ BLOCKS
    let mut writer = zip::ZipWriter::new(out);
    writer.start_file("a", zip::write::SimpleFileOptions::default())?; //~ BLOCKS
    writer.write_all(b"a")?; //~ BLOCKS
    writer.finish()?; //~ BLOCKS
    let mut inside = zip::ZipArchive::new(std::io::Cursor::new(memory))?;
    inside.extract("a")?; //~ BLOCKS
    Ok(size)
}

#[nonblocking(known_blocking)]
pub async fn xmls(path: &str, file: File) -> usize {
    let opened = quick_xml::Reader::from_file(path).unwrap(); //~ BLOCKS
    let mut reader = quick_xml::Reader::from_reader(BufReader::new(file));
    let mut buffer = Vec::new();
    let event = reader.read_event_into(&mut buffer).unwrap(); //~ BLOCKS
    drop((opened, event));
    1
}

#[nonblocking(known_blocking)]
pub async fn images(path: &str, bytes: &[u8]) -> image::ImageResult<u32> {
    let a = image::open(path)?; //~ BLOCKS
    let b = image::load_from_memory(bytes)?; //~ BLOCKS
    let c = image::ImageReader::open(path)?.with_guessed_format()?.decode()?; //~ BLOCKS BLOCKS BLOCKS
    let small = a.resize(10, 10, image::imageops::FilterType::Lanczos3); //~ BLOCKS
    small.save("b.png")?; //~ BLOCKS
    let buffer = b.to_rgb8();
    buffer.save("c.png")?; //~ BLOCKS
    let mut out = std::io::Cursor::new(Vec::new());
    c.write_to(&mut out, image::ImageFormat::Png)?; //~ BLOCKS
    Ok(c.width() + image::imageops::blur(&buffer, 1.0).width()) //~ BLOCKS
}

#[nonblocking(known_blocking)]
pub async fn handed_rows(one: csv::Reader<File>, mut two: csv::Reader<File>) -> usize {
    let rows = one.into_records();
    let mut all = Vec::from_iter(rows.flatten()); //~ BLOCKS
    let more = two.records();
    all.extend(more.map_while(Result::ok)); //~ BLOCKS
    all.extend(two.records().flatten()); //~ BLOCKS
    all.len()
}
