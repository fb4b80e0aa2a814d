// Loads what a search needs and answers the page's questions, one after the other.
import { DoodleEngine } from "./doodle_engine.js";
import { Engine } from "./engine.js";
import { fetchFile } from "./files.js";
import { fromHalf } from "./half.js";
import { Maps } from "./maps.js";
import { openNetwork } from "./network.js";

let opened = null;

async function open({ site, catalogue, threads }) {
  const [content, vectors, penalties] = await Promise.all([
    fetchFile(site.network),
    fetchFile("vectors.bin").then(fromHalf),
    site.hubness ? fetchFile("penalties.bin").then((buffer) => new Float32Array(buffer)) : null,
  ]);
  const network = await openNetwork(site.runtime, content, threads);
  if (site.kind === "doodles") return new DoodleEngine(site, network, vectors, catalogue);
  const maps = site.maps && new Maps(site.maps, new Uint32Array(await fetchFile("maps-index.bin")), fetchFile);
  maps?.load().then(() => postMessage({ event: "maps" }), () => postMessage({ event: "failed" }));
  return new Engine(site, network, vectors, penalties, maps);
}

onmessage = async ({ data: { id, method, value } }) => {
  try {
    if (method === "open") opened = open(value);
    const engine = await opened;
    if (method === "open") await engine.query([[[0, 9], [0, 9]]]); // the first run takes longer
    postMessage({ id, answer: method === "open" ? null : await engine[method](value) });
  } catch (error) {
    postMessage({ id, error: String(error?.message ?? error) });
  }
};
