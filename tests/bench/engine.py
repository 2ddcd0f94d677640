#!/usr/bin/env python3
"""What annotating costs, beside bcftools, bgzip, vcfanno and SnpEff doing like work on the same machine.

usage: engine.py GAS SHARED [--rounds N] [--only PART]…

GAS is the program, optimised; SHARED the folder with `data` and `tools`. Every table is made in one run: the
programs take turns, and the medians of all rounds are compared, since the machine is never alone. Work files stay
in the cache folder (some 12 GB with `memory`), so that a second run begins at once.
"""
import argparse
import gzip
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "gas-bench"
PARTS = ["yeast", "snpeff", "samples", "known", "human", "memory"]
MISSED = []


class Run:
    """One command: its wall time in seconds, and the most memory of its own (not mapped files) in MB."""

    def __init__(self, command, stdout=subprocess.DEVNULL, watch=False):
        begun = time.perf_counter()
        child = subprocess.Popen([str(word) for word in command], stdout=stdout, stderr=subprocess.PIPE)
        self.own_mb = 0.0
        while watch and child.poll() is None:
            self.own_mb = max(self.own_mb, own_memory(child.pid))
            time.sleep(0.01)
        errors = child.stderr.read().decode(errors="replace")
        child.wait()
        self.seconds = time.perf_counter() - begun
        if child.returncode != 0:
            sys.exit(f"{' '.join(map(str, command))} failed:\n{errors[-2000:]}")


def own_memory(pid):
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return 0.0


def alternate(commands, rounds):
    """The median seconds of each command, all taking turns; a first turn warms the caches."""
    times = {name: [] for name in commands}
    for turn in range(rounds + 1):
        for name, command in commands.items():
            seconds = Run(command).seconds
            if turn > 0:
                times[name].append(seconds)
    return {name: statistics.median(values) for name, values in times.items()}


def row(work, seconds, peer, peer_seconds, wanted):
    ratio = seconds / peer_seconds
    verdict = "" if wanted is None else ("ok" if ratio <= wanted else "MISSED")
    if verdict == "MISSED":
        MISSED.append(work)
    bound = "" if wanted is None else f"<= {wanted:g} x"
    print(f"{work:<58} {seconds:8.3f} s {ratio:7.2f} x {peer:<26} {bound:<10} {verdict}", flush=True)


def told(work, value, holds=None, wanted=""):
    verdict = {None: "", True: "ok", False: "MISSED"}[holds]
    if holds is False:
        MISSED.append(work)
    print(f"{work:<58} {value:<46} {wanted:<10} {verdict}", flush=True)


def make(path, write):
    """A work file, made once: written aside, so that a run that was broken off leaves none."""
    if not path.exists():
        print(f"making {path.name} ...", file=sys.stderr, flush=True)
        aside = path.with_name(path.name + ".part")
        if aside.is_dir():
            shutil.rmtree(aside)
        write(aside)
        aside.rename(path)
    return path


