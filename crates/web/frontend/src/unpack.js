// The beginning of a file as text, unpacked if it is compressed. Nothing leaves the browser.

/** How much of a file is read, in bytes as it lies on disk. */
export const READ = 1 << 20;
/** How much text is looked at. */
const MOST_TEXT = 8 << 20;

const isGzip = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b;

/** Size of the block of bgzip that begins here; 0 if none does. */
function blockSize(bytes, at) {
  if (at + 18 > bytes.length || bytes[at] !== 0x1f || bytes[at + 1] !== 0x8b || !(bytes[at + 3] & 4)) return 0;
  if (bytes[at + 12] !== 0x42 || bytes[at + 13] !== 0x43) return 0;
  return bytes[at + 16] + bytes[at + 17] * 256 + 1;
}

/** Unpacks as far as it goes; what ends early gives what came before. */
async function inflate(bytes, most) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  const reader = stream.getReader();
  const chunks = [];
  let length = 0;
  let whole = false;
  try {
    while (length < most) {
      const { done, value } = await reader.read();
      if (done) {
        whole = true;
        break;
      }
      chunks.push(value);
      length += value.length;
    }
    reader.cancel().catch(() => {});
  } catch {
    // The slice ends within the stream, or more follows it: both are to be expected.
  }
  return { bytes: new Uint8Array(await new Blob(chunks).arrayBuffer()), whole };
}

async function inflateBlocks(bytes) {
  const parts = [];
  let length = 0;
  let at = 0;
  while (length < MOST_TEXT) {
    const size = blockSize(bytes, at);
    if (!size || at + size > bytes.length) break;
    const { bytes: part } = await inflate(bytes.subarray(at, at + size), 1 << 17);
    parts.push(part);
    length += part.length;
    at += size;
  }
  return { bytes: new Uint8Array(await new Blob(parts).arrayBuffer()), read: at };
}

/** Gives `{ text, packing, read, whole, first }`: `read` of the file's bytes became the text. */
export async function beginning(file) {
  const packed = new Uint8Array(await file.slice(0, READ).arrayBuffer());
  const all = packed.length === file.size;
  const first = packed.subarray(0, 8);
  const decode = (bytes) => new TextDecoder("utf-8").decode(bytes);
  if (!isGzip(packed)) return { text: decode(packed), packing: "plain", read: packed.length, whole: all, first };
  if (blockSize(packed, 0)) {
    const { bytes, read } = await inflateBlocks(packed);
    return { text: decode(bytes), packing: "bgzip", read, whole: all && read === packed.length, first };
  }
  const { bytes, whole } = await inflate(packed, MOST_TEXT);
  const broken = all && !whole && bytes.length < MOST_TEXT;
  return { text: decode(bytes), packing: "gzip", read: packed.length, whole: all && whole, broken, first };
}
