// What can be said of a VCF from its beginning, before a byte of it is sent.

/** Lengths that tell assemblies apart. */
const LENGTHS = [
  ["1", 249250621, "GRCh37"], ["1", 248956422, "GRCh38"], ["1", 248387328, "T2T-CHM13"], ["1", 247249719, "NCBI36"],
  ["2", 243199373, "GRCh37"], ["2", 242193529, "GRCh38"], ["2", 242696752, "T2T-CHM13"], ["2", 242951149, "NCBI36"],
  ["X", 155270560, "GRCh37"], ["X", 156040895, "GRCh38"], ["X", 154259566, "T2T-CHM13"], ["X", 154913754, "NCBI36"],
  ["1", 195471971, "GRCm38 (mouse)"], ["1", 195154279, "GRCm39 (mouse)"],
  ["MT", 16569, "rCRS"], ["MT", 16571, "hg19's older mitochondrion (not rCRS)"],
];

/** Words in `##reference` and the like. */
const WORDS = [
  [/grch38|hg38|b38/i, "GRCh38"], [/grch37|hg19|b37|hs37|human_g1k/i, "GRCh37"], [/ncbi36|hg18|b36/i, "NCBI36"],
  [/chm13|hs1\b/i, "T2T-CHM13"], [/rcrs|nc_012920/i, "rCRS"], [/grcm39|mm39/i, "GRCm39 (mouse)"], [/grcm38|mm10/i, "GRCm38 (mouse)"],
];

const plainName = (name) => name.replace(/^chr/i, "").replace(/^M$/, "MT");

