//! Real files from end to end.

use crate::support::{HEADER, input, log_of, options, run, run_text};
use gas_annotation::{Compression, Options};

/// A line without the CSQ entry of INFO.
fn without_csq(line: &str) -> String {
    let columns = line.split('\t').enumerate().map(|(index, column)| {
        let entries: Vec<&str> = column.split(';').filter(|entry| !entry.starts_with("CSQ=")).collect();
        match entries.join(";") {
            info if index == 7 && info.is_empty() => ".".to_owned(),
            info => info,
        }
    });
    columns.collect::<Vec<_>>().join("\t")
}

#[test]
fn a_mitochondrial_file_is_annotated_and_otherwise_untouched() {
    for name in ["free_1.vcf", "test.vcf"] {
        let before = String::from_utf8(input(name)).unwrap();
        let (after, summary) = run(before.as_bytes(), &options()).unwrap();
        let after = String::from_utf8(after).unwrap();
        let added = |line: &&str| line.starts_with("##INFO=<ID=CSQ") || line.starts_with("##gas_");
        let rest: Vec<String> = after.lines().filter(|line| !added(line)).map(without_csq).collect();
        assert_eq!(rest.join("\n"), before.trim_end());
        assert_eq!(after.lines().filter(added).count(), 5);
        assert_eq!(after.matches("CSQ=").count() as u64, summary.records.annotated);
    }
}

#[test]
fn the_log_tells_a_person_everything() {
    let (_, summary) = run(&input("free_1.vcf"), &options()).unwrap();
    let kept: u64 = summary.records.kept.iter().map(|kept| kept.count).sum();
    assert_eq!(summary.records.read, summary.records.annotated + kept);
    let by_term: u64 = summary.consequences.iter().map(|consequence| consequence.alleles).sum();
    assert_eq!(by_term, summary.alleles.total);
    insta::assert_snapshot!(log_of(summary));
}

#[test]
fn the_summary_can_be_read_back() {
    let (_, summary) = run(&input("test.vcf"), &options()).unwrap();
    let text = serde_json::to_string(&summary).unwrap();
    assert_eq!(serde_json::from_str::<gas_annotation::Summary>(&text).unwrap(), summary);
    let bins = &summary.contigs[0].bins;
    assert_eq!((summary.contigs[0].bin_size, bins.len()), (Some(200), 83));
    assert_eq!(bins.iter().flatten().sum::<u64>(), summary.alleles.total);
}

#[test]
fn the_output_is_the_same_whatever_the_threads() {
    let text = input("free_1.vcf");
    let header_end = text.windows(7).position(|window| window == b"\n#CHROM").unwrap() + 1;
    let data = text[header_end..].iter().position(|byte| *byte == b'\n').unwrap() + header_end + 1;
    let long = [&text[..], &text[data..].repeat(5)].concat();
    let with = |threads| run(&long, &Options { threads, ..options() }).unwrap();
    let (one, one_summary) = with(1);
    for threads in [2, 5] {
        let (many, mut summary) = with(threads);
        assert!(one == many, "{threads} threads");
        summary.seconds = one_summary.seconds;
        assert_eq!(summary, one_summary);
    }
}

#[test]
fn a_file_on_other_contigs_is_kept_whole_and_they_are_named() {
    let lines = "##fileformat=VCFv3.3\n##INFO=DP,1,Integer,\"Total Depth\"\n\
                 #CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\tA\tB\n\
                 1\t742429\t.\tG\tA\t.\t0\tDP=3\tGT\t0/1\t.\n1\t742500\t.\tC\tD3\t.\t0\t.\tGT\t0/1\t.\n\
                 22\t5\t.\tA\tIG\t9\t0\tDP=1\tGT\t1\t0\n";
    let (after, summary) = run_text(lines);
    let kept: Vec<&str> = after.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(kept, lines.lines().skip(3).collect::<Vec<_>>());
    insta::assert_snapshot!(log_of(summary));
}

#[test]
fn every_reason_to_keep_a_line_is_told_with_its_first_line() {
    let data = "MT\t73\t.\tC\tG\t.\t.\tA=1\nMT\t0\t.\tN\tG\t.\t.\t.\nMT\t16569\t.\tGA\tG\t.\t.\t.\n\
                MT\t73\t.\tA\t.\t.\t.\t.\nMT\t73\t.\tA\t-\t.\t.\t.\nMT\t73\t.\tA\t*\t.\t.\t.\n\
                GL1\t73\t.\tA\tG\t.\t.\t.\nMT\t99999999999\t.\tA\tG\t.\t.\t.\nMT\t73\t.\tA\tG\t.\t.\t.\n";
    let (after, summary) = run_text(&format!("{HEADER}{data}"));
    let kept: Vec<&str> = after.lines().filter(|line| !line.starts_with('#')).take(8).collect();
    assert_eq!(kept, data.lines().take(8).collect::<Vec<_>>());
    let log = log_of(summary);
    insta::assert_snapshot!(&log[log.find("Lines with").unwrap()..log.find("\nAlleles\n").unwrap()]);
    insta::assert_snapshot!(&log[log.find("Notes").unwrap()..]);
}

