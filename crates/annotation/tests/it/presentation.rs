//! Choosing rows and fields, and `ANN`.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use gas_annotation::{Entries, Fields, Options, Pick, Presentation};

use crate::support::{HEADER, HUMAN_MT, options, run};

/// The INFO column of each record of some input.
fn shown(input: &str, presentation: Presentation) -> Vec<String> {
    let options = Options { presentation, ..options() };
    let (output, _) = run(format!("{HEADER}{input}").as_bytes(), &options).unwrap();
    let output = String::from_utf8(output).unwrap();
    let records = output.lines().filter(|line| !line.starts_with('#'));
    records.map(|line| line.split('\t').nth(7).unwrap().to_owned()).collect()
}

fn fields(list: &str) -> Fields {
    Fields::choose(list, &HUMAN_MT).unwrap()
}

fn picked(input: &str, pick: Pick) -> String {
    let fields = Some(fields("Allele,Gene,Consequence"));
    shown(input, Presentation { pick, fields, ..Presentation::default() }).join("\n")
}

#[test]
fn one_row_speaks_for_many() {
    let input = "MT\t3308\t.\tT\tC,G\t.\t.\t.\n";
    assert_eq!(picked(input, Pick::All).split(',').count(), 40);
    assert_eq!(picked(input, Pick::Record), "CSQ=G|ENSG00000198888|stop_gained&start_lost");
    assert_eq!(
        picked(input, Pick::Allele),
        "CSQ=C|ENSG00000198888|start_lost,G|ENSG00000198888|stop_gained&start_lost"
    );
    assert_eq!(picked(input, Pick::MostSevere), "CSQ=G||stop_gained");
    let per_gene = picked(input, Pick::Gene);
    let genes: Vec<&str> = per_gene.split(',').map(|row| row.split('|').nth(1).unwrap()).collect();
    let mut unique = genes.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!((genes.len(), unique.len()), (20, 20));
}

#[test]
fn an_unknown_field_is_an_error_that_lists_the_known() {
    let error = Fields::choose("Allele,Wrong", &HUMAN_MT).unwrap_err().to_string();
    assert!(
        error.starts_with("there is no field `Wrong`; there are Allele, Consequence, IMPACT,"),
        "{error}"
    );
}

#[test]
fn chosen_fields_stand_in_the_header_in_their_order() {
    let presentation = Presentation { fields: Some(fields("HGVSp,Allele")), ..Presentation::default() };
    let options = Options { presentation, ..options() };
    let (output, _) = run(format!("{HEADER}MT\t3308\t.\tT\tC\t.\t.\tAC=1\n").as_bytes(), &options).unwrap();
    let output = String::from_utf8(output).unwrap();
    assert!(output.contains("Format: HGVSp|Allele\">"));
    assert!(output.contains("\tAC=1;CSQ="), "{output}");
}

#[test]
fn the_allele_number_stands_behind_the_known_ones_or_where_it_was_chosen() {
    let input = "MT\t3308\t.\tT\t*,C,G,<DEL>,<DEL>\t.\t.\tSVLEN=.,.,.,3,4\n";
    let number = |row: &str, place: usize| row.split('|').nth(place).unwrap().to_owned();
    let whole = shown(input, Presentation { allele_number: true, ..Presentation::default() }).remove(0);
    let numbers: std::collections::BTreeSet<String> =
        whole.split_once("CSQ=").unwrap().1.split(',').map(|row| number(row, 18)).collect();
    assert_eq!(numbers.into_iter().collect::<String>(), "2345");
    let without = shown(input, Presentation::default()).remove(0);
    let row = |text: &str| text.split_once("CSQ=").unwrap().1.split(',').next().unwrap().to_owned();
    assert_eq!(row(&whole).split('|').count(), row(&without).split('|').count() + 1);
    let fields = Some(fields("ALLELE_NUM,Allele"));
    let chosen = shown(input, Presentation { fields, ..Presentation::default() }).remove(0);
    assert!(chosen.contains("2|C") && chosen.contains("3|G") && chosen.contains("5|deletion"), "{chosen}");
}

#[test]
fn ann_comes_beside_csq_or_instead() {
    let input = "MT\t3308\t.\tT\tC\t.\t.\tANN=old;AC=1\n";
    let both =
        shown(input, Presentation { entries: Entries::CsqAndAnn, ..Presentation::default() }).remove(0);
    assert!(both.starts_with("AC=1;CSQ=C|"), "{both}");
    let only = shown(input, Presentation { entries: Entries::Ann, ..Presentation::default() }).remove(0);
    let (_, ann) = only.split_once("AC=1;ANN=").unwrap();
    assert_eq!(both.split_once(";ANN=").unwrap().1, ann);
    let rows: Vec<Vec<&str>> = ann.split(',').map(|row| row.split('|').collect()).collect();
    assert!(rows.iter().all(|row| row.len() == 16));
    assert_eq!(
        rows[0].join("|"),
        "C|start_lost|HIGH|MT-ND1|ENSG00000198888|transcript|ENST00000361390.2|protein_coding|1/1|c.2T>C|p.Met1?|2/956|2/956|1/318||WARNING_TRANSCRIPT_INCOMPLETE"
    );
    let csq_kept = shown(input, Presentation::default()).remove(0);
    assert!(csq_kept.starts_with("ANN=old;AC=1;CSQ="), "another program's ANN stays: {csq_kept}");
}
