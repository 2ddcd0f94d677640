//! What the contract of cold storage does not say, since it is AWS's affair: large archives, interrupted ones, and
//! the vault's bookkeeping.

mod interrupted;
mod large;
mod retrievals;

use gas_service::{
    id::{ArchiveId, JobId},
    notation::hexadecimal,
    ports::BoxRead,
};
use sha2::{Digest as _, Sha256};

/// A name, content that no other test has, and its checksum.
fn archive(length: usize) -> (ArchiveId, Vec<u8>, String) {
    let archive = ArchiveId::generate(JobId::generate());
    let content: Vec<u8> = archive.0.bytes().cycle().take(length).collect();
    let sha256 = sha256(&content);
    (archive, content, sha256)
}

fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn stream(bytes: &[u8]) -> BoxRead {
    Box::pin(std::io::Cursor::new(bytes.to_vec()))
}