#[test]
fn the_header_says_beforehand_which_contigs_cannot_be_annotated() {
    let contigs = "##contig=<ID=1,length=249250621>\n##contig=<ID=MT,length=16569>\n##contig=<ID=GL\"1>\n";
    let (after, _) = run_text(&HEADER.replace("#CHROM", &format!("{contigs}#CHROM")));
    let line = "##gas_input=<ID=input,Format=\"VCFv4.2\",ContigsInHeader=3,ContigsNotInReference=2,FirstNotInReference=\"1\">\n";
    assert!(after.contains(line), "{after}");
    let (after, _) = run_text("MT\t73\t.\tA\tG\t.\t.\t.\n");
    let line = "##gas_input=<ID=input,Format=\"\",ContigsInHeader=0,ContigsNotInReference=0>\n";
    assert!(after.contains(line), "{after}");
}

#[test]
fn odd_files_go_through() {
    let line = "MT\t73\t.\tA\tG\t.\t.\t.";
    let cases = [
        ("no header", format!("{line}\n")),
        ("no header, samples", format!("{line}\tGT\t0/1\t1/1\n")),
        ("no #CHROM line", format!("##fileformat=VCFv4.1\n{line}\n")),
        ("no newline at the end", format!("{HEADER}{line}")),
        ("CRLF", format!("{HEADER}{line}\n").replace('\n', "\r\n")),
        ("byte order mark", format!("\u{feff}{HEADER}{line}\n")),
        ("chrM, lower case", format!("{HEADER}chrM\t73\t.\ta\tg\t.\t.\t.\n")),
        ("a blank line at the end", format!("{HEADER}{line}\n\n")),
    ];
    for (what, text) in cases {
        let (after, summary) = run_text(&text);
        assert_eq!((summary.records.read, summary.records.annotated), (1, 1), "{what}");
        assert!(after.starts_with("##fileformat=VCFv4"), "{what}: {after}");
        assert_eq!(after.matches("#CHROM").count(), 1, "{what}");
        assert_eq!(after.ends_with("\r\n"), what == "CRLF", "{what}");
        assert_eq!(after.contains('\r'), what == "CRLF", "{what}");
        if what == "CRLF" {
            assert!(after.lines().count() == after.matches("\r\n").count(), "{after}");
        }
        if what == "no header, samples" {
            assert!(after.contains("INFO\tFORMAT\tSAMPLE1\tSAMPLE2\n"), "{after}");
        }
    }
}

#[test]
fn a_header_alone_is_a_file_without_variants() {
    let (after, summary) = run_text(HEADER);
    assert_eq!(summary.records.read, 0);
    assert!(after.contains("##INFO=<ID=CSQ"));
    assert_eq!(summary.notes, ["The file has no variants."]);
}

#[test]
fn a_long_header_is_kept_line_by_line() {
    let contig = |number: u32| format!("##contig=<ID=scaffold_{number},length=1000>\n");
    let contigs = (0..60_000).map(contig).collect::<Vec<_>>().concat();
    let header = HEADER.replacen('\n', &format!("\n{contigs}"), 1);
    let (after, summary) = run_text(&format!("{header}MT\t73\t.\tA\tG\t.\t.\t.\n"));
    assert!(after.contains(&contigs));
    assert_eq!(after.matches("##gas_command").count(), 1);
    assert_eq!(summary.records.annotated, 1);
}

#[test]
fn annotating_twice_is_annotating_once() {
    let (once, _) = run_text(&format!("{HEADER}MT\t73\t.\tA\tG\t.\t.\tDP=3\nMT\t263\t.\tA\tG\t.\t.\t.\n"));
    let (twice, summary) = run_text(&once);
    assert_eq!(once, twice);
    assert!(summary.notes.iter().any(|note| note.contains("earlier run")));
}

#[test]
fn bgzip_output_unpacks_to_the_plain_one_and_can_be_read_again() {
    let text = input("test.vcf");
    let (plain, _) = run(&text, &options()).unwrap();
    let (packed, _) = run(&text, &Options { compression: Compression::Bgzf, ..options() }).unwrap();
    let mut unpacked = Vec::new();
    std::io::Read::read_to_end(&mut flate2::read::MultiGzDecoder::new(&packed[..]), &mut unpacked).unwrap();
    assert!(unpacked == plain);
    let (again, summary) = run(&packed, &options()).unwrap();
    assert!(again == plain);
    assert_eq!(summary.input.packing, gas_annotation::Packing::Bgzf);
    let (_, summary) = run(&packed[..packed.len() - 28], &options()).unwrap();
    assert!(summary.notes.iter().any(|note| note.contains("end block")), "{:?}", summary.notes);
}

#[test]
fn unsorted_files_and_other_assemblies_are_noted() {
    let header = HEADER.replacen('\n', "\n##contig=<ID=chrM,length=16571>\n", 1);
    let data = "MT\t263\t.\tA\tG\t.\t.\t.\nMT\t73\t.\tA\tG\t.\t.\t.\n";
    let (_, summary) = run_text(&format!("{header}{data}"));
    insta::assert_json_snapshot!(summary.notes);
}
