//! Intervals on the command line.

use std::fmt::Write as _;
use std::path::PathBuf;

use gas_annotation::{
    IntervalColumn, IntervalCount, IntervalField, IntervalFormat, IntervalMode, IntervalSource,
};

/// Reads `ID=FILE`, or `ID=FILE:COLUMN,SETTING=VALUE,…`.
pub(super) fn source(text: &str) -> Result<IntervalSource, String> {
    let (id, rest) = text
        .split_once('=')
        .ok_or("write ID=FILE, such as cytoBand=cytoBand.txt.gz, or ID=FILE:COLUMN,SETTING=VALUE")?;
    let (path, settings) = rest.rsplit_once(':').unwrap_or((rest, ""));
    if id.is_empty() || path.is_empty() {
        return Err("neither the id nor the file may be empty".to_owned());
    }
    let mut source = IntervalSource::new(id, PathBuf::from(path));
    for setting in settings.split(',').filter(|setting| !setting.is_empty()) {
        match setting.split_once('=') {
            Some((key, value)) => set(&mut source, key, value)?,
            None => source.fields.push(IntervalField { column: IntervalColumn::from(setting), name: None }),
        }
    }
    Ok(source)
}

fn set(source: &mut IntervalSource, key: &str, value: &str) -> Result<(), String> {
    match key {
        "mode" => source.mode = mode(value)?,
        "format" => source.format = Some(format(value)?),
        "upstream" => source.upstream = number(key, value)?,
        "downstream" => source.downstream = number(key, value)?,
        "most" => source.most = number(key, value)?,
        "base" => source.base = Some(number(key, value)?),
        "type" => source.types.push(value.to_owned()),
        "count" => source.count = value.parse().map_err(|_| "write count=true or count=false")?,
        "chrom" => source.columns.chrom = Some(value.into()),
        "start" => source.columns.start = Some(value.into()),
        "end" => source.columns.end = Some(value.into()),
        "name" => source.columns.name = Some(value.into()),
        "strand" => source.columns.strand = Some(value.into()),
        _ => {
            return Err(format!(
                "there is no setting `{key}`; there are mode, format, base, chrom, start, end, name, strand, type, upstream, \
                 downstream, count, most"
            ));
        }
    }
    Ok(())
}

fn number<T: std::str::FromStr>(key: &str, value: &str) -> Result<T, String> {
    value.parse().map_err(|_| format!("`{value}` is no number for `{key}`"))
}

fn mode(value: &str) -> Result<IntervalMode, String> {
    Ok(match value {
        "overlap" => IntervalMode::Overlap,
        "nearest" => IntervalMode::Nearest,
        "count" => IntervalMode::Count,
        _ => return Err(format!("there is no mode `{value}`; there are overlap, nearest, count")),
    })
}

fn format(value: &str) -> Result<IntervalFormat, String> {
    Ok(match value {
        "bed" => IntervalFormat::Bed,
        "bedgraph" => IntervalFormat::BedGraph,
        "gff3" => IntervalFormat::Gff3,
        "gtf" => IntervalFormat::Gtf,
        "genepred" => IntervalFormat::GenePred,
        "table" => IntervalFormat::Table,
        _ => {
            return Err(format!(
                "there is no format `{value}`; there are bed, bedgraph, gff3, gtf, genepred, table"
            ));
        }
    })
}

/// What a file gave, as a sentence.
pub(super) fn told(count: &IntervalCount) -> String {
    let IntervalCount { source, file, format, intervals, .. } = count;
    let mut text = format!("{source}: {intervals} intervals of {file} ({format})");
    for (number, what) in [
        (count.between_bases, "lie between two bases and count as both"),
        (count.passed_over, "features of other types"),
        (count.left_out, "could not be used"),
    ] {
        if number > 0 {
            let _ = write!(text, ", {number} {what}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_with_columns_and_settings() {
        let read =
            source("GENE=genes.gtf.gz:gene_biotype,type=gene,name=gene_name,upstream=500,mode=nearest")
                .unwrap();
        assert_eq!((read.id.as_str(), read.path.to_str()), ("GENE", Some("genes.gtf.gz")));
        assert_eq!(
            (read.mode, read.upstream, &read.types[..]),
            (IntervalMode::Nearest, 500, &["gene".to_owned()][..])
        );
        assert_eq!(read.columns.name, Some(IntervalColumn::Name("gene_name".into())));
        assert_eq!(read.fields[0].column, IntervalColumn::Name("gene_biotype".into()));
        let read = source("GAD=gad.txt:chrom=3,start=4,base=1").unwrap();
        assert_eq!((read.columns.chrom, read.base), (Some(IntervalColumn::Number(3)), Some(1)));
    }

    #[test]
    fn what_is_not_understood_is_named_with_what_would_be() {
        for (text, reason) in [
            ("cytoBand.txt", "write ID=FILE"),
            ("=cytoBand.txt", "empty"),
            ("a=b:mode=all", "overlap, nearest, count"),
            ("a=b:upstream=far", "`far` is no number"),
            ("a=b:format=vcf", "bedgraph"),
            ("a=b:colour=red", "no setting `colour`"),
        ] {
            assert!(source(text).unwrap_err().contains(reason), "{text}");
        }
    }
}
