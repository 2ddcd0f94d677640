"""Reads the HGVS names of an annotated VCF, makes the changes that they tell, and compares with what the variants make.

usage: second-opinions.py FASTA GFF3 ANNOTATED_VCF PROTEIN_CHANGES

A c. or n. name must be read by the `hgvs` package, give the same sequence as the variant, and be the shortest and most
3' one. A p. name must be read too, and turn Biopython's translation of the coding sequence into that of the edited one.
Records are taken in random order until so many protein changes were seen. Exit status 1 when a name is wrong.
"""

import collections
import gzip
import random
import re
import sys
import urllib.parse

import hgvs.parser
from Bio.Seq import Seq

PARSER = hgvs.parser.Parser()
LETTERS = {
    "Ala": "A",
    "Cys": "C",
    "Asp": "D",
    "Glu": "E",
    "Phe": "F",
    "Gly": "G",
    "His": "H",
    "Ile": "I",
    "Lys": "K",
    "Leu": "L",
    "Met": "M",
    "Asn": "N",
    "Pro": "P",
    "Gln": "Q",
    "Arg": "R",
    "Ser": "S",
    "Thr": "T",
    "Val": "V",
    "Trp": "W",
    "Tyr": "Y",
    "Ter": "*",
    "Sec": "U",
}
PROTEIN = re.compile(r"^([A-Z][a-z]{2})(\d+)(?:_([A-Z][a-z]{2})(\d+))?(.*)$")


def opened(path):
    return gzip.open(path, "rt") if path.endswith("gz") else open(path)


def read_fasta(path):
    contigs, name = collections.defaultdict(list), None
    for line in opened(path):
        if line.startswith(">"):
            name = line[1:].split()[0]
        else:
            contigs[name].append(line.strip().upper())
    return {name: "".join(parts) for name, parts in contigs.items()}


def read_genes(path):
    """Exons and coding parts by transcript."""
    transcripts = {}
    for line in opened(path):
        columns = line.rstrip("\n").split("\t")
        if line.startswith("#") or columns[2] not in ("exon", "CDS"):
            continue
        attributes = dict(entry.split("=", 1) for entry in columns[8].split(";") if "=" in entry)
        for parent in attributes.get("Parent", "").split(","):
            name = parent.replace("transcript:", "").removeprefix("rna-")
            found = transcripts.setdefault(name, {"contig": columns[0], "strand": columns[6], "exon": [], "CDS": []})
            found[columns[2]].append((int(columns[3]), int(columns[4]), columns[7]))
    for found in transcripts.values():
        found["exon"].sort()
        found["CDS"].sort()
    return transcripts


def reverse_complement(bases):
    return bases.translate(str.maketrans("ACGTN", "TGCAN"))[::-1]


