// What the browser says of a file before it is sent.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { examine, refusal, size } from "../../crates/web/frontend/src/preflight.js";
import { beginning } from "../../crates/web/frontend/src/unpack.js";
import { span } from "../../crates/web/frontend/src/time.js";

const example = readFileSync(new URL("../inputs/free_1.vcf", import.meta.url));
const rules = { maxBytes: 150 * 1024, plan: "Free" };
const look = async (name, bytes) => {
  const file = new File([bytes], name);
  return examine(file, await beginning(file), rules);
};
const facts = (seen) => Object.fromEntries(seen.facts);

test("a real file is understood", async () => {
  const seen = await look("example.vcf", example);
  assert.equal(seen.refused, undefined);
  assert.deepEqual(seen.remarks, [{ kind: "good", text: "Looks fine." }]);
  assert.equal(facts(seen).Variants, "1,141");
  assert.equal(facts(seen).Version, "VCF 4.0");
  assert.match(facts(seen).Assembly, /^rCRS \(the header says ##reference=rCRS\)/);
});

test("the same, compressed", async () => {
  const seen = await look("example.vcf.gz", gzipSync(example));
  assert.equal(facts(seen).Variants, "1,141");
  assert.equal(facts(seen).Packing, "gzip");
});

test("a cut gzip file is told", async () => {
  const seen = await look("a.vcf.gz", gzipSync(example).subarray(0, 3000));
  assert.match(seen.remarks[0].text, /cut off/);
});

test("assemblies are told by contig lengths", async () => {
  const text = "##fileformat=VCFv4.2\n##contig=<ID=chr1,length=248956422>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\tb\nchr1\t5\t.\tA\tC\t.\t.\t.\tGT\t0/1\t0/0\n";
  const seen = await look("a.vcf", text);
  assert.equal(facts(seen).Assembly, "GRCh38 (contig chr1 has 248,956,422 bases)");
  assert.equal(facts(seen).Samples, "2");
});

test("what tells the reference is gathered, and nothing else", async () => {
  const text = '##fileformat=VCFv4.2\n##patient=Ada\n##contig=<ID=chr1,URL=x,length=5,assembly="b38",md5=aa>\n##reference=file:///hg38.fa\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nchr1\t5\t.\tA\tC\t.\t.\t.\nchr1\t6\t.\tA\tC\t.\t.\t.\n';
  const { clues } = await look("a.vcf", text);
  assert.deepEqual(clues, { header: '##contig=<ID=chr1,length=5,assembly="b38">\n##reference=file:///hg38.fa\n', records: { chr1: 2 } });
});

test("faults are told by line", async () => {
  const text = "##fileformat=VCFv4.2\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\nMT 5 . A C . . .\n";
  assert.match((await look("a.vcf", text)).remarks[0].text, /^Line 3: a record has one column/);
});

test("what the server would refuse is refused before", () => {
  assert.match(refusal({ name: "a.bam", size: 5 }, rules), /does not end in/);
  assert.match(refusal({ name: ".vcf", size: 5 }, rules), /does not end in/);
  assert.match(refusal({ name: "a.vcf", size: 0 }, rules), /empty/);
  assert.match(refusal({ name: "a.vcf", size: 150 * 1024 + 1 }, rules), /Free plan takes \(150 KiB\)/);
  assert.equal(refusal({ name: "a.VCF.GZ", size: 150 * 1024 }, rules), undefined);
});

test("a binary file is told", async () => {
  assert.match((await look("a.vcf", Buffer.from("BCF\x02\x02"))).remarks[0].text, /BCF/);
});

test("the header of a BCF file is understood", async () => {
  const header = "##fileformat=VCFv4.2\n##contig=<ID=1,length=249250621>\n#CHROM\tPOS\tID\tREF\tALT\tQUAL\tFILTER\tINFO\tFORMAT\ta\n\0";
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.length + 0xb000);
  const seen = await look("a.bcf", gzipSync(Buffer.concat([Buffer.from("BCF\x02\x02"), length, Buffer.from(header), Buffer.from([9, 0, 255, 10, 9])])));
  assert.deepEqual(seen.remarks, [{ kind: "good", text: "Looks fine." }]);
  assert.deepEqual([facts(seen).Version, facts(seen).Samples, facts(seen).Variants], ["VCF 4.2 as BCF", "1", "not known"]);
  assert.match(facts(seen).Assembly, /GRCh37/);
});

test("sizes and spans read as the server's", () => {
  assert.equal(size(33102), "32 KiB");
  assert.equal(size(1), "1 byte");
  assert.equal(span(299_400), "4 min 59 s");
  assert.equal(span(-5), "a moment");
});
