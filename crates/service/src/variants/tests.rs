use std::{
    io::{self, Write as _},
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use proptest::prelude::*;
use rstest::rstest;

use super::{source::Source, *};

const HEADER: &str = "##fileformat=VCFv4.2\n\
##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Consequence annotations from Ensembl VEP. Format: \
Allele|Consequence|IMPACT|SYMBOL|Gene|Feature|HGVSp|Existing_variation|DISTANCE\">\n\
#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tS1\n";

const RECORDS: &str = "\
MT\t60\t.\tT\tA\t.\t.\tAC=1;CSQ=A|upstream_gene_variant|MODIFIER|MT-ND1|ENSG1|ENST1|||3247,A|upstream_gene_variant|MODIFIER|MT-TF|ENSG2|ENST2|||517\tGT\t0/1\n\
MT\t3308\trs28358582\tT\tC,G\t50.5\tPASS\tCSQ=C|start_lost|HIGH|MT-ND1|ENSG1|ENST1|p.Met1%3F|rs28358582|,G|start_lost|HIGH|MT-ND1|ENSG1|ENST1|||,C|non_coding_transcript_exon_variant|MODIFIER|MT-TL1|ENSG3|ENST3|||;AC=2\tGT\t1/2\n\
MT\t4000\t.\tCTT\tC,CT,*\t.\tq10\tCSQ=-|frameshift_variant|HIGH|MT-ND1|ENSG1|ENST1|||,T|frameshift_variant|HIGH|MT-ND1|ENSG1|ENST1|||\tGT\t1/2\n\
MT\t4500\t.\tA\tG\t.\t.\tCSQ=G|synonymous_variant|LOW|MT-ND2|ENSG4|ENST4|p.Leu2%3D||,G|downstream_gene_variant|MODIFIER|MT-ND1|ENSG1|ENST1|||238\tGT\t0/1\n\
MT\t4600\t.\tA\tC\t.\t.\tCSQ=C|missense_variant|MODERATE|MT-ND2|ENSG4|ENST4|p.Ile5Leu|MITOMAP|\tGT\t0/1\n\
NT_113878\t1000\t.\tA\tG\t.\t.\tDP=7\tGT\t0/1\n\
not a record\n\
MT\t16000\t.\tG\t<DEL>,<DUP>\t.\t.\tEND=16100;CSQ=deletion|transcript_ablation|HIGH|MT-TP|ENSG5|ENST5|||,duplication|transcript_amplification|HIGH|MT-TP|ENSG5|ENST5|||\tGT\t0/1";

/// Rows as `position alternative`, which names each of them.
const ALL: [&str; 12] = [
    "60 A",
    "3308 C",
    "3308 G",
    "4000 C",
    "4000 CT",
    "4000 *",
    "4500 G",
    "4600 C",
    "1000 G",
    "16000 <DEL>",
    "16000 <DUP>",
    "",
];

#[derive(Clone, Copy, Debug)]
enum As {
    Plain,
    Blocks,
    Gzip,
}

fn packed(text: &[u8], way: As) -> Vec<u8> {
    match way {
        As::Plain => text.to_vec(),
        As::Blocks => {
            let mut writer = noodles_bgzf::io::Writer::new(Vec::new());
            // Lines go across the borders of blocks.
            for part in text.chunks(97) {
                writer.write_all(part).unwrap();
                writer.flush().unwrap();
            }
            writer.finish().unwrap()
        }
        As::Gzip => {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            encoder.write_all(text).unwrap();
            encoder.finish().unwrap()
        }
    }
}

fn source(bytes: Vec<u8>) -> Source {
    let size = bytes.len() as u64;
    let open = move |offset: u64| -> io::Result<text::Bytes> {
        let rest = bytes.get(usize::try_from(offset).unwrap()..).unwrap_or_default().to_vec();
        Ok(Box::new(io::Cursor::new(rest)))
    };
    Source::new(Box::new(open), size, Arc::new(AtomicBool::new(false)))
}

fn example(way: As) -> Source {
    source(packed(format!("{HEADER}{RECORDS}").as_bytes(), way))
}

/// Bounds without a clock: so many bytes for a page, and for counting.
fn bounds(page: u64, count: u64) -> Bounds {
    let bound = |bytes| Bound { at_least: 0, bytes, time: Duration::MAX };
    Bounds { page: bound(page), count: bound(count), sort: bound(1 << 30) }
}

const AMPLE: u64 = 1 << 30;

fn read(source: &Source, query: &VariantQuery, bounds: Bounds) -> Result<VariantPage, VariantsError> {
    match query.sort {
        VariantSort::Position => page::read(source, query, bounds),
        VariantSort::Impact => sorted::read(source, query, bounds),
    }
}

fn query(limit: usize) -> VariantQuery {
    VariantQuery { limit, ..VariantQuery::default() }
}

fn filtered(filter: VariantFilter) -> VariantQuery {
    VariantQuery { filter, ..query(100) }
}

fn names(rows: &[Variant]) -> Vec<String> {
    rows.iter().map(|row| format!("{} {}", row.position, row.alternative_allele)).collect()
}

fn all() -> Vec<String> {
    ALL.iter().filter(|name| !name.is_empty()).map(|name| (*name).to_owned()).collect()
}

/// All pages of a query, one after the other.
fn pages(source: &Source, query: &VariantQuery, bounds: Bounds) -> Vec<VariantPage> {
    let mut pages = Vec::new();
    let mut query = query.clone();
    loop {
        let page = read(source, &query, bounds).unwrap();
        query.cursor.clone_from(&page.next);
        pages.push(page);
        if query.cursor.is_none() {
            return pages;
        }
        assert!(pages.len() < 1000, "paging comes to an end");
    }
}

#[rstest]
#[case(As::Plain)]
#[case(As::Blocks)]
#[case(As::Gzip)]
fn pages_of_any_size_give_every_row_once_in_order(#[case] way: As) {
    let source = example(way);
    let whole = read(&source, &query(100), bounds(AMPLE, AMPLE)).unwrap();
    assert_eq!(names(&whole.rows), all());
    assert_eq!((whole.total, whole.more, &whole.next), (Some(11), false, &None));
    for limit in 1..12 {
        let pages = pages(&source, &query(limit), bounds(AMPLE, AMPLE));
        let rows: Vec<_> = pages.iter().flat_map(|page| page.rows.clone()).collect();
        assert_eq!(rows, whole.rows, "pages of {limit}");
        assert_eq!(pages.len(), 11_usize.div_ceil(limit));
        let mut before = 0;
        for page in &pages {
            assert_eq!((page.total, page.rows_before), (Some(11), before));
            before += page.rows.len() as u64;
        }
    }
}

#[rstest]
#[case(As::Plain)]
#[case(As::Blocks)]
#[case(As::Gzip)]
fn what_takes_too_long_is_given_in_parts_and_not_counted(#[case] way: As) {
    let source = example(way);
    let first = read(&source, &query(2), bounds(AMPLE, 1)).unwrap();
    assert_eq!((first.total, first.more, first.rows.len()), (None, true, 2));
    for (page, count) in [(1, 1), (300, 1), (1, 300)] {
        let pages = pages(&source, &query(2), bounds(page, count));
        let rows: Vec<_> = pages.iter().flat_map(|page| names(&page.rows)).collect();
        assert_eq!(rows, all());
        assert_eq!(pages.last().unwrap().total, Some(11), "known at the end");
    }
}

#[rstest]
#[case::contig(VariantFilter { contig: Some("chrM".into()), to: Some(100), ..VariantFilter::default() }, "60 A")]
#[case::kept(VariantFilter { contig: Some("NT_113878".into()), ..VariantFilter::default() }, "1000 G")]
#[case::reaches(
    VariantFilter { contig: Some("MT".into()), from: Some(4002), to: Some(4500), ..VariantFilter::default() },
    "4000 C,4000 CT,4000 *,4500 G"
)]
#[case::beyond(VariantFilter { from: Some(4003), to: Some(4499), ..VariantFilter::default() }, "")]
#[case::terms(
    VariantFilter { terms: vec!["missense_variant".into(), "synonymous_variant".into()], ..VariantFilter::default() },
    "4500 G,4600 C"
)]
#[case::impact(
    VariantFilter { impact: Some(Impact::Moderate), to: Some(5000), ..VariantFilter::default() },
    "3308 C,3308 G,4000 C,4000 CT,4600 C"
)]
#[case::gene(VariantFilter { gene: Some("mt-nd2".into()), ..VariantFilter::default() }, "4500 G,4600 C")]
#[case::gene_identifier(VariantFilter { gene: Some("ENSG3".into()), ..VariantFilter::default() }, "3308 C")]
#[case::one_annotation(
    // The allele is synonymous in MT-ND2 and downstream of MT-ND1, not the other way round.
    VariantFilter {
        gene: Some("MT-ND1".into()),
        terms: vec!["synonymous_variant".into()],
        ..VariantFilter::default()
    },
    ""
)]
#[case::known(VariantFilter { known: Some(true), ..VariantFilter::default() }, "3308 C,4600 C")]
#[case::unknown(
    VariantFilter { known: Some(false), from: Some(4500), ..VariantFilter::default() },
    "4500 G,16000 <DEL>,16000 <DUP>"
)]
#[case::kind(
    VariantFilter { kinds: vec![AlleleKind::Deletion, AlleleKind::OverlappingDeletion], ..VariantFilter::default() },
    "4000 C,4000 CT,4000 *"
)]
#[case::symbolic(
    VariantFilter { terms: vec!["transcript_amplification".into()], ..VariantFilter::default() },
    "16000 <DUP>"
)]
#[case::text(VariantFilter { text: Some("ILE5".into()), ..VariantFilter::default() }, "4600 C")]
#[case::locus(VariantFilter { text: Some("mt:46".into()), ..VariantFilter::default() }, "4600 C")]
#[case::identifier(VariantFilter { text: Some("rs2835".into()), ..VariantFilter::default() }, "3308 C,3308 G")]
fn filters(#[case] filter: VariantFilter, #[case] expected: &str) {
    let expected: Vec<_> = expected.split(',').filter(|name| !name.is_empty()).collect();
    for sort in [VariantSort::Position, VariantSort::Impact] {
        let query = VariantQuery { sort, ..filtered(filter.clone()) };
        let page = read(&example(As::Plain), &query, bounds(AMPLE, AMPLE)).unwrap();
        assert_eq!(page.total, Some(expected.len() as u64));
        let mut found = names(&page.rows);
        found.sort_by_key(|name| all().iter().position(|known| known == name));
        assert_eq!(found, expected);
        let pages = pages(&example(As::Plain), &VariantQuery { limit: 1, ..query }, bounds(AMPLE, 1));
        assert_eq!(pages.iter().map(|page| page.rows.len()).sum::<usize>(), expected.len());
    }
}