class Transcript:
    """Its span on the contig, read in its own direction; places count from 0 at its 5' end, introns included."""

    def __init__(self, found, contigs):
        # The mitochondrion of yeast has a code of its own.
        self.table = 3 if found["contig"] == "Mito" else 1
        self.forward = found["strand"] == "+"
        exons = [(first, last) for first, last, _ in found["exon"]]
        self.start, self.end = exons[0][0], exons[-1][1]
        bases = contigs[found["contig"]][self.start - 1 : self.end]
        self.span = bases if self.forward else reverse_complement(bases)
        self.spliced = []
        for first, last in exons if self.forward else exons[::-1]:
            positions = range(first, last + 1) if self.forward else range(last, first - 1, -1)
            self.spliced.extend(self.place(position) for position in positions)
        self.index = {place: number for number, place in enumerate(self.spliced)}
        self.coding = None
        if found["CDS"]:
            first, last = sorted([self.place(found["CDS"][0][0]), self.place(found["CDS"][-1][1])])
            if first in self.index and last in self.index:
                self.coding = (self.index[first], self.index[last])
                phase = found["CDS"][0 if self.forward else -1][2]
                self.missing = {"1": 2, "2": 1}.get(phase, 0)

    def place(self, position):
        return position - self.start if self.forward else self.end - position

    def edit(self, change):
        position, gone, come = change
        if self.forward:
            return self.place(position), len(gone), come
        return self.place(position + len(gone) - 1), len(gone), reverse_complement(come)

    def of_name(self, position):
        base = position.base
        if self.coding and str(position.datum).endswith("CDS_END"):
            index = self.coding[1] + base
        elif self.coding:
            index = self.coding[0] + base - (1 if base > 0 else 0)
        else:
            index = base - 1
        return self.spliced[index] + position.offset if 0 <= index < len(self.spliced) else None

    def keeps_within_an_exon(self, edit):
        """Whether an edit, with both its neighbours if it is an insertion, lies in one exon's coding bases."""
        at, gone, _ = edit
        places = range(at - (gone == 0), at + max(gone, 1))
        return (
            all(place in self.index and self.coding[0] <= self.index[place] <= self.coding[1] for place in places)
            and self.index[places[-1]] - self.index[places[0]] == len(places) - 1
        )

    def protein(self, edit=None):
        bases = [self.span[place] for place in self.spliced]
        if edit:
            at, gone, come = edit
            begin = self.index[at] if at in self.index else self.index[at - 1] + 1
            bases[begin : begin + gone] = list(come)
        coding = "N" * self.missing + "".join(bases[self.coding[0] :])
        if not edit:
            coding = coding[: self.coding[1] - self.coding[0] + 1 + self.missing]
        return str(Seq(coding[: len(coding) // 3 * 3]).translate(table=self.table))


def until_stop(protein):
    return protein[: protein.index("*") + 1] if "*" in protein else protein


def trimmed(position, reference, alternative):
    """Trimmed: first place, bases gone, bases come."""
    while reference and alternative and reference[0] == alternative[0]:
        reference, alternative, position = reference[1:], alternative[1:], position + 1
    while reference and alternative and reference[-1] == alternative[-1]:
        reference, alternative = reference[:-1], alternative[:-1]
    return position, reference, alternative


def apply(text, edit):
    at, gone, come = edit
    return text[:at] + come + text[at + gone :]


def check_c(t, edit, variant):
    """What is wrong with a c. or n. name, or None."""
    start, end = t.of_name(variant.posedit.pos.start), t.of_name(variant.posedit.pos.end)
    if start is None or end is None or not 0 <= start <= end < len(t.span):
        return "a position outside the transcript"
    kind = variant.posedit.edit
    name = kind.type
    gone, come = end - start + 1, ""
    if name == "sub" or name == "delins":
        come = kind.alt
        if name == "sub" and kind.ref != t.span[start]:
            return "another reference base"
        if name == "delins" and (come[0] == t.span[start] or come[-1] == t.span[end]):
            return "a delins that is not the shortest"
    elif name == "ins":
        if end != start + 1:
            return "an insertion not between neighbours"
        start, gone, come = end, 0, kind.alt
        if t.span[start - len(come) : start] == come:
            return "an insertion that is a duplication"
        # Behind the last base of a transcript an insertion has no name.
        if start + 1 < len(t.span) and t.span[start] == come[0]:
            return "not the most 3' place"
    elif name == "dup":
        come = t.span[start : end + 1]
        if end + 1 < len(t.span) and t.span[end + 1] == come[0]:
            return "not the most 3' place"
        start, gone = end + 1, 0
    elif name == "inv":
        come = reverse_complement(t.span[start : end + 1])
    elif name == "del":
        if end + 1 < len(t.span) and t.span[end + 1] == t.span[start]:
            return "not the most 3' place"
    if apply(t.span, (start, gone, come)) != apply(t.span, edit):
        return f"another change ({name})"
    return None


def letters(text):
    return "".join(LETTERS[text[i : i + 3]] for i in range(0, len(text), 3))


def check_p(before, after, name):
    """What is wrong with the part of a p. name after `p.`, or None. Both proteins end with their stop, if any."""
    if name == "?":
        return None
    if name == "Met1?":
        return None if before[:1] != after[:1] or before[0] != "M" else "the start is not lost"
    match = PROTEIN.match(name)
    if not match:
        return "not readable"
    first, start, last, end, what = match.groups()
    start, end = int(start), int(end or start)
    if before[start - 1 : start] != LETTERS[first] or (last and before[end - 1 : end] != LETTERS[last]):
        return "another residue there"
    changed = next((n for n, (x, y) in enumerate(zip(before + "-", after + "-")) if x != y), None)
    if what == "=":
        return None if before == after else "the protein changes"
    if before == after:
        return "the protein does not change"
    if "fs" in what:
        aa, distance = re.match(r"^([A-Z][a-z]{2})fsTer(\d+|\?)$", what).groups()
        if changed != start - 1 or after[start - 1 : start] != LETTERS[aa]:
            return "fs: another first residue"
        stop = str(after.index("*") - start + 2) if "*" in after else "?"
        return None if stop == distance else "fs: another distance to the stop"
    if "ext" in what:
        distance = what.split("extTer")[1]
        if LETTERS[first] != "*" and last is None or "*" not in before:
            return "ext: no stop"
        stop = str(after.index("*") + 1 - len(before)) if "*" in after else "?"
        if stop != distance:
            return "ext: another distance to the stop"
        aa = what.split("ext")[0]
        if aa != "del" and after[start - 1 : start] != LETTERS[aa]:
            return "ext: another residue"
        return None
    if what == "del":
        new = before[: start - 1] + before[end:]
        moved = before[end : end + 1] == before[start - 1]
    elif what == "dup":
        new = before[:end] + before[start - 1 :]
        moved = before[end : end + 1] == before[start - 1]
    elif what.startswith("delins"):
        come = letters(what[6:])
        new = before[: start - 1] + come + before[end:]
        moved = False
        if come[0] == before[start - 1] or come[-1] == before[end - 1] and come[-1] != "*":
            return "a delins that is not the shortest"
    elif what.startswith("ins"):
        come = letters(what[3:])
        new = before[:start] + come + before[end - 1 :]
        moved = before[start : start + 1] == come[0]
        if "*" not in come and before[start - len(come) : start] == come:
            return "an insertion that is a duplication"
    else:
        new = before[: start - 1] + letters(what) + before[end:]
        moved = False
    if until_stop(new) != after:
        return f"another protein ({re.sub('[A-Z][a-z]{2}','',what)})"
    return "not the most 3' place" if moved else None


class Opinions:
    """What was seen, and what was wrong with it."""

    def __init__(self):
        self.counts, self.faults, self.examples = collections.Counter(), collections.Counter(), {}

    def fault(self, what, where):
        self.faults[what] += 1
        self.examples.setdefault(what, []).append(where)

    def reads(self, accession, name, where):
        try:
            return PARSER.parse_hgvs_variant(f"{accession}:{name}")
        except hgvs.exceptions.HGVSParseError:
            self.fault(f"{name[:2]} not read by hgvs", where)
            return None

    def judge(self, row, transcript, change, where):
        name = row["HGVSc"].split(":", 1)[1]
        self.counts["c. and n. names"] += 1
        variant = self.reads("NM_000001.1" if name.startswith("c.") else "NR_000001.1", name, where)
        edit = transcript.edit(change)
        wrong = variant and check_c(transcript, edit, variant)
        if wrong:
            self.fault("c. or n.: " + wrong, where)
        if row["HGVSp"] and transcript.coding:
            self.judge_protein(row, transcript, edit, where)

    def judge_protein(self, row, transcript, edit, where):
        self.counts["p. names"] += 1
        name = urllib.parse.unquote(row["HGVSp"].split(":p.")[-1])
        if not self.reads("NP_000001.1", "p." + name, where):
            return
        if not transcript.keeps_within_an_exon(edit) or "*" in transcript.protein()[:-1]:
            self.counts["p. names not judged: at an edge, or a stop within"] += 1
            return
        self.counts["protein changes judged"] += 1
        wrong = check_p(until_stop(transcript.protein()), until_stop(transcript.protein(edit)), name)
        if wrong:
            self.fault("p.: " + wrong, where)

    def tell(self):
        for what, number in self.counts.items():
            print(f"  {number:7} {what}")
        for what, number in self.faults.most_common():
            print(f"  {number:7} WRONG {what}")
            for where in self.examples[what][:3]:
                print("         ", *where)


def main():
    fasta, genes, vcf, most = sys.argv[1:5]
    contigs, found = read_fasta(fasta), read_genes(genes)
    lines = list(opened(vcf))
    fields = next(line for line in lines if line.startswith("##INFO=<ID=CSQ")).split("Format: ")[1].rstrip('">\n').split("|")
    records = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    random.Random(7).shuffle(records)
    transcripts, opinions = {}, Opinions()
    for columns in records:
        if opinions.counts["protein changes judged"] >= int(most):
            break
        csq = next((entry[4:] for entry in columns[7].split(";") if entry.startswith("CSQ=")), "")
        if "," in columns[4] or not csq:
            continue
        change = trimmed(int(columns[1]), columns[3].upper(), columns[4].upper())
        for row in (dict(zip(fields, row.split("|"))) for row in csq.split(",")):
            if not row["HGVSc"]:
                continue
            name = next((name for name in (row["Feature"], row["HGVSc"].split(":")[0]) if name in found), None)
            if name is None or not found[name]["exon"]:
                opinions.counts["names on unknown transcripts"] += 1
                continue
            if name not in transcripts:
                transcripts[name] = Transcript(found[name], contigs)
            where = (*columns[:2], *columns[3:5], row["HGVSc"], row["HGVSp"], row["Consequence"])
            opinions.judge(row, transcripts[name], change, where)
    opinions.tell()
    sys.exit(1 if opinions.faults else 0)


main()