/** Names the assembly and the line that says so. */
export function assembly(header, contigs) {
  for (const line of header) {
    const contig = line.match(/^##contig=<.*\bID=([^,>]+).*\blength=(\d+)/);
    if (!contig) continue;
    const known = LENGTHS.find(([name, length]) => name === plainName(contig[1]) && length === Number(contig[2]));
    if (known) return { name: known[2], evidence: `contig ${contig[1]} has ${Number(contig[2]).toLocaleString("en")} bases` };
  }
  for (const line of header) {
    if (!/^##(reference|assembly|contig)/i.test(line)) continue;
    const known = WORDS.find(([word]) => word.test(line));
    if (known) return { name: known[1], evidence: `the header says ${line.length > 60 ? `${line.slice(0, 60)}…` : line}` };
  }
  if (!contigs.size) return { name: "not told", evidence: "the header names none" };
  const first = [...contigs.keys()].slice(0, 3).map((name) => (name.length > 30 ? `${name.slice(0, 30)}…` : name)).join(", ");
  return { name: "not told", evidence: `contigs are called ${first}${contigs.size > 3 ? ", …" : ""}` };
}

/** Reads header and records of the text. The last line may be cut and is left out unless the file was read whole. */
export function survey(text, whole) {
  const lines = text.split("\n");
  if (!whole || lines.at(-1) === "") lines.pop();
  const found = { header: [], version: undefined, samples: undefined, records: 0, contigs: new Map(), fault: undefined };
  let titles;
  lines.some((raw, index) => {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line.startsWith("##")) {
      found.header.push(line);
      found.version ??= line.match(/^##fileformat=(VCF)?(.*)$/i)?.[2];
    } else if (line.startsWith("#")) {
      titles = line.split("\t");
      found.samples = Math.max(0, titles.length - 9);
      if (titles.length < 8) found.fault ??= { line: index + 1, what: `the title line has ${titles.length} columns separated by tabs, and at least 8 are needed` };
    } else if (line !== "") {
      const fields = line.split("\t", 9);
      if (fields.length < 8) {
        found.fault ??= { line: index + 1, what: `a record has ${fields.length === 1 ? "one column" : `${fields.length} columns`} separated by tabs, and at least 8 are needed` };
        return true;
      }
      if (!/^\d+$/.test(fields[1])) {
        found.fault ??= { line: index + 1, what: `POS is “${fields[1].slice(0, 20)}”, not a number` };
      }
      found.records += 1;
      found.contigs.set(fields[0], (found.contigs.get(fields[0]) ?? 0) + 1);
    }
    return found.fault !== undefined;
  });
  found.hasTitles = titles !== undefined;
  return found;
}

const KINDS = [
  [[0x42, 0x41, 0x4d, 0x01], "a BAM file"], [[0x42, 0x43, 0x46], "a BCF file"], [[0x50, 0x4b, 0x03, 0x04], "a zip file"],
  [[0x25, 0x50, 0x44, 0x46], "a PDF"], [[0x28, 0xb5, 0x2f, 0xfd], "compressed with zstd"], [[0x42, 0x5a, 0x68], "compressed with bzip2"],
];

/** The header of a BCF file, which follows a few binary bytes and ends with a zero. */
function bcfHeader(text) {
  const begin = text.startsWith("BCF\u0002") ? text.indexOf("##fileformat") : -1;
  const end = text.indexOf("\0", begin);
  return begin < 0 || begin > 9 || end < 0 ? undefined : text.slice(begin, end);
}

/** Why the server would surely refuse the file, if it would. */
export function refusal(file, rules) {
  if (!/.\.(vcf|vcf\.gz|vcf\.bgz|bcf)$/i.test(file.name)) return "Its name does not end in .vcf, .vcf.gz, .vcf.bgz or .bcf.";
  if (file.size === 0) return "The file is empty.";
  if (rules.maxBytes && file.size > rules.maxBytes) {
    const advice = rules.plan === "Free" ? " Premium takes larger ones; or compress it with bgzip." : "";
    return `Larger than the ${rules.plan} plan takes (${size(rules.maxBytes)}).${advice}`;
  }
  return undefined;
}

/** Everything there is to say: facts as pairs, remarks, and a refusal. */
export function examine(file, start, rules) {
  const remarks = [];
  const warn = (text) => remarks.push({ kind: "warning", text });
  const refused = refusal(file, rules);
  if (refused) remarks.push({ kind: "refusal", text: refused });
  const bcf = bcfHeader(start.text);
  const kind = !bcf && KINDS.find(([magic]) => magic.every((byte, index) => start.first[index] === byte));
  if (kind || (!bcf && start.text.includes("\0"))) {
    warn(`This looks like ${kind ? kind[1] : "a binary file"}, not like a VCF.`);
    return { facts: [], remarks, refused };
  }
  // The records of BCF are not read here; its header is text.
  const found = bcf ? survey(bcf, true) : survey(start.text, start.whole);
  if (start.broken) warn("The compressed data end too early: the file seems to be cut off.");
  if (file.size > 0 && !found.version) warn("There is no ##fileformat line.");
  if (file.size > 0 && !found.hasTitles) warn(start.whole ? "There is no #CHROM line." : "No #CHROM line in the first part of the file.");
  if (found.fault) warn(`Line ${found.fault.line}: ${found.fault.what}.`);
  else if (found.hasTitles && found.records === 0 && start.whole && !bcf) warn("There is a header, but no record.");
  if (!remarks.length) remarks.push({ kind: "good", text: "Looks fine." });
  const build = assembly(found.header, found.contigs);
  return {
    refused,
    remarks,
    clues: clues(found),
    facts: [
      ["Version", found.version ? `VCF ${found.version.replace(/^v/i, "")}${bcf ? " as BCF" : ""}` : "not told"],
      ["Samples", found.samples === undefined ? "not told" : found.samples.toLocaleString("en")],
      ["Variants", variants(file, start, found)],
      ["Packing", { plain: "none", gzip: "gzip", bgzip: "bgzip" }[start.packing]],
      ["Assembly", `${build.name} (${build.evidence})`],
    ],
  };
}

/** Most characters of header lines that are sent to the server for comparison, and most names. */
const MOST_HEADER = 32_000;
const MOST_NAMES = 200;

/** What tells the reference: lines of the header, and how many records are on which contig. */
function clues(found) {
  let header = "";
  for (const line of found.header) {
    const telling = line.match(/^##contig=<.*?\bID=([^,>]+)/) ? contigLine(line) : /^##(reference|assembly)=/i.test(line) && line;
    if (telling && header.length + telling.length < MOST_HEADER) header += `${telling}\n`;
  }
  const named = [...found.contigs].filter(([name]) => name.length <= 100);
  return { header, records: Object.fromEntries(named.slice(0, MOST_NAMES)) };
}

/** A contig's line without what tells nothing of the assembly. */
function contigLine(line) {
  const parts = ["ID", "length", "assembly"].map((key) => line.match(new RegExp(`[<,]\\s*${key}=("[^"]*"|[^,>]+)`))).filter(Boolean);
  return `##contig=<${parts.map((part) => part[0].slice(1).trim()).join(",")}>`;
}

function variants(file, start, found) {
  if (start.whole && !found.fault && (found.records || !start.text.startsWith("BCF"))) return found.records.toLocaleString("en");
  if (!start.read || !found.records) return "not known";
  const estimate = (found.records * file.size) / start.read;
  const magnitude = 10 ** Math.max(0, Math.floor(Math.log10(estimate)) - 1);
  return `about ${(Math.round(estimate / magnitude) * magnitude).toLocaleString("en")}`;
}

export function size(bytes) {
  if (bytes < 1024) return `${bytes} ${bytes === 1 ? "byte" : "bytes"}`;
  let number = bytes;
  let unit = "";
  for (const next of ["KiB", "MiB", "GiB", "TiB"]) {
    if (number < 1024) break;
    number /= 1024;
    unit = next;
  }
  return `${number < 10 ? Number(number.toFixed(1)) : Math.round(number)} ${unit}`;
}

/** Why a file is not taken although it is sound: what is left of the plan. */
export function noRoom(bytes, bytesLeft, jobsLeft) {
  if (jobsLeft <= 0) return "No more jobs are taken now: wait until one ends, or until the next day (UTC) if today's are used up.";
  if (bytes > bytesLeft) return `It does not fit: ${bytesLeft > 0 ? size(bytesLeft) : "nothing"} of your storage is left. Delete jobs that you no longer need.`;
  return undefined;
}
