//! BCF files of `bcftools`, whole, cut and damaged.

use crate::error::Fault;
use crate::vcf::open::{Input, Limits};
use proptest::prelude::*;

const PACKED: &[u8] = include_bytes!("../../../testdata/bcf/odd.bcf");
const RAW: &[u8] = include_bytes!("../../../testdata/bcf/odd.raw.bcf");
const LINES: &str = include_str!("../../../testdata/bcf/odd.vcf");

fn read(bytes: &[u8], limits: &Limits, step: usize) -> Result<Vec<u8>, Fault> {
    let mut input = Input::open(bytes, limits)?;
    let mut text = Vec::new();
    while input.read_up_to(step, &mut text)? == step {}
    Ok(text)
}

#[test]
fn lines_are_those_that_bcftools_prints() {
    for bytes in [PACKED, RAW] {
        for step in [1, 7, 100_000] {
            let text = read(bytes, &Limits::default(), step).unwrap();
            similar(&text);
        }
    }
}

fn similar(text: &[u8]) {
    let text = String::from_utf8_lossy(text);
    for (line, expected) in text.lines().zip(LINES.lines()) {
        assert_eq!(line, expected);
    }
    assert_eq!(text.len(), LINES.len());
}

#[test]
fn wherever_it_is_cut_lines_are_whole_and_an_error_follows() {
    for end in 4..RAW.len() {
        let mut input = Input::open(&RAW[..end], &Limits::default()).unwrap();
        let mut text = Vec::new();
        let outcome = input.read_up_to(1 << 20, &mut text);
        assert!(LINES.as_bytes().starts_with(&text), "cut at {end}");
        assert!(text.is_empty() || text.ends_with(b"\n"), "cut at {end}");
        if outcome.is_ok() {
            let header = LINES.lines().filter(|line| line.starts_with('#')).count() as u64;
            assert!(crate::vcf::batches::count_lines(&text) >= header, "cut at {end}");
        }
    }
}

#[test]
fn a_giant_length_takes_no_memory() {
    let mut bytes = RAW.to_vec();
    bytes[5..9].copy_from_slice(&[0xff, 0xff, 0xff, 0x03]);
    assert!(matches!(read(&bytes, &Limits::default(), 100), Err(Fault::CorruptBcf { .. })));
    let header = u32::from_le_bytes([RAW[5], RAW[6], RAW[7], RAW[8]]) as usize;
    let mut bytes = RAW.to_vec();
    bytes[9 + header..][..4].copy_from_slice(&[0xff; 4]);
    assert!(matches!(read(&bytes, &Limits::default(), 100), Err(Fault::LineTooLong { .. })));
}

#[test]
fn a_short_record_does_not_become_an_endless_line() {
    let limits = Limits { max_line_bytes: 2000, ..Limits::default() };
    let header = format!(
        "##fileformat=VCFv4.3\n##FILTER=<ID={}>\n##contig=<ID=1>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\n",
        "F".repeat(1000)
    );
    let mut bytes = b"BCF\x02\x02".to_vec();
    bytes.extend((u32::try_from(header.len()).unwrap()).to_le_bytes());
    bytes.extend(header.as_bytes());
    // One allele, no ID, a hundred filters.
    let mut record = [[0; 4], [0; 4], [0; 4], [0; 4], [0, 0, 1, 0], [0; 4]].concat();
    record.extend([0x07, 0x17, b'A', 0xf1, 0x11, 100]);
    record.extend([1; 100]);
    bytes.extend([u32::try_from(record.len()).unwrap().to_le_bytes(), [0; 4]].concat());
    bytes.extend(record);
    assert!(matches!(read(&bytes, &limits, 100), Err(Fault::LineTooLong { limit_bytes: 2000 })));
    assert!(read(&bytes, &Limits::default(), 100).is_ok_and(|text| text.len() > 100_000));
}

proptest! {
    #[test]
    fn damaged_bytes_give_lines_or_an_error(
        changes in proptest::collection::vec((5..RAW.len(), any::<u8>()), 1..6),
    ) {
        let mut bytes = RAW.to_vec();
        for (at, byte) in changes {
            bytes[at] = byte;
        }
        if let Ok(text) = read(&bytes, &Limits::default(), 1000) {
            prop_assert!(text.is_empty() || text.ends_with(b"\n"));
        }
    }
}
