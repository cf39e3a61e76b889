use workflows_runtime::nonblocking;

use flate2::{Compression, read::GzDecoder, write::GzEncoder};
use serde_json::Value;
use std::io::{Cursor, Read, Write};

#[nonblocking(known_blocking)]
pub async fn serde(bytes: &[u8], value: &Value) -> Option<Value> {
    let mut out = Vec::new();
    serde_json::to_writer(&mut out, value).ok()?;
    let a: Value = serde_json::from_reader(bytes).ok()?;
    let b: Value = serde_yaml::from_reader(Cursor::new(bytes)).ok()?;
    serde_yaml::to_writer(&mut out, &b).ok()?;
    ciborium::into_writer(&a, &mut out).ok()?;
    let c: Value = ciborium::from_reader(&out[..]).ok()?;
    rmp_serde::encode::write(&mut out, &c).ok()?;
    let d: Value = rmp_serde::from_read(&out[..]).ok()?;
    bincode::encode_into_std_write(1u8, &mut out, bincode::config::standard()).ok()?;
    let n: u8 = bincode::decode_from_std_read(&mut &out[..], bincode::config::standard()).ok()?;
    postcard::to_io(&n, &mut out).ok()?;
    let (m, _) = postcard::from_io::<u8, _>((&out[..], &mut [0; 4])).ok()?;
    let mut deserializer = serde_json::Deserializer::from_reader(&out[..]);
    deserializer.end().ok()?;
    Some(if m == 1 { a } else { d })
}

#[nonblocking(known_blocking)]
pub async fn memory(bytes: Vec<u8>) -> std::io::Result<usize> {
    let mut rows = csv::Reader::from_reader(&bytes[..]);
    let n = rows.records().filter_map(Result::ok).count();
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(["a"])?;
    writer.flush()?;
    let mut text = String::new();
    GzDecoder::new(&bytes[..]).read_to_string(&mut text)?;
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"a")?;
    let all = encoder.finish()?;
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut tar::Header::new_gnu(), "a", &b"b"[..])?;
    let tarred = builder.into_inner()?;
    let entries = tar::Archive::new(&tarred[..]).entries()?.count();
    Ok(n + all.len() + entries)
}

#[nonblocking(known_blocking)]
pub async fn zips(bytes: Vec<u8>) -> zip::result::ZipResult<usize> {
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut text = String::new();
    zip.by_index(0)?.read_to_string(&mut text)?;
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    writer.start_file("a", zip::write::SimpleFileOptions::default())?;
    writer.write_all(b"a")?;
    Ok(writer.finish()?.into_inner().len() + text.len())
}

#[nonblocking(known_blocking)]
pub async fn xml(text: &str, image: &image::DynamicImage) -> u32 {
    let mut reader = quick_xml::Reader::from_str(text);
    let event = reader.read_event().unwrap();
    let mut bytes = quick_xml::Reader::from_reader(text.as_bytes());
    let mut buffer = Vec::new();
    let other = bytes.read_event_into(&mut buffer).unwrap();
    drop((event, other));
    image.width() + image.height() + image::RgbImage::new(1, 1).width()
}

/// The rows are read elsewhere.
#[nonblocking(known_blocking)]
pub async fn handed_rows(reader: csv::Reader<std::fs::File>, bytes: &[u8]) -> usize {
    let rows = reader.into_records();
    let all = tokio::task::spawn_blocking(move || Vec::from_iter(rows));
    let mut memory = csv::Reader::from_reader(bytes);
    let mut few = Vec::from_iter(memory.records().flatten());
    few.extend(memory.into_records().flatten());
    all.await.unwrap().len() + few.len()
}
