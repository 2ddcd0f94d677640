//! Taking the annotations out again gives the input back, byte for byte.

use gas_annotation::{Entries, Options, Presentation};
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::{options, run, without_annotations};

/// What may stand in a column and is of no concern here.
fn words() -> impl Strategy<Value = String> {
    prop_oneof![Just(".".to_owned()), "[ -~é]{1,12}", "rs[0-9]{1,6}(;rs[0-9]{1,3})?"]
        .prop_map(|words: String| words.replace(['\t', '\r', '\n'], " "))
}

fn info() -> impl Strategy<Value = String> {
    let entry = prop_oneof![
        "[A-Z]{1,3}=[0-9.,-]{0,6}",
        select(vec!["DB", "", "BCSQ=x|y", "CSQ2=1", "X=CSQ=1", "NOTE=a b", "É=ü", "=", "END=80"])
            .prop_map(str::to_owned),
    ];
    prop_oneof![
        Just(".".to_owned()),
        proptest::collection::vec(entry, 0..5).prop_map(|entries| entries.join(";")),
    ]
}

fn alternatives() -> impl Strategy<Value = String> {
    let allele = prop_oneof![
        4 => "[ACGTNacgt]{1,4}",
        1 => select(vec![
            "*", ".", "<DEL>", "<NON_REF>", "<*>", "<DUP:TANDEM>", "<INS:ME:ALU>", "G]MT:300]", "]1:9]A", "[2:3[T",
            "A.", ".C", "D3", "IAC", "-", "", "<X", "a b", "<CNV>", "R",
        ]).prop_map(str::to_owned),
    ];
    proptest::collection::vec(allele, 1..4).prop_map(|alleles| alleles.join(","))
}

/// A line without its ending, on the sequence or beside it.
fn record(samples: usize) -> impl Strategy<Value = String> {
    let contig =
        select(vec!["MT", "MT", "MT", "chrM", "NC_012920.1", "1", "GL000192.1", "HLA-A*01:01", "<odd>"]);
    // Often in the same few codons, where changes have joint consequences.
    let position = prop_oneof![4 => 1..16_570_u64, 4 => 3307..3325_u64, 1 => select(vec![0, 1, 16_569, 16_570, 400_000_000])];
    // `N` agrees with every base, so most lines can be annotated.
    let reference = prop_oneof![3 => "N{1,5}", 1 => "[ACGTacgtRY]{1,3}"];
    let genotype = select(vec!["GT", "0|1", "1|0", "1|1", "1|2", "2|1", "0/1", "./.", "1", "0|1|2", ".|1"]);
    let sample = prop_oneof![1 => words(), 2 => genotype.prop_map(str::to_owned)];
    let format = prop_oneof![1 => words(), 3 => Just("GT".to_owned())];
    let rest = (format, proptest::collection::vec(sample, samples.saturating_sub(1))).prop_map(
        move |(format, values)| std::iter::once(format).chain(values).take(samples).collect::<Vec<_>>(),
    );
    (contig, position, words(), reference, alternatives(), words(), words(), info(), rest).prop_map(
        |(contig, position, id, reference, alternatives, quality, filter, info, rest)| {
            let fixed = format!(
                "{contig}\t{position}\t{id}\t{reference}\t{alternatives}\t{quality}\t{filter}\t{info}"
            );
            std::iter::once(fixed).chain(rest).collect::<Vec<_>>().join("\t")
        },
    )
}

fn header() -> impl Strategy<Value = Vec<String>> {
    let line = prop_oneof![
        "##[a-zA-Z]{1,9}=[ -~]{0,30}",
        select(vec![
            "##fileformat=VCFv4.5",
            "##INFO=<ID=CSQ2,Number=.,Type=String,Description=\"no\">",
            "##",
            "#",
            "# a remark",
            "##contig=<ID=MT,length=16569>",
            "##contig=<ID=1,length=x",
            "##source=\"unclosed",
            "",
            "##gas_commando=1",
            "##FORMAT=<ID=GT,Number=1,Type=String,Description=\"Genotype\">",
        ])
        .prop_map(str::to_owned),
    ];
    proptest::collection::vec(line, 0..8)
}

fn file() -> impl Strategy<Value = String> {
    let samples = prop_oneof![Just(0_usize), 2..4_usize];
    let columns = |count: usize| {
        let names = ["CHROM", "POS", "ID", "REF", "ALT", "QUAL", "FILTER", "INFO", "FORMAT", "A", "B", "C"];
        format!("#{}", names[..8 + count].join("\t"))
    };
    let ending = select(vec!["\n", "\r\n"]);
    samples.prop_flat_map(move |count| {
        let records = proptest::collection::vec(record(count), 0..30);
        (header(), records, ending.clone(), any::<bool>(), any::<bool>()).prop_map(
            move |(header, records, ending, is_open, has_blank_line)| {
                let start = std::iter::once("##fileformat=VCFv4.2".to_owned()).chain(header);
                let mut lines: Vec<String> = start.chain([columns(count)]).chain(records).collect();
                if has_blank_line {
                    lines.push(String::new());
                }
                let text = lines.join(ending);
                if is_open { text } else { text + ending }
            },
        )
    })
}

proptest! {
    #[test]
    fn without_the_annotations_the_file_is_as_it_was(
        text in file(),
        phased in any::<bool>(),
        no_intergenic in any::<bool>(),
        entries in select(vec![Entries::Csq, Entries::CsqAndAnn, Entries::Ann]),
    ) {
        let presentation = Presentation { no_intergenic, entries, ..Presentation::default() };
        let (output, summary) = run(text.as_bytes(), &Options { phased, presentation, ..options() }).unwrap();
        let kept: u64 = summary.records.kept.iter().map(|kept| kept.count).sum();
        prop_assert_eq!(summary.records.read, summary.records.annotated + kept);
        let back = without_annotations(&output);
        // By chance an input has an entry called as one of those that are added.
        prop_assert_eq!(String::from_utf8(back).unwrap(), String::from_utf8(without_annotations(text.as_bytes())).unwrap());
    }
}
