//! A part of a reference: one file of plain arrays behind a header, mapped and read in place.
//!
//! The header holds a magic word, the format's version, the id of the build, and where each array lies.
//! Numbers are little-endian; every array starts at a multiple of eight bytes.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use bytemuck::{Pod, Zeroable};
use memmap2::Mmap;

const _: () = assert!(cfg!(target_endian = "little"), "parts are read in place, as little-endian numbers");

const MAGIC: [u8; 8] = *b"GASPART\n";
/// Version of all layouts together; the manifest names it too.
pub(crate) const FORMAT: u32 = 6;
const MOST_ARRAYS: usize = 8;

/// Id of a build: the first bytes of a SHA-256 over all that went into it.
pub(crate) type BuildId = [u8; 16];

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
struct Header {
    magic: [u8; 8],
    format: u32,
    arrays: u32,
    build: BuildId,
    /// Where each array begins and how many bytes it has.
    places: [[u64; 2]; MOST_ARRAYS],
}

/// Why a part cannot be used, as a clause.
#[derive(Debug, thiserror::Error)]
pub enum PartFault {
    /// The file is not there, or may not be read.
    #[error("it cannot be read ({0})")]
    Read(#[from] io::Error),
    /// Its size is not the one that the manifest names.
    #[error("it has {found} bytes where the manifest says {expected}")]
    Size {
        /// What the file has.
        found: u64,
        /// What the manifest says.
        expected: u64,
    },
    /// It does not begin as parts do.
    #[error("it is not a part of a reference")]
    Magic,
    /// It was written by another version of the program.
    #[error("it has format {found}, and this program reads format {FORMAT}")]
    Format {
        /// What the file has.
        found: u32,
    },
    /// It comes from another build.
    #[error("it is from another build of the reference")]
    Build,
    /// Its bytes are not those that were built.
    #[error("its checksum is not the one that the manifest names")]
    Checksum,
    /// Its arrays do not lie where its header says.
    #[error("its contents are damaged")]
    Damaged,
}

/// Writes a part, array after array.
pub(crate) struct PartWriter {
    file: BufWriter<File>,
    header: Header,
    position: u64,
}

impl PartWriter {
    pub(crate) fn create(path: &Path, build: BuildId) -> io::Result<Self> {
        let header = Header { magic: MAGIC, format: FORMAT, arrays: 0, build, places: Zeroable::zeroed() };
        let mut writer = Self { file: BufWriter::new(File::create_new(path)?), header, position: 0 };
        writer.put(bytemuck::bytes_of(&header))?;
        Ok(writer)
    }

    fn put(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.position += bytes.len() as u64;
        self.file.write_all(bytes)
    }

    /// Writes an array in one go.
    pub(crate) fn array<T: Pod>(&mut self, items: &[T]) -> io::Result<()> {
        self.begin_array()?;
        self.extend_array(bytemuck::cast_slice(items))
    }

    /// Begins an array of bytes that [`Self::extend_array`] fills.
    pub(crate) fn begin_array(&mut self) -> io::Result<()> {
        let padding = self.position.next_multiple_of(8) - self.position;
        self.put(&[0; 8][..usize::try_from(padding).unwrap_or_default()])?;
        let index = self.header.arrays as usize;
        let place = self.header.places.get_mut(index).ok_or_else(|| io::Error::other("too many arrays"))?;
        *place = [self.position, 0];
        self.header.arrays += 1;
        Ok(())
    }

    /// Adds to the array begun last.
    pub(crate) fn extend_array(&mut self, bytes: &[u8]) -> io::Result<()> {
        let index = (self.header.arrays as usize).saturating_sub(1);
        if let Some(place) = self.header.places.get_mut(index) {
            place[1] += bytes.len() as u64;
        }
        self.put(bytes)
    }

    /// Writes the header and makes the file durable.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(bytemuck::bytes_of(&self.header))?;
        self.file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
    }
}

/// Writes another build id into a part that nobody has mapped, and makes it durable.
pub(crate) fn stamp(path: &Path, build: BuildId) -> io::Result<()> {
    let mut file = File::options().read(true).write(true).open(path)?;
    let mut header: Header = Zeroable::zeroed();
    file.read_exact(bytemuck::bytes_of_mut(&mut header))?;
    header.build = build;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(bytemuck::bytes_of(&header))?;
    file.sync_all()
}

