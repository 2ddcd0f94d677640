//! The account of a run, as a page and for MultiQC.

#![expect(clippy::unwrap_used, reason = "what cannot be read fails the test")]

use gas_annotation::Summary;

use crate::support::{HEADER, input, options, run, run_text};

fn text(write: impl Fn(&mut Vec<u8>) -> std::io::Result<()>) -> String {
    let mut text = Vec::new();
    write(&mut text).unwrap();
    String::from_utf8(text).unwrap()
}

fn summary() -> Summary {
    run(&input("free_1.vcf"), &options()).unwrap().1
}

#[test]
fn a_page_shows_the_counts_and_loads_nothing() {
    let summary = summary();
    let page = text(|out| summary.write_page(out));
    for count in [summary.records.read, summary.impacts.moderate, summary.consequences[0].alleles] {
        let shown =
            if count < 1000 { count.to_string() } else { format!("{},{:03}", count / 1000, count % 1000) };
        assert!(page.contains(&format!(">{shown}<")), "{shown}");
    }
    for word in ["<script", "src=", "href=", "url(", "@import", "http:", "https:"] {
        assert!(!page.contains(word), "{word}");
    }
    for tag in ["section", "table", "svg", "div", "figure", "ul", "main", "td", "th"] {
        let opened = page.matches(&format!("<{tag}>")).count() + page.matches(&format!("<{tag} ")).count();
        assert_eq!(opened, page.matches(&format!("</{tag}>")).count(), "{tag}");
    }
}

#[test]
fn a_page_of_strange_names_is_still_a_page() {
    let (_, mut summary) = run_text(&format!("{HEADER}<script>\t1\t.\tA\tG\t.\t.\t.\n"));
    summary.input.file_name = "<b>&\"x\".vcf".into();
    let page = text(|out| summary.write_page(out));
    assert!(page.contains("<h1>&lt;b&gt;&amp;&quot;x&quot;.vcf</h1>"));
    assert!(!page.contains("<script") && page.contains("Kept as they were, and why"));
}

#[test]
fn multiqc_gets_a_table_and_the_statistics_of_vep() {
    let summary = summary();
    let table: serde_json::Value = serde_json::from_str(&text(|out| summary.write_multiqc(out))).unwrap();
    let row = &table["data"]["x.vcf"];
    assert_eq!(row["records_read"], summary.records.read);
    assert_eq!(row["missense_variant"], row_of(&summary, "missense_variant"));
    assert_eq!(table["headers"].as_object().unwrap().len(), row.as_object().unwrap().len());
    let statistics = text(|out| summary.write_vep_statistics(out));
    assert!(statistics.starts_with("[VEP run statistics]\nVEP version (API)\tgas-test (115)\n"));
    assert!(statistics.contains(&format!("\nmissense_variant\t{}\n", row_of(&summary, "missense_variant"))));
    assert!(statistics.contains("\n[Variants by chromosome]\n"));
}

fn row_of(summary: &Summary, term: &str) -> u64 {
    summary.consequences.iter().find(|one| one.term == term).unwrap().alleles
}
