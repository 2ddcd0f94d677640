use super::*;
use crate::consequence::edit::{Class as EditClass, Edit};
use crate::consequence::place::TranscriptSite;
use crate::consequence::structural::class::Class;
use crate::genes::transcript::{Coding, Exon, Names, Slip, Strand, Transcript};
use crate::pipeline::options::Options;
use crate::record::row::Shown;
use crate::record::row::tests::{NAMES, transcript};
use proptest::prelude::*;
use rstest::rstest;

/// Bases of the contig on which the transcript lies: ten, an exon of 20 with a CDS from its fifth base, an intron of
/// 30, an exon of 20 with a CDS to its eighth, twenty.
const LENGTH: i64 = 100;
const FORWARD: [Exon; 2] =
    [Exon { start: 11, end: 30, cdna_start: 1 }, Exon { start: 61, end: 80, cdna_start: 21 }];
/// The same from the other end of the contig.
const REVERSE: [Exon; 2] =
    [Exon { start: 71, end: 90, cdna_start: 1 }, Exon { start: 21, end: 40, cdna_start: 21 }];

fn edit(start: i64, end: i64) -> Edit<'static> {
    Edit { start, end, reference: b"", alternative: b"", class: EditClass::Other }
}

fn row_on(transcript: Transcript<'_>, structure: &Structure<'_>) -> (Terms, String) {
    let mut csq = Vec::new();
    let hit = Hit { existing: b"", fields: b"", sources: 0 };
    let site = TranscriptSite::new(transcript).as_vep(structure.exact_vep);
    let near = NearTranscript::new(&site, &[]);
    let shown = structure.class.name();
    let mut rows = Rows::new(&Options::default(), Vec::new(), false);
    let terms = rows.write_structural(structure, &near, shown, hit, &mut csq);
    let csq = String::from_utf8(csq).unwrap();
    let fields: Vec<&str> = csq.split('|').collect();
    assert_eq!(fields.len(), 21, "{csq}");
    assert_eq!(fields[0], shown);
    assert!([10, 11, 15, 16, 17].iter().all(|field| fields[*field].is_empty()), "{csq}");
    (terms, [1, 8, 9, 12, 13, 14, 18].map(|field| fields[field]).join(" ").trim_end().to_owned())
}

/// Consequence, EXON, INTRON, positions in cDNA, CDS and protein, DISTANCE: on the forward strand, and on the reverse
/// strand of the mirror image.
fn rows(
    class: Class,
    start: i64,
    end: i64,
    exact_vep: bool,
    names: Names<'static>,
    is_coding: bool,
) -> [String; 2] {
    let cuts = class == Class::Breakpoint && end >= 11 && start <= 80;
    let structure = |start, end| Structure { class, edit: edit(start, end), cuts, exact_vep };
    let on = |exons, strand, structure| {
        let whole = transcript(exons, strand);
        let coding = whole.coding.filter(|_| is_coding);
        row_on(Transcript { coding, names, ..whole }, &structure).1
    };
    [
        on(&FORWARD, Strand::Forward, structure(start, end)),
        on(&REVERSE, Strand::Reverse, structure(LENGTH + 1 - end, LENGTH + 1 - start)),
    ]
}

/// The last base of a codon is read again; the exon that is cut there is one.
#[rstest]
#[case::before_it(12, 14, "1/2  2-4")]
#[case::over_it(19, 23, "1/2  9-14 5-10 2-4")]
#[case::after_it(22, 24, "1/2  13-15 9-11 3-4")]
#[case::in_the_next_exon(62, 64, "2/2  23-25 19-21 7")]
#[case::in_the_intron(40, 45, "1/1")]
fn a_slip_adds_no_exon(#[case] start: i64, #[case] end: i64, #[case] expected: &str) {
    let cut = [
        Exon { start: 11, end: 20, cdna_start: 1 },
        Exon { start: 20, end: 30, cdna_start: 11 },
        Exon { start: 61, end: 80, cdna_start: 22 },
    ];
    let whole = transcript(&cut, Strand::Forward);
    let coding = whole.coding.map(|coding| Coding { cdna_end: 29, ..coding });
    let slip = Some(Slip { exons_before: 1, exons: &FORWARD, coding_end: 28 });
    let structure =
        Structure { class: Class::Deletion, edit: edit(start, end), cuts: false, exact_vep: false };
    let (_, fields) = row_on(Transcript { coding, slip, ..whole }, &structure);
    let (_, places) = fields.split_once(' ').unwrap();
    assert_eq!(places.trim(), expected);
}

