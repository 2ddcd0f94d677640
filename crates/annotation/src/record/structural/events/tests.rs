use super::*;
use rstest::rstest;

fn parts<'a>(reference: &'a str, info: &'a str) -> Parts<'a> {
    Parts { position: 100, reference, info: Info::read(info.as_bytes()), longest: 10_000 }
}

/// Class, first and last base, and the other ends as `contig:first-last=shown`.
fn told(event: &Result<Event, NoRows>) -> String {
    let event = match event {
        Ok(event) => event,
        Err(reason) => return reason.name().to_owned(),
    };
    let others = event
        .other_ends
        .iter()
        .map(|end| format!(" {}:{}-{}={}", end.contig, end.stretch.first, end.stretch.last, end.shown));
    let Stretch { first, last } = event.stretch;
    format!("{} {first}-{last}{}", event.shown, others.collect::<String>())
}

/// The cases of the first column are those of VEP's own tests (`t/Parser_VCF.t`), at another place.
#[rstest]
#[case::end("<DUP>", "SVTYPE=DUP;END=111", "duplication 101-111")]
#[case::no_kind("<DUP>", "END=111", "duplication 101-111")]
#[case::length("<DUP>", "SVLEN=11", "duplication 101-111")]
#[case::no_alternative(".", "SVTYPE=DUP;END=111", "duplication 101-111")]
#[case::fuzzy("<DUP>", "SVLEN=11;CIPOS=-3,2;CIEND=-4,5", "duplication 101-111")]
#[case::deletion("<DEL>", "SVLEN=11", "deletion 101-111")]
#[case::negative_length("<DEL>", "SVLEN=-11", "deletion 101-111")]
#[case::endless("<DEL>", ".", "structural_incomplete")]
#[case::too_long("<DUP>", "SVLEN=10002", "structural_too_long")]
#[case::longest("<DUP>", "SVLEN=10001", "duplication 101-10101")]
#[case::unknown("<CPX>", "END=828;SVTYPE=CPX;SVLEN=59", "structural_not_supported")]
#[case::deleted_element("<DEL:ME:L1>", "SVTYPE=DEL;SVLEN=278", "LINE1_deletion 101-378")]
#[case::no_copy("<CN=0>", "END=835;SVTYPE=DEL;SVLEN=59", "deletion 101-159")]
#[case::two_copies("<CN2>", "SVTYPE=DUP;SVLEN=59", "duplication 101-159")]
#[case::copies("<CNV>", "SVTYPE=CNV;SVLEN=59", "copy_number_variation 101-159")]
#[case::inverted("<INV>", "END=120", "inversion 101-120")]
#[case::by_kind("<LONG>", "SVTYPE=INV;END=120", "inversion 101-120")]
#[case::backwards("<DEL>", "END=90", "structural_incomplete")]
#[case::repeat("<CNV:TR>", "END=110", "tandem_repeat 101-110")]
fn both_ways_agree(#[case] alternative: &str, #[case] info: &str, #[case] expected: &str) {
    let parts = parts("T", info);
    assert_eq!(told(&Event::as_vep(&parts, alternative)), expected);
    assert_eq!(told(&Event::of(&parts, alternative, 0, 1)), expected);
}

/// What VEP says, and what we do.
#[rstest]
#[case::insertions_have_no_length("<INS>", "SVLEN=300", "insertion 101-400", "insertion 101-100")]
#[case::of_an_element("<INS:ME:ALU>", "SVTYPE=INS", "Alu_insertion 101-101", "Alu_insertion 101-100")]
#[case::two_classes(
    "<DEL>,<DUP>",
    "END=120",
    "structural_not_supported",
    "deletion 101-120; duplication 101-120"
)]
#[case::two_lengths(
    "<DEL>,<DEL>",
    "SVLEN=5,9",
    "structural_not_supported",
    "deletion 101-105; deletion 101-109"
)]
#[case::copies(
    "<CN0>,<CN2>",
    "END=120",
    "copy_number_variation 101-120",
    "deletion 101-120; duplication 101-120"
)]
#[case::beside_others(
    "G,<NON_REF>",
    "END=120",
    "structural_not_supported",
    "structural_not_supported; structural_not_supported"
)]
fn vep_reads_all_alternatives_as_one(
    #[case] alternatives: &str,
    #[case] info: &str,
    #[case] as_vep: &str,
    #[case] expected: &str,
) {
    let parts = parts("T", info);
    assert_eq!(told(&Event::as_vep(&parts, alternatives)), as_vep);
    let count = alternatives.split(',').count();
    let each = alternatives.split(',').enumerate();
    let each: Vec<String> =
        each.map(|(index, alternative)| told(&Event::of(&parts, alternative, index, count))).collect();
    assert_eq!(each.join("; "), expected);
}

