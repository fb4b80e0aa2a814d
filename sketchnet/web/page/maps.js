// The local maps of the photos, four bits a number: fetched whole for small galleries, and for large
// ones the parts that a search needs, by HTTP ranges.

// The (cells, channels) directions of a map, not of unit length, and the lengths of its cells.
export function decode(bytes, cells, channels) {
  const directions = new Float32Array(cells * channels), weights = new Float32Array(cells);
  for (let cell = 0; cell < cells; cell++) {
    const start = (cell * channels) / 2;
    weights[cell] = bytes[(cells * channels) / 2 + cell] / 255;
    let squares = 0;
    for (let i = 0; i < channels / 2; i++) {
      const both = bytes[start + i], low = (both & 15) - 8, high = (both >> 4) - 8;
      directions[cell * channels + 2 * i] = low;
      directions[cell * channels + 2 * i + 1] = high;
      squares += low * low + high * high;
    }
    const scale = squares ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < channels; i++) directions[cell * channels + i] *= scale;
  }
  return { directions, weights };
}

export class Maps {
  // site: the settings `maps` of the page. fetchFile(name, first, last) fetches bytes of a file.
  constructor({ files, per_file, cells, channels, whole }, fetchFile) {
    Object.assign(this, { files, perFile: per_file, cells, channels, whole, fetchFile });
    this.size = (cells * channels) / 2 + cells;
    this.parts = files.map(() => null); // whole files
    this.rows = new Map(); // single maps, the latest last
    this.usable = true;
  }

  // Fetches all files one after the other, where the gallery is small enough.
  async load() {
    if (!this.whole) return;
    for (let i = 0; i < this.files.length; i++) this.parts[i] = new Uint8Array(await this.fetchFile(this.files[i]));
  }

  bytes(row) {
    const part = this.parts[Math.floor(row / this.perFile)], start = (row % this.perFile) * this.size;
    return part ? part.subarray(start, start + this.size) : this.rows.get(row);
  }

  has = (rows) => rows.every((row) => this.bytes(row));

  // Fetches the maps that are missing, neighbours together. A server without ranges answers with the
  // whole file, or not at all: then the search does without maps.
  async need(rows, mostKept = 10_000) {
    const missing = [...rows].filter((row) => !this.bytes(row)).sort((a, b) => a - b);
    if (this.whole || !this.usable || !missing.length) return;
    const runs = [];
    for (const row of missing) {
      const run = runs.at(-1);
      if (run && row - run.at(-1) <= 2 && Math.floor(row / this.perFile) === Math.floor(run[0] / this.perFile)) run.push(row);
      else runs.push([row]);
    }
    try {
      await Promise.all(runs.map(async (run) => {
        const file = Math.floor(run[0] / this.perFile), first = run[0] % this.perFile, last = run.at(-1) % this.perFile;
        const found = new Uint8Array(await this.fetchFile(this.files[file], first * this.size, (last + 1) * this.size - 1));
        for (let i = 0; i <= last - first; i++) this.rows.set(run[0] + i, found.slice(i * this.size, (i + 1) * this.size));
      }));
    } catch { this.usable = false; }
    for (const row of this.rows.keys()) if (this.rows.size > mostKept) this.rows.delete(row);
  }

  map = (row) => decode(this.bytes(row), this.cells, this.channels);
}