#[rstest]
#[case::upstream(Class::Deletion, 1, 9, "upstream_gene_variant      2")]
#[case::downstream(Class::Duplication, 85, 99, "downstream_gene_variant      5")]
#[case::ablation(Class::Deletion, 5, 85, "transcript_ablation")]
#[case::ablation_of_no_more(Class::AluDeletion, 11, 80, "transcript_ablation")]
#[case::amplification(Class::Duplication, 5, 85, "transcript_amplification")]
#[case::amplification_in_tandem(Class::TandemDuplication, 11, 80, "transcript_amplification")]
#[case::repeats(Class::TandemRepeat, 11, 80, "transcript_amplification")]
#[case::whole_inverted(Class::Inversion, 5, 85, "coding_transcript_variant")]
#[case::whole_copies(Class::CopyNumberVariation, 11, 80, "coding_transcript_variant")]
#[case::five_prime_end(Class::Deletion, 5, 13, "feature_truncation&5_prime_UTR_variant 1/2  ?-3")]
#[case::three_prime_end(Class::Deletion, 70, 90, "feature_truncation&3_prime_UTR_variant 2/2  30-?")]
#[case::codon(Class::Deletion, 18, 20, "feature_truncation&inframe_deletion 1/2  8-10 4-6 2")]
#[case::base(Class::Deletion, 18, 18, "frameshift_variant&feature_truncation 1/2  8 4 2")]
#[case::start(
    Class::Deletion,
    13,
    16,
    "frameshift_variant&start_lost&feature_truncation&5_prime_UTR_variant 1/2  3-6 ?-2 ?-1"
)]
#[case::start_inverted(Class::Inversion, 15, 20, "start_lost&coding_sequence_variant 1/2  5-10 1-6 1-2")]
#[case::start_from_outside(
    Class::Deletion,
    5,
    16,
    "feature_truncation&coding_sequence_variant&5_prime_UTR_variant 1/2  ?-6 ?-2 ?-1"
)]
#[case::stop(
    Class::Deletion,
    66,
    70,
    "frameshift_variant&stop_lost&feature_truncation&3_prime_UTR_variant 2/2  26-30 22-? 8-?"
)]
#[case::stop_doubled(
    Class::Duplication,
    66,
    70,
    "feature_elongation&coding_sequence_variant&3_prime_UTR_variant 2/2  26-30 22-? 8-?"
)]
#[case::intron(Class::Deletion, 39, 43, "intron_variant  1/1")]
#[case::donor_region(Class::Deletion, 36, 40, "splice_donor_region_variant&intron_variant  1/1")]
#[case::intron_doubled(Class::Duplication, 36, 40, "intron_variant  1/1")]
#[case::tract(Class::Deletion, 46, 50, "splice_polypyrimidine_tract_variant&intron_variant  1/1")]
#[case::acceptor(Class::Deletion, 59, 60, "splice_acceptor_variant  1/1")]
#[case::acceptor_doubled(Class::Duplication, 59, 60, "intron_variant  1/1")]
#[case::exon(
    Class::Deletion,
    55,
    85,
    "splice_acceptor_variant&stop_lost&feature_truncation&coding_sequence_variant&3_prime_UTR_variant&intron_variant 2/2 1/1"
)]
#[case::edge(
    Class::Inversion,
    25,
    40,
    "splice_donor_variant&splice_donor_5th_base_variant&coding_sequence_variant&intron_variant 1/2 1/1 15-? 11-? 4-?"
)]
#[case::inserted(Class::Insertion, 19, 18, "feature_elongation&coding_sequence_variant 1/2  8-9 4-5 2")]
#[case::inserted_in_intron(Class::Insertion, 41, 40, "intron_variant  1/1")]
#[case::doubled(Class::Duplication, 18, 25, "feature_elongation&coding_sequence_variant 1/2  8-15 4-11 2-4")]
#[case::doubled_in_part(
    Class::Duplication,
    5,
    25,
    "coding_sequence_variant&5_prime_UTR_variant 1/2  ?-15 ?-11 ?-4"
)]
#[case::copies_in_exon(Class::CopyNumberVariation, 18, 20, "coding_sequence_variant 1/2  8-10 4-6 2")]
#[case::broken_in_exon(
    Class::Breakpoint,
    19,
    18,
    "feature_truncation&coding_sequence_variant 1/2  8-9 4-5 2"
)]
#[case::broken_in_intron(Class::Breakpoint, 41, 40, "feature_truncation&intron_variant  1/1")]
#[case::broken_before(Class::Breakpoint, 6, 5, "upstream_gene_variant      5")]
fn rows_are_the_same_on_both_strands(
    #[case] class: Class,
    #[case] start: i64,
    #[case] end: i64,
    #[case] expected: &str,
) {
    assert_eq!(rows(class, start, end, false, NAMES, true), [expected, expected]);
}

#[rstest]
#[case::start_both(
    Class::Inversion,
    15,
    20,
    "start_lost&start_retained_variant&coding_sequence_variant 1/2  5-10 1-6 1-2"
)]
#[case::no_splice_sites(
    Class::Inversion,
    25,
    40,
    "coding_sequence_variant&intron_variant 1/2 1/1 15-? 11-? 4-?"
)]
#[case::nothing_at_all(Class::Deletion, 59, 60, "intergenic_variant  1/1")]
fn vep_errs(#[case] class: Class, #[case] start: i64, #[case] end: i64, #[case] expected: &str) {
    assert_eq!(rows(class, start, end, true, NAMES, true), [expected, expected]);
}