#[rstest]
#[case(As::Plain)]
#[case(As::Blocks)]
#[case(As::Gzip)]
fn sorted_by_impact_the_most_severe_come_first(#[case] way: As) {
    let source = example(way);
    let query = |limit| VariantQuery { sort: VariantSort::Impact, ..query(limit) };
    let whole = read(&source, &query(100), bounds(AMPLE, AMPLE)).unwrap();
    let expected = [
        "16000 <DEL>",
        "4000 C",
        "4000 CT",
        "3308 C",
        "3308 G",
        "16000 <DUP>",
        "4600 C",
        "4500 G",
        "60 A",
        "4000 *",
        "1000 G",
    ];
    assert_eq!(names(&whole.rows), expected);
    assert_eq!((whole.total, whole.more), (Some(11), false));
    for limit in 1..12 {
        let pages = pages(&source, &query(limit), bounds(AMPLE, AMPLE));
        let rows: Vec<_> = pages.into_iter().flat_map(|page| page.rows).collect();
        assert_eq!(rows, whole.rows, "pages of {limit}");
    }
}

#[test]
fn sorting_ends_where_it_says() {
    let lines = (1..=MAX_SORTED + 5).map(|position| format!("MT\t{position}\t.\tA\tG\t.\t.\t.\n"));
    let text: String = std::iter::once(HEADER.to_owned()).chain(lines).collect();
    let source = source(text.into_bytes());
    let query = VariantQuery { sort: VariantSort::Impact, ..query(4_999) };
    let pages = pages(&source, &query, bounds(AMPLE, AMPLE));
    assert_eq!(pages.iter().map(|page| page.rows.len()).sum::<usize>(), MAX_SORTED);
    let last = pages.last().unwrap();
    assert!(last.more && last.note.is_some());
    assert_eq!(last.total, Some(MAX_SORTED as u64 + 5));
    let too_little = Bounds { sort: bounds(0, 0).count, ..bounds(AMPLE, AMPLE) };
    assert!(matches!(read(&source, &query, too_little), Err(VariantsError::TooLargeToSort)));
}

