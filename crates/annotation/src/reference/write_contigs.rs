//! Writing `sequence.bin` and `contigs.bin`.

use std::fs::File;
use std::io;
use std::path::Path;

use crate::contig;
use crate::reference::fasta::{self, Piece, Unreadable};
use crate::reference::layout::{ContigRecord, NameRecord};
use crate::reference::part::{BuildId, PartWriter};
use crate::reference::text_pool::TextPool;

/// A contig on its way into a reference.
#[derive(Clone, Debug)]
pub(crate) struct ContigDraft {
    /// Its own name first, then others.
    pub(crate) names: Vec<String>,
    pub(crate) sequence_start: u64,
    pub(crate) length: u64,
    pub(crate) circular: bool,
    pub(crate) mitochondrial: bool,
    pub(crate) first_transcript: u32,
    pub(crate) transcripts: u32,
}

impl ContigDraft {
    /// Its bases among all.
    pub(crate) fn bases<'s>(&self, all: &'s [u8]) -> &'s [u8] {
        let bounds = usize::try_from(self.sequence_start).ok().zip(usize::try_from(self.length).ok());
        bounds.and_then(|(start, length)| all.get(start..start + length)).unwrap_or_default()
    }
}

/// Writes all bases; the inner error is the FASTA's.
pub(crate) fn write_sequence(
    path: &Path,
    build: BuildId,
    fasta: File,
) -> io::Result<Result<Vec<ContigDraft>, Unreadable>> {
    let mut writer = PartWriter::create(path, build)?;
    writer.begin_array()?;
    let mut contigs: Vec<ContigDraft> = Vec::new();
    let mut position = 0;
    let mut write_error = None;
    let outcome = fasta::read(fasta, |piece| match piece {
        Piece::Name(name) => begin(&mut contigs, name, position),
        Piece::Bases(bases) => {
            position += bases.len() as u64;
            if let Some(contig) = contigs.last_mut() {
                contig.length += bases.len() as u64;
                if u32::try_from(contig.length).is_err() {
                    return Err(format!(
                        "the sequence `{}` is longer than 4,294,967,295 bases",
                        contig.names[0]
                    ));
                }
            }
            writer.extend_array(bases).map_err(|error| {
                write_error = Some(error);
                String::new()
            })
        }
    });
    if let Some(error) = write_error {
        return Err(error);
    }
    writer.finish()?;
    Ok(outcome.map(|()| contigs.into_iter().map(named).collect()))
}

fn begin(contigs: &mut Vec<ContigDraft>, name: &str, position: u64) -> Result<(), String> {
    if contigs.iter().any(|contig| contig.names[0] == name) {
        return Err(format!("the sequence `{name}` is there twice"));
    }
    contigs.push(ContigDraft {
        names: vec![name.to_owned()],
        sequence_start: position,
        length: 0,
        circular: false,
        mitochondrial: false,
        first_transcript: 0,
        transcripts: 0,
    });
    Ok(())
}

fn named(mut contig: ContigDraft) -> ContigDraft {
    contig.mitochondrial = contig::is_mitochondrial_name(&contig.names[0]);
    contig.circular = contig.mitochondrial;
    contig.names.extend(contig::synonyms(&contig.names[0], contig.length));
    contig
}

/// Writes the contigs and their names, sorted for searching. A name that two contigs could have
/// belongs to the one whose own it is, else to the first.
pub(crate) fn write_contigs(path: &Path, build: BuildId, contigs: &[ContigDraft]) -> io::Result<()> {
    let mut pool = TextPool::default();
    let mut records = Vec::with_capacity(contigs.len());
    let mut names: Vec<(&str, bool, u32)> = Vec::new();
    for (index, contig) in (0..).zip(contigs) {
        records.push(ContigRecord {
            sequence_start: contig.sequence_start,
            length: contig.length,
            name: pool.add(&contig.names[0])?,
            first_transcript: contig.first_transcript,
            transcripts: contig.transcripts,
            circular: u32::from(contig.circular),
            reserved: 0,
        });
        let own = &contig.names[0];
        names.extend(contig.names.iter().map(|name| (name.as_str(), name != own, index)));
    }
    names.sort_unstable();
    names.dedup_by_key(|(name, _, _)| *name);
    let mut name_records = Vec::with_capacity(names.len());
    for (name, _, contig) in names {
        name_records.push(NameRecord { name: pool.add(name)?, contig });
    }
    let mut writer = PartWriter::create(path, build)?;
    writer.array(&records)?;
    writer.array(&name_records)?;
    writer.array(pool.text().as_bytes())?;
    writer.finish()
}
