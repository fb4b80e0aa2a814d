// The local maps of the photos (`sketchnet/web/maps.py`): fetched whole for small galleries, and for
// large ones the parts that a search needs, by HTTP ranges.
import { lay, product } from "./product.js";

const MOST_KEPT = 5000; // maps that were fetched one by one

// A map as {at, levels, lengths, weights}: for each cell its place among those that are not blank, or -1;
// the levels of these cells; by place the length of the levels and the weight of the cell.
export function decode(bytes, cells, channels) {
  const at = new Int16Array(cells).fill(-1);
  let count = 0;
  for (let cell = 0; cell < cells; cell++) if ((bytes[cell >> 3] >> (cell & 7)) & 1) at[cell] = count++;
  const start = Math.ceil(cells / 8), levels = new Int8Array(bytes.buffer, bytes.byteOffset + start + count, count * channels);
  const weights = Float32Array.from(bytes.subarray(start, start + count)).map((each) => each / 255);
  return { at, levels, lengths: lengthsOf(levels, channels), weights };
}

// The same of a map that the network gives; `channels` are as many as there or, with zeros, more.
export function encode(values, cells, channels) {
  const at = Int16Array.from({ length: cells }, (_, cell) => cell), levels = new Int8Array(cells * channels);
  const weights = new Float32Array(cells), given = values.length / cells;
  for (let cell = 0; cell < cells; cell++) {
    const numbers = values.subarray(cell * given, (cell + 1) * given);
    let most = 1e-9, squares = 0;
    for (let i = 0; i < given; i++) {
      most = Math.max(most, Math.abs(numbers[i]));
      squares += numbers[i] * numbers[i];
    }
    weights[cell] = Math.sqrt(squares);
    for (let i = 0; i < given; i++) levels[cell * channels + i] = Math.round((numbers[i] / most) * 127);
  }
  return { at, levels, lengths: lengthsOf(levels, channels), weights };
}

function lengthsOf(levels, channels) {
  const [start] = lay(levels), lengths = new Float32Array(levels.length / channels);
  for (let place = 0; place < lengths.length; place++) {
    const from = start + place * channels;
    lengths[place] = Math.sqrt(product(from, from, channels)) || 1;
  }
  return lengths;
}

export class Maps {
  // settings: `maps` of the page; ends: where the map of each row begins, and the last ends;
  // fetchFile(name, { range }): fetches a file, or a range of its bytes.
  constructor({ files, cells, channels, whole }, ends, fetchFile) {
    Object.assign(this, { files, cells, channels, whole, ends, fetchFile, usable: true });
    this.parts = files.map(() => null); // whole files
    this.rows = new Map(); // single maps, the latest last
  }

  // Fetches all files one after the other, where the gallery is small enough.
  async load() {
    if (!this.whole) return;
    for (let i = 0; i < this.files.length; i++) this.parts[i] = new Uint8Array(await this.fetchFile(this.files[i].name));
  }

  fileOf = (row) => this.files.findIndex(({ end }) => row < end);
  startOf = (file) => this.ends[file ? this.files[file - 1].end : 0]; // of a file in all bytes

  bytes(row) {
    const file = this.fileOf(row), start = this.startOf(file);
    return this.parts[file]?.subarray(this.ends[row] - start, this.ends[row + 1] - start) ?? this.rows.get(row);
  }

  has = (rows) => rows.every((row) => this.bytes(row));

  // Fetches the maps that are missing. A server without ranges answers with the whole file: then the
  // search does without maps.
  async need(rows) {
    const missing = rows.filter((row) => !this.bytes(row));
    if (this.whole || !this.usable || !missing.length) return;
    try {
      await Promise.all(missing.map(async (row) => {
        const file = this.fileOf(row), start = this.startOf(file);
        const range = [this.ends[row] - start, this.ends[row + 1] - start - 1];
        this.rows.set(row, new Uint8Array(await this.fetchFile(this.files[file].name, { range })));
      }));
    } catch { this.usable = false; }
    for (const row of this.rows.keys()) if (this.rows.size > MOST_KEPT && !rows.includes(row)) this.rows.delete(row);
  }

  map = (row) => decode(this.bytes(row), this.cells, this.channels);
}
