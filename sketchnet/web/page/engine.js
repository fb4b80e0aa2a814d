// The search for shoes, the counterpart of `sketchnet/retrieval/search.py`: it runs in a worker, so that
// the pen never waits for it.
import { agreement } from "./local_scores.js";
import { distances, moved, nearest, rerank } from "./rank.js";
import { centreView, embed } from "./sketch_query.js";

const MOST = 150; // rows that an answer lists: what the page can show, and what it may leave out

export class Engine {
  // site: the settings of the page; vectors of all photos; penalties by row, or null; maps, or null.
  constructor(site, network, vectors, penalties, maps) {
    Object.assign(this, { site, network, vectors, penalties, maps });
    this.latest = { key: null };
    this.rows = Array.from({ length: site.count }, (_, row) => row);
    this.leading = 0; // the orientation in which the last drawing was nearest: 1 for its mirror image
  }

  // The embeddings of a drawing and of its mirror image, each computed once; with `quick` of the one that
  // will be nearer if this drawing continues the last one.
  async query(drawing, quick = false) {
    const key = JSON.stringify(drawing);
    if (this.latest.key !== key) this.latest = { key, view: centreView(drawing, this.site), sides: [null, null] };
    const { view, sides } = this.latest;
    for (const side of quick ? [this.leading] : [0, 1]) sides[side] ??= await embed(this.network, view, side === 1, this.site, this.maps);
    const known = quick ? [sides[this.leading]] : sides;
    return { view, vectors: known.map(({ vector }) => vector), maps: known.flatMap(({ map }) => map ?? []) };
  }

  vector = (row) => this.vectors.subarray(row * this.site.embedding, (row + 1) * this.site.embedding);

  // What is searched for: a photo of the gallery, the drawing, or what feedback makes of them.
  async asked({ drawing, like, liked, disliked, quick }) {
    let vectors, maps = [];
    if (like !== null) {
      await this.maps?.need([like]);
      vectors = [this.vector(like)];
      if (this.maps?.has([like])) maps = [this.maps.map(like)];
    } else if (drawing) {
      ({ vectors, maps } = await this.query(drawing, quick));
    } else vectors = [new Float32Array(this.site.embedding)];
    if (liked.length || disliked.length) {
      vectors = vectors.map((vector) => moved(vector, liked.map(this.vector), disliked.map(this.vector)));
    }
    return { vectors, maps, isSketch: like === null && Boolean(drawing) };
  }

  // Arguments: drawing, rows of strokes or null; like, a row or null; liked, disliked, rows that refine the
  // results; left, the rows that the filters leave, or null for all; quick, for one orientation only.
  async search({ drawing, like, liked, disliked, left, quick }) {
    const start = performance.now(), rows = left ?? this.rows;
    const { vectors, maps, isSketch } = await this.asked({ drawing, like, liked, disliked, quick });
    const found = distances(this.vectors, this.site.embedding, vectors), order = nearest(found, rows, MOST);
    const first = order.slice(0, this.site.rerank.depth);
    if (maps.length) await this.maps.need(first);
    const reranks = maps.length > 0 && this.maps.has(first);
    const ranked = rerank(order, found, this.site.rerank, reranks ? maps : [], this.maps, isSketch ? this.penalties : null);
    if (vectors.length > 1 && ranked.length) {
      const [own, mirrored] = vectors.map((vector) => distances(this.vector(ranked[0][0]), this.site.embedding, [vector])[0]);
      this.leading = Number(mirrored < own);
    }
    return { found: ranked, total: rows.length, reranks, ms: performance.now() - start };
  }

  // Where the drawing and a photo agree: heat by cell of each, and the drawing as the network sees it.
  async explain({ drawing, row }) {
    await this.maps?.need([row]);
    if (!this.maps?.has([row])) return null;
    const { view, maps } = await this.query(drawing), photo = this.maps.map(row), { channels } = this.maps;
    const sum = (heat) => heat.reduce((total, each) => total + each, 0);
    const heats = maps.map((map) => agreement(map, photo, channels));
    const which = sum(heats[1]) > sum(heats[0]) ? 1 : 0; // the photo was found by the mirror image
    return { view, drawing: which ? mirrored(heats[1]) : heats[0], photo: agreement(photo, maps[which], channels) };
  }
}

function mirrored(heat) {
  const side = Math.sqrt(heat.length);
  return heat.map((_, i) => heat[i - (i % side) + side - 1 - (i % side)]);
}
