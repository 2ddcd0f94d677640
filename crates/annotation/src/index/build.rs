//! Building an index of records as they are written.

use std::io;

use noodles_core::Position;
use noodles_csi::binning_index::Indexer;
use noodles_csi::binning_index::index::header::Builder;
use noodles_csi::binning_index::index::reference_sequence::bin::Chunk;
use noodles_csi::binning_index::index::reference_sequence::index::{BinnedIndex, LinearIndex};
use rustc_hash::FxHashMap;

use crate::index::spots::{Offset, Spots};
use crate::index::{Index, IndexKind, NoIndex};

/// Bits of the smallest bin, and levels of bins, of every `.tbi`: 2^29 bases.
const SHIFT: u8 = 14;
const DEPTH: u8 = 5;
/// Bases that a `.tbi` can hold.
pub(crate) const MOST_TABIX_BASES: u64 = 1 << 29;
/// Levels of a `.csi` for longer sequences: 2^32 bases.
const LONG_DEPTH: u8 = 6;

#[derive(Debug)]
enum Kind {
    Tabix(Box<Indexer<LinearIndex>>),
    Csi(Box<Indexer<BinnedIndex>>),
}

/// An index that grows with its file.
#[derive(Debug)]
pub(crate) struct IndexBuilder {
    kind: Kind,
    names: Vec<Vec<u8>>,
    numbers: FxHashMap<Vec<u8>, usize>,
    last: Option<(usize, u64)>,
    fault: Option<NoIndex>,
    /// Bytes of the file until now.
    written: u64,
}

impl IndexBuilder {
    /// An index of a file whose longest sequence has so many bases.
    pub(crate) fn new(kind: IndexKind, longest: u64) -> Self {
        let is_long = longest > MOST_TABIX_BASES;
        let kind = if kind == IndexKind::Csi || is_long {
            let depth = if is_long { LONG_DEPTH } else { DEPTH };
            Indexer::new(SHIFT, depth).map(|indexer| Kind::Csi(Box::new(indexer)))
        } else {
            Indexer::new(SHIFT, DEPTH).map(|indexer| Kind::Tabix(Box::new(indexer)))
        };
        let (fault, kind) = match kind {
            Some(kind) => (None, kind),
            None => (Some(NoIndex::TooFar), Kind::Csi(Box::default())),
        };
        Self { kind, names: Vec::new(), numbers: FxHashMap::default(), last: None, fault, written: 0 }
    }

    /// Goes on by bytes without records.
    pub(crate) fn skip(&mut self, bytes: usize) {
        self.written += bytes as u64;
    }

    /// Takes in records and the number of their bytes.
    pub(crate) fn take(&mut self, spots: &Spots, bytes: usize) {
        for (name, spot) in spots.iter() {
            if self.fault.is_some() {
                break;
            }
            let number = self.number_of(name);
            let place = (number, spot.first);
            // A sequence that comes again is as bad as a position that goes back.
            if self.last.is_some_and(|last| place < last) {
                self.fault = Some(NoIndex::Unsorted);
                break;
            }
            self.last = Some(place);
            let chunk = self.position_of(spot.begin).zip(self.position_of(spot.end));
            let added = chunk.is_some_and(|(begin, end)| {
                self.add(number, (spot.first, spot.last), Chunk::new(begin, end))
            });
            if !added {
                self.fault = Some(NoIndex::TooFar);
            }
        }
        self.skip(bytes);
    }

    fn add(&mut self, number: usize, (first, last): (u64, u64), chunk: Chunk) -> bool {
        let position =
            |place: u64| usize::try_from(place).ok().and_then(|place| Position::try_from(place).ok());
        let Some((first, last)) = position(first).zip(position(last)) else { return false };
        let context = Some((number, first, last, true));
        match &mut self.kind {
            Kind::Tabix(indexer) => indexer.add_record(context, chunk).is_ok(),
            Kind::Csi(indexer) => indexer.add_record(context, chunk).is_ok(),
        }
    }

    fn number_of(&mut self, name: &[u8]) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        let number = self.names.len();
        self.names.push(name.to_vec());
        self.numbers.insert(name.to_vec(), number);
        number
    }

    fn position_of(&self, offset: Offset) -> Option<noodles_bgzf::VirtualPosition> {
        let block = self.written + offset.block as u64;
        noodles_bgzf::VirtualPosition::try_from((block, offset.within)).ok()
    }

    /// The index, or why there is none.
    pub(crate) fn finish(self) -> io::Result<Result<Index, NoIndex>> {
        if let Some(fault) = self.fault {
            return Ok(Err(fault));
        }
        let count = self.names.len();
        let names = self.names.into_iter().map(Into::into).collect();
        let header = Builder::vcf().set_reference_sequence_names(names).build();
        match self.kind {
            Kind::Tabix(indexer) => {
                let mut writer = noodles_tabix::io::Writer::new(Vec::new());
                writer.write_index(&indexer.set_header(header).build(count))?;
                writer.try_finish()?;
                Ok(Ok(Index { ending: "tbi", bytes: writer.get_ref().get_ref().clone() }))
            }
            Kind::Csi(indexer) => {
                let mut writer = noodles_csi::io::Writer::new(Vec::new());
                writer.write_index(&indexer.set_header(header).build(count))?;
                let bytes = writer.into_inner().finish()?;
                Ok(Ok(Index { ending: "csi", bytes }))
            }
        }
    }
}