/// A mapped part.
#[derive(Debug)]
pub(crate) struct Part {
    map: Mmap,
}

impl Part {
    /// Maps a file and checks that it is what the manifest says; reads no more than its header.
    pub(crate) fn open(path: &Path, build: BuildId, size: u64) -> Result<Self, PartFault> {
        let part = Self { map: map(&File::open(path)?)? };
        let found = part.map.len() as u64;
        let header = part.header().ok_or(PartFault::Magic)?;
        if header.magic != MAGIC {
            return Err(PartFault::Magic);
        }
        if header.format != FORMAT {
            return Err(PartFault::Format { found: header.format });
        }
        if header.build != build {
            return Err(PartFault::Build);
        }
        if found != size {
            return Err(PartFault::Size { found, expected: size });
        }
        Ok(part)
    }

    fn header(&self) -> Option<&Header> {
        bytemuck::try_from_bytes(self.map.get(..size_of::<Header>())?).ok()
    }

    /// An array, in place.
    pub(crate) fn array<T: Pod>(&self, index: usize) -> Result<&[T], PartFault> {
        self.find(index).ok_or(PartFault::Damaged)
    }

    fn find<T: Pod>(&self, index: usize) -> Option<&[T]> {
        let [start, length] = *self.header()?.places.get(index)?;
        let start = usize::try_from(start).ok()?;
        let end = start.checked_add(usize::try_from(length).ok()?)?;
        bytemuck::try_cast_slice(self.map.get(start..end)?).ok()
    }
}

#[expect(unsafe_code, reason = "mapping a file is unsafe, since the bytes change when somebody rewrites it")]
fn map(file: &File) -> io::Result<Mmap> {
    // SAFETY: a map of a file that is changed or cut while mapped is undefined behaviour or SIGBUS.
    // Parts are written aside, synced and renamed into place as a whole directory, and nothing in this
    // program opens one for writing afterwards: a new build is a new directory with new files. All
    // types read from the map are `Pod`, for which every bit pattern is valid.
    unsafe { Mmap::map(file) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(directory: &Path) -> (std::path::PathBuf, u64) {
        let path = directory.join("part.bin");
        let mut writer = PartWriter::create(&path, [7; 16]).unwrap();
        writer.array(b"abc").unwrap();
        writer.array(&[1_u64, 2, 3]).unwrap();
        writer.array::<u32>(&[]).unwrap();
        writer.finish().unwrap();
        let size = path.metadata().unwrap().len();
        (path, size)
    }

    #[test]
    fn arrays_come_back() {
        let directory = tempfile::tempdir().unwrap();
        let (path, size) = written(directory.path());
        let part = Part::open(&path, [7; 16], size).unwrap();
        assert_eq!(part.array::<u8>(0).unwrap(), b"abc");
        assert_eq!(part.array::<u64>(1).unwrap(), [1, 2, 3]);
        assert!(part.array::<u32>(2).unwrap().is_empty());
        assert!(matches!(part.array::<u64>(0), Err(PartFault::Damaged)));
    }

    #[test]
    fn a_part_gets_its_build_when_that_is_known() {
        let directory = tempfile::tempdir().unwrap();
        let (path, size) = written(directory.path());
        stamp(&path, [9; 16]).unwrap();
        let part = Part::open(&path, [9; 16], size).unwrap();
        assert_eq!(part.array::<u64>(1).unwrap(), [1, 2, 3]);
        assert!(matches!(Part::open(&path, [7; 16], size), Err(PartFault::Build)));
    }

    #[test]
    fn what_does_not_belong_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let (path, size) = written(directory.path());
        assert!(matches!(Part::open(&path, [8; 16], size), Err(PartFault::Build)));
        assert!(matches!(Part::open(&path, [7; 16], size + 1), Err(PartFault::Size { .. })));
        assert!(matches!(Part::open(&directory.path().join("x"), [7; 16], 0), Err(PartFault::Read(_))));
        let other = directory.path().join("other");
        std::fs::write(&other, [b'x'; 500]).unwrap();
        assert!(matches!(Part::open(&other, [7; 16], 500), Err(PartFault::Magic)));
        std::fs::write(&other, b"short").unwrap();
        assert!(matches!(Part::open(&other, [7; 16], 5), Err(PartFault::Magic)));
    }
}