#[test]
fn rows_have_typed_fields_and_the_most_telling_annotation_first() {
    let page = read(&example(As::Plain), &query(100), bounds(AMPLE, AMPLE)).unwrap();
    let row = |name: &str| &page.rows[ALL.iter().position(|known| *known == name).unwrap()];

    let first = row("60 A");
    assert_eq!((first.contig.as_str(), first.position, first.annotation_count), ("MT", 60, 2));
    assert_eq!(first.annotations.len(), 1);
    // Of two alike, the nearer gene.
    assert_eq!(first.annotations[0].get("SYMBOL"), Some("MT-TF"));

    let second = row("3308 C");
    assert_eq!(second.identifier.as_deref(), Some("rs28358582"));
    assert_eq!((second.quality, second.filter.as_deref()), (Some(50.5), Some("PASS")));
    assert_eq!((second.kind, second.allele_number, second.annotation_count), (AlleleKind::Snv, 1, 2));
    let annotation = &second.annotations[0];
    assert_eq!(
        (annotation.impact, annotation.consequences.join("&")),
        (Some(Impact::High), "start_lost".into())
    );
    assert_eq!(annotation.get("HGVSp"), Some("p.Met1?"));
    assert_eq!(annotation.get("DISTANCE"), None);

    // Names of deleted alleles lack the base they share.
    assert_eq!((row("4000 C").annotation_count, row("4000 CT").annotation_count), (1, 1));
    assert_eq!(row("4000 *").annotations, []);
    assert_eq!(row("1000 G").annotations, []);
}