/// VEP takes the base after POS, and the mate's; we cut between the bases that the breakend names.
#[rstest]
#[case::with_end(
    "TCA",
    "]1:379]A",
    "SVTYPE=BND;END=379",
    ".TCA 101-101 1:379-379=]1:379]A",
    ".TCA 100-99 1:380-379=]1:379]A"
)]
#[case::right("A", "C[2:68[", "SVTYPE=BND", "A. 101-101 2:68-68=C[2:68[", "A. 101-100 2:68-67=C[2:68[")]
#[case::by_info(
    "G",
    "<BND>",
    "SVTYPE=BND;CHR2=2;END2=68",
    "G. 101-101 2:68-68=N[2:68[",
    "G. 101-100 2:68-67=N[2:68["
)]
#[case::by_end(
    "A",
    "<BND>",
    "SVTYPE=BND;CHR2=2;END=68",
    "A. 101-101 2:68-68=N[2:68[",
    "A. 101-100 2:68-67=N[2:68["
)]
#[case::single("TCA", "TCA.", ".", "chromosome_breakpoint 101-102", "chromosome_breakpoint 103-102")]
#[case::single_left("T", ".A", ".", "chromosome_breakpoint 101-100", "chromosome_breakpoint 100-99")]
fn breakends(
    #[case] reference: &str,
    #[case] alternative: &str,
    #[case] info: &str,
    #[case] as_vep: &str,
    #[case] expected: &str,
) {
    let parts = parts(reference, info);
    assert_eq!(told(&Event::as_vep(&parts, alternative)), as_vep);
    assert_eq!(told(&Event::of(&parts, alternative, 0, 1)), expected);
}

#[test]
fn vep_has_one_near_end_for_all_mates() {
    let event = Event::as_vep(&parts("A", "SVTYPE=BND"), "]1:379]A,C]2:68]");
    assert_eq!(told(&event), ".A 101-101 1:379-379=]1:379]A 2:68-68=C]2:68]");
}

#[rstest]
#[case("A", "G", "SVTYPE=INS", false)]
#[case("A", "<DEL>", ".", true)]
#[case("A", "G,<NON_REF>", ".", true)]
#[case("A", "G,<*>", ".", false)]
#[case("A", "G,*", ".", false)]
#[case("A", "G,*", "SVTYPE=DEL", true)]
#[case("N", "ACGT", "SVTYPE=INS", true)]
#[case("A", "G]17:198]", ".", true)]
#[case("A", "A.", ".", true)]
#[case("A", ".A", ".", true)]
#[case("A", ".", ".", false)]
#[case("A", ".", "SVTYPE=DUP;END=9", true)]
#[case("A", "<DEL:*>", ".", false)]
fn what_vep_takes_for_structural(
    #[case] reference: &str,
    #[case] alternatives: &str,
    #[case] info: &str,
    #[case] expected: bool,
) {
    let (reference, alternatives) = (reference.as_bytes(), alternatives.as_bytes());
    assert_eq!(is_structural_to_vep(reference, alternatives, info.as_bytes()), expected);
}

#[rstest]
#[case::in_the_allele("N]MT:600]MT:6000C;CLT", ".", "N]MT:600]MT:6000C%3BCLT")]
#[case::in_info("<BND>", "SVTYPE=BND;CHR2=a|b c;END=7", "N[a&b_c:7[")]
fn no_mark_of_a_mate_ends_its_row(#[case] alternative: &str, #[case] info: &str, #[case] expected: &str) {
    for as_vep in [false, true] {
        let parts = parts("N", info);
        let event =
            if as_vep { Event::as_vep(&parts, alternative) } else { Event::of(&parts, alternative, 0, 1) };
        let shown: Vec<String> = event.unwrap().other_ends.into_iter().map(|end| end.shown).collect();
        assert_eq!(shown, [expected], "as VEP: {as_vep}");
    }
}