def unpack(packed):
    def write(aside):
        with gzip.open(packed, "rb") as source, open(aside, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
    return make(CACHE / packed.name.removesuffix(".gz"), write)


def output_of(*command):
    def write(aside):
        with open(aside, "wb") as target:
            Run(command, stdout=target)
    return write


def indexed(packed):
    if not Path(f"{packed}.tbi").exists():
        Run(["tabix", "-p", "vcf", packed])
    return packed


class Bench:
    def __init__(self, gas, shared, rounds):
        self.gas, self.shared, self.rounds = gas, shared, rounds
        self.data, self.tools = shared / "data", shared / "tools"
        self.fasta = unpack(self.data / "yeast/yeast.fa.gz")
        self.genes = unpack(self.data / "yeast/yeast.gff3.gz")
        self.reference = self.build("yeast", self.fasta, self.genes)
        self.variants = self.random_variants("yeast-1M.vcf", 1_000_001)
        self.packed = make(CACHE / "yeast-1M.vcf.gz", output_of("bgzip", "-c", self.variants))

    def build(self, name, fasta, genes, *more):
        # The name says which program built it: another one builds its own.
        stamp = f"{name}-{int(self.gas.stat().st_mtime)}"
        for old in CACHE.glob(f"{name}-[0-9]*[0-9]"):
            if old.name != stamp:
                shutil.rmtree(old)
        command = [self.gas, "reference", "build", "--name", name, "--assembly", name, "--fasta", fasta]
        command += ["--genes", genes, *more, "-o"]
        return make(CACHE / stamp, lambda aside: Run([*command, aside]))

    def random_variants(self, name, count, samples=0):
        tool = self.tools / "make_variants.py"
        return make(CACHE / name, output_of(sys.executable, tool, self.fasta, count, samples))

    def annotate(self, *arguments, reference=None):
        return [self.gas, "annotate", "--reference", reference or self.reference, *arguments]

    def yeast(self):
        annotated = make(CACHE / "yeast-1M.annotated.vcf", output_of(*self.annotate(self.variants)))
        csq = ["bcftools", "csq", "-p", "a", "-f", self.fasta, "-g", self.genes, self.variants]
        few = ["--no-hgvs", "--distance", 0, "--per-gene"]
        times = alternate({
            "copy": ["bcftools", "view", self.variants],
            "csq": csq,
            "one": self.annotate(self.variants, "--threads", 1),
            "two": self.annotate(self.variants, "--threads", 2),
            "few": self.annotate(self.variants, "--threads", 1, *few),
            "packed": self.annotate(self.packed, "-O", "vcf.gz", "--threads", 2),
            "bgzip": ["bgzip", "-@2", "-c", annotated],
        }, self.rounds)
        print(f"\n1,000,001 yeast variants, medians of {self.rounds} alternating rounds, output to /dev/null")
        row("bcftools view", times["copy"], "bcftools csq", times["csq"], None)
        row("all of CSQ, one thread", times["one"], "bcftools csq", times["csq"], 1.5)
        row("all of CSQ, two threads", times["two"], "bcftools csq", times["csq"], 0.9)
        row("--no-hgvs --distance 0 --per-gene, one thread", times["few"], "bcftools csq", times["csq"], 0.6)
        row("vcf.gz to vcf.gz, two threads", times["packed"], "bgzip -@2 of the output", times["bgzip"], 1.2)

    def snpeff(self):
        # Once: it takes most of a minute.
        folder = CACHE / "snpeff"
        if not folder.exists():
            (folder / "data/yeast").mkdir(parents=True)
            shutil.copy(self.fasta, folder / "data/yeast/sequences.fa")
            shutil.copy(self.genes, folder / "data/yeast/genes.gff")
            (folder / "snpEff.config").write_text("data.dir = ./data/\nyeast.genome : yeast\n")
            build = ["snpEff", "build", "-gff3", "-noCheckCds", "-noCheckProtein", "-c", folder / "snpEff.config", "yeast"]
            Run(build)
        times = alternate({
            "snpeff": ["snpEff", "ann", "-noStats", "-c", folder / "snpEff.config", "yeast", self.variants],
            "one": self.annotate(self.variants, "--threads", 1),
        }, 1)
        row("all of CSQ, one thread", times["one"], "SnpEff", times["snpeff"], None)

    def samples(self):
        wide = self.random_variants("yeast-2504-samples.vcf", 2_000, 2504)
        times = alternate({
            "copy": ["bcftools", "view", wide],
            "gas": self.annotate(wide),
        }, self.rounds)
        print("\n2,504 samples")
        row("all of CSQ, one thread", times["gas"], "bcftools view", times["copy"], 1.3)

    def known(self):
        source = self.known_alleles()
        fields = "AC,AN,AF,DP"
        reference = self.build("yeast-known", self.fasta, self.genes, "--alleles", f"K={source}:{fields}")
        conf = CACHE / "vcfanno.toml"
        conf.write_text(
            f'[[annotation]]\nfile = "{source}"\nfields = ["ID", "AC", "AN", "AF", "DP"]\n'
            'ops = ["self", "self", "self", "self", "self"]\nnames = ["KID", "KAC", "KAN", "KAF", "KDP"]\n'
        )
        columns = "ID," + ",".join(f"INFO/K{key}:=INFO/{key}" for key in fields.split(","))
        packed = indexed(self.packed)
        times = alternate({
            "bcftools": ["bcftools", "annotate", "-a", source, "-c", columns, packed],
            "vcfanno": ["vcfanno", "-p", 2, conf, packed],
            "gas": self.annotate(packed, "--threads", 2, "--known-only", reference=reference),
            "all": self.annotate(packed, "--threads", 2, reference=reference),
        }, self.rounds)
        print("\nthe same variants against 3,000,000 known alleles with ID and four INFO fields, two threads")
        row("known alleles only", times["gas"], "bcftools annotate", times["bcftools"], 0.45)
        row("known alleles only", times["gas"], "vcfanno -p 2", times["vcfanno"], 0.25)
        row("known alleles and all of CSQ", times["all"], "bcftools annotate", times["bcftools"], None)

    def known_alleles(self):
        """Three million alleles with ids, other random ones and those of the input among them."""
        others = make(CACHE / "yeast-2M.vcf", output_of(sys.executable, self.tools / "make_variants.py", self.fasta, 2_000_000, 0, 7))
        def write(aside):
            merged = CACHE / "known.unsorted.vcf"
            with open(merged, "w") as target:
                number = 0
                for source in (self.variants, others):
                    with open(source) as lines:
                        for line in lines:
                            if line.startswith("#"):
                                if source == self.variants:
                                    target.write(line)
                                continue
                            number += 1
                            contig, position, _, rest = line.split("\t", 3)
                            target.write(f"{contig}\t{position}\trs{number}\t{rest}")
            Run(["bcftools", "sort", "-Oz", "-o", aside, merged])
            merged.unlink()
        source = make(CACHE / "yeast-3M-known.vcf.gz", write)
        return indexed(source)

    def human(self):
        data = self.data / "grch37-scale"
        packed = data / "variants.vcf.gz"
        genome = make(CACHE / "human.fa", output_of(sys.executable, self.tools / "make_genome.py", data / "chrom.sizes", packed))
        reference = self.build("human", genome, data / "refseq.genePred.txt.gz")
        variants = unpack(packed)
        empty = self.head("human-0.vcf", variants, 0)
        opening = alternate({"empty": self.annotate(empty, reference=reference)}, 15)["empty"]
        print("\nhuman shape: 91,302 transcripts, 1,207,513 real variants")
        told("start, open the reference, annotate nothing", f"{opening * 1000:.1f} ms", opening < 0.020, "< 20 ms")
        sizes = [("10 thousand", self.head("human-10k.vcf", variants, 10_000), 10_000), ("1.2 million", variants, 1_207_513),
                 ("12 million", self.repeated("human-12M.vcf", variants, 10), 12_075_130)]
        for name, path, count in sizes:
            for threads in (1, 2):
                run = Run(self.annotate(path, "--threads", threads, reference=reference), watch=True)
                rate = count / run.seconds / threads
                told(f"{name} variants, {threads} thread{'s'[:threads - 1]}",
                     f"{run.seconds:8.2f} s {rate:10,.0f} a second and core", None)
                told("  memory of its own", f"{run.own_mb:.0f} MB", run.own_mb < 200, "< 200 MB")

    def memory(self):
        print("\nmemory beside the mapped reference")
        inputs = [("10 thousand yeast variants", self.random_variants("yeast-10k.vcf", 10_000)),
                  ("1 million", self.variants),
                  ("100 million", self.repeated("yeast-100M.vcf", self.variants, 100)),
                  ("3,000 samples", self.random_variants("yeast-3000-samples.vcf", 1_000, 3000))]
        for name, path in inputs:
            run = Run(self.annotate(path, "--threads", 2), watch=True)
            told(name, f"{run.own_mb:.0f} MB", run.own_mb < 200, "< 200 MB")

    def head(self, name, source, count):
        def write(aside):
            with open(source, "rb") as lines, open(aside, "wb") as target:
                for line in lines:
                    if not line.startswith(b"#"):
                        count_left[0] -= 1
                        if count_left[0] < 0:
                            break
                    target.write(line)
        count_left = [count]
        return make(CACHE / name, write)

    def repeated(self, name, source, times):
        """Every line so often in a row: as dense as a larger cohort, and still sorted."""
        def write(aside):
            with open(source, "rb") as lines, open(aside, "wb") as target:
                for line in lines:
                    target.write(line if line.startswith(b"#") else line * times)
        return make(CACHE / name, write)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("gas", type=Path)
    parser.add_argument("shared", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", action="append", choices=PARTS)
    arguments = parser.parse_args()
    if not (arguments.shared / "data/yeast").is_dir():
        sys.exit(f"{arguments.shared} has no data/yeast: the measurements need it")
    CACHE.mkdir(parents=True, exist_ok=True)
    bench = Bench(arguments.gas.resolve(), arguments.shared.resolve(), arguments.rounds)
    for part in arguments.only or PARTS:
        getattr(bench, part)()
    if MISSED:
        print(f"\nmissed: {'; '.join(MISSED)}")
        sys.exit(1)


main()
