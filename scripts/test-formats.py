"""Holds what each format's own readers find against the annotated VCF."""

import csv
import gzip
import itertools
import json
import pathlib
import subprocess
import sys

import duckdb
import pandas
import polars

program, inputs, scratch = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
passed = 0


def check(name, holds, told=""):
    global passed
    if not holds:
        sys.exit(f"{name}: no. {told}")
    passed += 1


def equal(name, found, expected):
    check(name, found == expected, f"found {str(found)[:400]}, expected {str(expected)[:400]}")


def run(*words, **more):
    return subprocess.run([str(word) for word in words], check=True, capture_output=True, text=True, **more).stdout


def gas(*words):
    return run(program, *words)


def made_file():
    """An annotated file of two sequences, with rows enough for several groups and blocks."""
    lines = ["##fileformat=VCFv4.2", "##contig=<ID=1,length=250000000>", "##contig=<ID=2,length=240000000>"]
    lines.append('##INFO=<ID=DP,Number=1,Type=Integer,Description="Depth">')
    lines.append('##gas_field=<ID=X_AF,Type=Float,Source="made">')
    fields = "Allele|Consequence|IMPACT|Gene|Feature_type|Feature|cDNA_position|STRAND|CANONICAL|X_AF"
    lines.append(f'##INFO=<ID=CSQ,Number=.,Type=String,Description="Made. Format: {fields}">')
    lines.append("#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO")
    for sequence in "12":
        for number in range(1, 30001):
            position = number * 700
            row = f"G|missense_variant&splice_region_variant|MODERATE|g{number % 500}|Transcript|t{number}|{number}-{number + 2}|-1|YES|{number / 1e5}"
            other = "G|intergenic_variant|MODIFIER|||||||"
            lines.append(f"{sequence}\t{position}\t.\tA\tG\t{number % 90}.5\tPASS\tDP={number};CSQ={row},{other}")
    path = scratch / "made.vcf"
    path.write_text("\n".join(lines) + "\n")
    return path


def rows_of(path):
    """The records of an annotated VCF, each with its rows as dictionaries."""
    records, names = [], []
    with gzip.open(path, "rt") if path.suffix == ".gz" else open(path) as lines:
        for line in lines:
            if line.startswith("##INFO=<ID=CSQ,"):
                names = line.split("Format: ")[1].split('"')[0].split("|")
            if line.startswith("#"):
                continue
            columns = line.rstrip("\n").split("\t")
            entry = [entry for entry in columns[7].split(";") if entry.startswith("CSQ=")]
            rows = [dict(zip(names, row.split("|"))) for row in entry[0][4:].split(",")] if entry else []
            records.append((columns, rows))
    return records