#[rstest]
#[case::whole(5, 85, "non_coding_transcript_variant")]
#[case::exon(15, 18, "non_coding_transcript_exon_variant 1/2  5-8")]
#[case::intron(39, 43, "intron_variant&non_coding_transcript_variant  1/1")]
fn without_a_protein(#[case] start: i64, #[case] end: i64, #[case] expected: &str) {
    let names = Names { biotype: "lncRNA", ..NAMES };
    assert_eq!(rows(Class::Inversion, start, end, false, names, false), [expected, expected]);
}

#[test]
fn unknown_ends_of_the_coding_sequence_are_not_lost() {
    let whole = transcript(&FORWARD, Strand::Forward);
    let coding = whole.coding.map(|coding| Coding { start_not_found: true, end_not_found: true, ..coding });
    for (start, end) in [(15, 16), (67, 68)] {
        let structure =
            Structure { class: Class::Deletion, edit: edit(start, end), cuts: false, exact_vep: false };
        let known = row_on(whole, &structure).0;
        assert!(known.contains(Term::StartLost) != known.contains(Term::StopLost));
        let unknown = row_on(Transcript { coding, ..whole }, &structure).0;
        assert!(!unknown.contains(Term::StartLost) && !unknown.contains(Term::StopLost));
    }
}

#[test]
fn transcripts_that_decay_are_told() {
    let names = Names { biotype: "nonsense_mediated_decay", ..NAMES };
    for (start, end, expected) in [
        (5, 85, "NMD_transcript_variant"),
        (18, 20, "coding_sequence_variant&NMD_transcript_variant 1/2  8-10 4-6 2"),
    ] {
        assert_eq!(rows(Class::Inversion, start, end, false, names, true), [expected, expected]);
    }
}

/// Terms that say where a variant lies and how much of the transcript it takes, whatever the bases.
const OF_PLACE: [Term; 15] = [
    Term::TranscriptAblation,
    Term::SpliceAcceptor,
    Term::SpliceDonor,
    Term::SpliceDonorFifthBase,
    Term::SpliceRegion,
    Term::SpliceDonorRegion,
    Term::SplicePolypyrimidineTract,
    Term::Frameshift,
    Term::FivePrimeUtr,
    Term::ThreePrimeUtr,
    Term::NonCodingTranscriptExon,
    Term::Intron,
    Term::UpstreamGene,
    Term::DownstreamGene,
    Term::Intergenic,
];

proptest! {
    /// A deletion says the same of its place whether its bases are written out or not.
    #[test]
    fn symbolic_and_explicit_deletions_agree(
        start in 1_i64..100, length in 1_i64..=50, reverse: bool, bases in "[ACGT]{100}",
    ) {
        let end = (start + length - 1).min(LENGTH);
        let (exons, strand) = if reverse { (&REVERSE, Strand::Reverse) } else { (&FORWARD, Strand::Forward) };
        let structure =
            Structure { class: Class::Deletion, edit: edit(start, end), cuts: false, exact_vep: false };
        let (symbolic, _) = row_on(transcript(exons, strand), &structure);

        let bases = bases.as_bytes();
        let range = usize::try_from(start - 1).unwrap()..usize::try_from(end).unwrap();
        let explicit = Edit { reference: &bases[range], class: EditClass::Deletion, ..edit(start, end) };
        let mut rows = Rows::new(&Options::default(), Vec::new(), false);
        let hit = Hit { existing: b"", fields: b"", sources: 0 };
        let site = TranscriptSite::new(transcript(exons, strand));
        let near = NearTranscript::new(&site, &[]);
        let shown = Shown { allele: b"", place: (explicit.start, explicit.end), genomic_name: b"" };
        let explicit = rows.write(&explicit, shown, &near, bases, hit, &mut Vec::new());

        let meets = |terms: Terms, term| terms.contains(term);
        // Bases may keep a stop codon or end in one; lengths alone cannot tell.
        let in_doubt = [Term::StopRetained, Term::StartRetained, Term::StopLost, Term::StartLost];
        let doubtful = in_doubt.iter().any(|term| meets(explicit, *term) || meets(symbolic, *term));
        for term in OF_PLACE.into_iter().filter(|term| *term != Term::Frameshift || !doubtful) {
            // Of a deletion over an edge of the CDS or of an exon, the length says nothing of the frame.
            let crosses = term == Term::Frameshift
                && (site.coordinates(start, end).cds.whole().is_none() || !site.introns_within(start, end).is_empty());
            prop_assert!(crosses || meets(symbolic, term) == meets(explicit, term), "{term:?} of {start}-{end}");
        }
    }
}
