// SHA-256 (FIPS 180-4) of a file as it is read: the browser's own takes only what fits into memory.

/** The first 32 bits of the fractional parts of a root of each of the first primes. */
function fractions(count, root) {
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    let divisor = 2;
    while (divisor * divisor <= number && number % divisor !== 0) divisor += 1;
    if (divisor * divisor > number) found.push(((root(number) % 1) * 2 ** 32) | 0);
  }
  return Int32Array.from(found);
}

const CONSTANTS = fractions(64, Math.cbrt);
const BEGINNING = fractions(8, Math.sqrt);
const BLOCK = 64;

export class Sha256 {
  constructor() {
    this.state = BEGINNING.slice();
    this.words = new Int32Array(64);
    this.rest = new Uint8Array(BLOCK);
    this.waiting = 0;
    this.length = 0;
  }

  update(bytes) {
    this.length += bytes.length;
    let at = 0;
    if (this.waiting > 0) {
      at = Math.min(BLOCK - this.waiting, bytes.length);
      this.rest.set(bytes.subarray(0, at), this.waiting);
      this.waiting += at;
      if (this.waiting < BLOCK) return;
      this.#block(this.rest, 0);
      this.waiting = 0;
    }
    for (; at + BLOCK <= bytes.length; at += BLOCK) this.#block(bytes, at);
    this.rest.set(bytes.subarray(at));
    this.waiting = bytes.length - at;
  }

  /** The checksum in hexadecimal. Nothing can be added afterwards. */
  finish() {
    const bits = this.length * 8;
    const padding = new Uint8Array(((this.waiting < 56 ? 56 : 120) - this.waiting) + 8);
    padding[0] = 0x80;
    const end = new DataView(padding.buffer, padding.length - 8);
    end.setUint32(0, Math.floor(bits / 2 ** 32));
    end.setUint32(4, bits >>> 0);
    this.update(padding);
    return [...this.state].map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
  }

  #block(bytes, at) {
    const { words: w, state } = this;
    const constants = CONSTANTS;
    for (let t = 0; t < 16; t += 1) {
      const from = at + 4 * t;
      w[t] = (bytes[from] << 24) | (bytes[from + 1] << 16) | (bytes[from + 2] << 8) | bytes[from + 3];
    }
    for (let t = 16; t < 64; t += 1) {
      const x = w[t - 15];
      const y = w[t - 2];
      const low = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
      const high = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
      w[t] = (w[t - 16] + low + w[t - 7] + high) | 0;
    }
    let a = state[0];
    let b = state[1];
    let c = state[2];
    let d = state[3];
    let e = state[4];
    let f = state[5];
    let g = state[6];
    let h = state[7];
    for (let t = 0; t < 64; t += 1) {
      const high = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
      const first = (h + high + ((e & f) ^ (~e & g)) + constants[t] + w[t]) | 0;
      const low = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
      const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
    state[5] += f;
    state[6] += g;
    state[7] += h;
  }
}

/** The checksum of a file, in hexadecimal. Tells how many bytes were read; stops when the signal says so. */
export async function checksum(file, progress, signal) {
  const hasher = new Sha256();
  const reader = file.stream().getReader();
  let read = 0;
  for (;;) {
    const { done, value } = await reader.read();
    signal.throwIfAborted();
    if (done) return hasher.finish();
    hasher.update(value);
    read += value.length;
    progress(read);
  }
}