def compressed_vcf(annotated):
    count = sum(len(rows) for _, rows in rows_of(annotated))
    for kind, ending in [("fitting", "tbi"), ("csi", "csi")]:
        packed = scratch / f"{kind}.vcf.gz"
        gas("convert", annotated, "-o", packed, "--index", kind, "--threads", 2)
        check(f"there is a .{ending}", pathlib.Path(f"{packed}.{ending}").exists())
        equal("bcftools reads what was written", run("bcftools", "view", "-H", packed), run("bcftools", "view", "-H", annotated))
        equal(f"bcftools counts by .{ending}", run("bcftools", "index", "--nrecords", packed).strip(), str(len(rows_of(annotated))))
        sequences = run("tabix", "-l", packed).split()
        for sequence in sequences:
            positions = sorted(int(columns[1]) for columns, _ in rows_of(annotated) if columns[0] == sequence)
            for first, last in [(1, positions[0]), (positions[0], positions[-1]), (positions[len(positions) // 2], positions[len(positions) // 2] + 5000)]:
                expected = sum(first <= position <= last for position in positions)
                for reader in [("tabix",), ("bcftools", "view", "-H")]:
                    region = f"{sequence}:{first}-{last}"
                    found = [line for line in run(*reader, packed, region).splitlines() if int(line.split("\t")[1]) >= first]
                    equal(f"{reader[0]} finds {region} by .{ending}", len(found), expected)
    split = run("bcftools", "+split-vep", "-d", "-f", "%POS %Consequence\n", packed)
    equal("split-vep splits all rows", len(split.splitlines()), count)


def bcf(annotated):
    own = scratch / "own.bcf"
    gas("convert", annotated, "-o", own, "--threads", 2)
    # What bcftools makes of the text goes through its own BCF.
    for found, expected in itertools.zip_longest(*(run("bcftools", "view", "-H", path).splitlines() for path in (own, annotated))):
        if found != expected:
            sys.exit(f"the BCF of {annotated.name}: found {found}, expected {expected}")
    check("the BCF is as the text", True)
    run("bcftools", "index", "--force", own)
    # And gas reads it as the file that it was made of.
    equal("gas reads its own BCF", len(gas("convert", own, "-O", "vcf").splitlines()) > 0, True)


def tab(annotated, path):
    expected = [
        {name: value.replace("&", ",").replace("%3B", ";") or "-" for name, value in row.items()}
        for _, rows in rows_of(annotated)
        for row in rows or [{}]
    ]
    with gzip.open(path, "rt") as lines:
        table = [line for line in lines if not line.startswith("## ")]
    table[0] = table[0].lstrip("#")
    found = list(csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE))
    equal("tab has a line for each row", len(found), len(expected))
    for line, row in zip(found, expected):
        if any(line[name] != value for name, value in row.items()):
            sys.exit(f"tab: {line} is not {row}")
    frame = pandas.read_csv(path, sep="\t", comment=None, skiprows=sum(1 for line in gzip.open(path, "rt") if line.startswith("## ")), dtype=str)
    equal("pandas reads the table", len(frame), len(expected))


def json_lines(annotated, path):
    records = rows_of(annotated)
    found = [json.loads(line) for line in open(path)]
    equal("JSON has an object for each record", [one["input"].split("\t")[:5] for one in found], [columns[:5] for columns, _ in records])
    for one, (_, rows) in zip(found, records):
        listed = one.get("transcript_consequences", []) + one.get("intergenic_consequences", [])
        wanted = sorted("&".join(row["consequence_terms"]) for row in listed)
        equal("JSON has the rows", wanted, sorted(row["Consequence"] for row in rows))
    query = f"select count(*), sum(len(transcript_consequences)) from read_json('{path}', format='newline_delimited', sample_size=-1)"
    transcripts = sum(row["Feature_type"] == "Transcript" for _, rows in records for row in rows)
    equal("DuckDB reads the objects", duckdb.sql(query).fetchall()[0], (len(records), transcripts))
    equal("polars reads the objects", polars.read_ndjson(path, infer_schema_length=None).height, len(records))


def parquet(annotated, path):
    records = rows_of(annotated)
    flat = [(columns, row) for columns, rows in records for row in rows or [{}]]
    expected = [
        (columns[0], int(columns[1]), row.get("Feature") or None, row["Consequence"].split("&") if row else None)
        for columns, row in flat
    ]
    found = duckdb.sql(f"select CHROM, POS, Feature, Consequence from '{path}'").fetchall()
    equal("DuckDB reads the rows", found, expected)
    frame = polars.read_parquet(path)
    equal("polars reads the rows", frame.select("CHROM", "POS", "Feature", "Consequence").rows(), expected)
    equal("pandas reads the rows", len(pandas.read_parquet(path)), len(expected))
    types = {name: kind for name, kind, *_ in duckdb.sql(f"describe select * from '{path}'").fetchall()}
    for name, kind in {"POS": "BIGINT", "QUAL": "DOUBLE", "Consequence": "VARCHAR[]", "STRAND": "INTEGER", "cDNA_start": "INTEGER", "CANONICAL": "BOOLEAN"}.items():
        equal(f"the type of {name}", types[name], kind)
    strands = [int(row["STRAND"]) if row.get("STRAND") else None for _, row in flat]
    equal("numbers are the same", frame["STRAND"].to_list(), strands)
    return found


def groups_by_region(path):
    groups = duckdb.sql(
        f"select row_group_id, stats_min_value, stats_max_value, row_group_num_rows from parquet_metadata('{path}') where path_in_schema = 'CHROM' order by 1"
    ).fetchall()
    check("groups are of one sequence each", len(groups) >= 2 and all(first == last for _, first, last, _ in groups), groups)
    found = duckdb.sql(f"select sum(X_AF[1]), count(X_AF), typeof(any_value(X_AF)) from '{path}' where CHROM = '2'").fetchall()[0]
    check("typed fields are numbers", abs(found[0] - sum(number / 1e5 for number in range(1, 30001))) < 1e-6 and found[1:] == (30000, "DOUBLE[]"), found)


def multiqc(summary, folder):
    run("multiqc", "--quiet", "--no-ansi", "--outdir", folder / "out", "--data-format", "json", folder)
    data = folder / "out" / "multiqc_data"
    told = json.loads((data / "multiqc_data.json").read_text())
    saved = told["report_saved_raw_data"]
    numbers = {name: row for table in saved.values() for row in table.values() if isinstance(row, dict) for name in ["row"] if "records_read" in row}
    check("MultiQC has our table", numbers, list(saved))
    row = numbers["row"]
    equal("MultiQC has the records", int(row["records_read"]), summary["records"]["read"])
    equal("MultiQC has the impacts", int(row["impact_HIGH"]), summary["impacts"]["HIGH"])
    vep = next(iter(saved["vep"].values()))
    terms = {one["term"]: one["alleles"] for one in summary["consequences"]}
    equal("MultiQC's own module has the consequences", vep["Consequences (most severe)"], terms)
    equal("MultiQC's own module has the records", vep["General statistics"]["Variants processed"], summary["records"]["annotated"])
    check("MultiQC writes its report", (folder / "out" / "multiqc_report.html").stat().st_size > 10_000)


def main():
    annotated, reports = scratch / "annotated.vcf", scratch / "reports"
    reports.mkdir()
    source = inputs / "free_1.vcf"
    gas("annotate", source, "-o", annotated, "--summary", scratch / "summary.json", "--multiqc", reports / "free_1_mqc.json")
    gas("annotate", source, "-o", "/dev/null", "--multiqc", reports / "free_1.vep.txt", "--report-html", scratch / "page.html")
    made = made_file()
    for name, file in [("annotated", annotated), ("made", made)]:
        compressed_vcf(file)
        bcf(file)
        for ending in ["tsv.gz", "jsonl", "parquet"]:
            gas("convert", file, "-o", scratch / f"{name}.{ending}", "--threads", 2)
        tab(file, scratch / f"{name}.tsv.gz")
        json_lines(file, scratch / f"{name}.jsonl")
        parquet(file, scratch / f"{name}.parquet")
    for source in sorted([*inputs.glob("*.vcf"), *inputs.glob("*.vcf.gz")]):
        annotated = scratch / f"{source.name.removesuffix('.gz').removesuffix('.vcf')}.annotated.vcf"
        if subprocess.run([program, "annotate", source, "-o", annotated], capture_output=True).returncode == 0:
            bcf(annotated)
    groups_by_region(scratch / "made.parquet")
    multiqc(json.loads((scratch / "summary.json").read_text()), reports)
    print(f"{passed} passed, 0 failed")


main()