#[test]
fn all_annotations_on_demand_those_that_match_first() {
    let filter = VariantFilter { gene: Some("MT-ND1".into()), from: Some(4500), ..VariantFilter::default() };
    let query = VariantQuery { all_annotations: true, ..filtered(filter) };
    let page = read(&example(As::Plain), &query, bounds(AMPLE, AMPLE)).unwrap();
    let genes: Vec<_> = page.rows[0].annotations.iter().map(|annotation| annotation.get("SYMBOL")).collect();
    assert_eq!(genes, [Some("MT-ND1"), Some("MT-ND2")]);
}

#[test]
fn a_result_without_annotations_is_shown_as_it_is() {
    let text = format!("##fileformat=VCFv4.2\n{RECORDS}");
    let page = read(&source(text.into_bytes()), &query(100), bounds(AMPLE, AMPLE)).unwrap();
    assert_eq!(names(&page.rows), all());
    assert!(page.rows.iter().all(|row| row.annotations.is_empty()));
    assert!(page.fields.names().is_empty());
    for empty in ["", HEADER] {
        let page = read(&source(empty.into()), &query(100), bounds(AMPLE, AMPLE)).unwrap();
        assert_eq!((page.rows.len(), page.total, page.more), (0, Some(0), false));
    }
}

#[test]
fn a_small_result_is_counted_however_slow_the_machine() {
    let count = Bound { at_least: 1 << 20, bytes: 1 << 20, time: Duration::ZERO };
    let page = read(&example(As::Plain), &query(2), Bounds { count, ..bounds(AMPLE, 0) }).unwrap();
    assert_eq!(page.total, Some(11));
    let count = Bound { at_least: 1, ..count };
    let page = read(&example(As::Plain), &query(2), Bounds { count, ..bounds(AMPLE, 0) }).unwrap();
    assert_eq!(page.total, None);
}

#[test]
fn nobody_waiting_ends_the_reading() {
    let source = Source::new(
        Box::new(|_| Ok(Box::new(io::repeat(b'\n')) as text::Bytes)),
        0,
        Arc::new(AtomicBool::new(true)),
    );
    assert!(matches!(read(&source, &query(1), Bounds::default()), Err(VariantsError::Read(_))));
}

#[test]
fn alternatives_of_one_name_are_told_apart_by_their_numbers() {
    let names = FieldNames::of_header(
        b"##INFO=<ID=CSQ,Number=.,Type=String,Description=\"Format: Allele|Consequence|ALLELE_NUM\">",
    )
    .unwrap();
    let line = b"MT\t9\t.\tG\t<DEL>,<DEL>,<DEL>\t.\t.\tCSQ=deletion|intron_variant|2,deletion|stop_lost|3,G.|x|,y|x|0";
    let record = record::Record::of(line).unwrap();
    let rows = record.rows(&names, &record.alleles());
    let alleles: Vec<usize> = rows.iter().map(|(allele, _)| *allele).collect();
    assert_eq!(alleles, [1, 2, 0, 1]);
}

proptest! {
    #[test]
    fn no_cursor_leads_astray(offset: u64, within: u16, allele: usize, rows_before: u64, near in 0_u64..3000) {
        for way in [As::Plain, As::Blocks, As::Gzip] {
            for offset in [offset, near] {
                for sort in [VariantSort::Position, VariantSort::Impact] {
                    let place = text::Place { offset, within };
                    let position = cursor::Position { place, allele, rows_before: rows_before / 2, total: None };
                    let cursor = position.cursor(&VariantFilter::default(), sort);
                    let query = VariantQuery { cursor: Some(cursor), sort, ..query(5) };
                    // Whatever it gives, it gives an end.
                    if let Ok(page) = read(&example(way), &query, bounds(AMPLE, AMPLE)) {
                        prop_assert!(page.rows.len() <= 5);
                    }
                }
            }
        }
    }

    #[test]
    fn no_file_leads_astray(bytes in proptest::collection::vec(any::<u8>(), 0..300), lines: Vec<String>) {
        for text in [bytes, format!("{HEADER}{}", lines.join("\t")).into_bytes()] {
            for sort in [VariantSort::Position, VariantSort::Impact] {
                let query = VariantQuery { sort, all_annotations: true, ..query(5) };
                let _ = read(&source(text.clone()), &query, bounds(AMPLE, AMPLE));
            }
        }
    }
}
