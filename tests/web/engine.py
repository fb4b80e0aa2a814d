"""The engine of a page in Chromium, called from Python without the page around it."""

from __future__ import annotations

from typing import Any

OPEN = """async (threads) => {
  const [{ Engine }, { fetchFile }, { fromHalf }, { Maps }, { openNetwork }] = await Promise.all(
    ["engine", "files", "half", "maps", "network"].map((name) => import(`./${name}.js`)));
  const site = await (await fetch("site.json")).json();
  const network = await openNetwork(site.runtime, await fetchFile(site.network), threads);
  const ends = site.maps && new Uint32Array(await fetchFile("maps-index.bin"));
  const maps = site.maps && new Maps(site.maps, ends, fetchFile);
  await maps?.load();
  const penalties = site.hubness ? new Float32Array(await fetchFile("penalties.bin")) : null;
  const vectors = fromHalf(await fetchFile("vectors.bin"));
  window.engine = new Engine(site, network, vectors, penalties, maps);
}"""

SEARCH = """async (drawing) => {
  const { vectors } = await window.engine.query(drawing);
  const question = { drawing, like: null, liked: [], disliked: [], left: null };
  const { found, ms, reranks } = await window.engine.search(question);
  return { vectors: vectors.map((vector) => [...vector]), found, ms, reranks };
}"""


SEARCH_ONLY = """async ([drawing, quick]) => {
  const question = { drawing, like: null, liked: [], disliked: [], left: null, quick };
  return (await window.engine.search(question)).ms;
}"""

OPEN_DOODLES = """async (threads) => {
  const [{ DoodleEngine }, { fetchFile }, { fromHalf }, { openNetwork }] = await Promise.all(
    ["doodle_engine", "files", "half", "network"].map((name) => import(`./${name}.js`)));
  const [site, catalogue] = await Promise.all(
    ["site", "catalogue"].map(async (name) => (await fetch(`${name}.json`)).json()));
  const network = await openNetwork(site.runtime, await fetchFile(site.network), threads);
  const vectors = fromHalf(await fetchFile("vectors.bin"));
  window.engine = new DoodleEngine(site, network, vectors, catalogue);
}"""

SUGGEST = """async (drawing) => {
  const found = await window.engine.suggest({ drawing, label: null, like: null, k: 10 });
  return { ...found, embedding: [...window.engine.latest.embedding] };
}"""


def open_engine(browser: Any, url: str, script: str = OPEN, threads: int = 1) -> Any:
    """A tab that holds the engine that `script` opens, of the page at `url`."""
    tab = browser.new_page()
    tab.goto(f"{url}site.json")  # the origin of the page, without its scripts
    tab.evaluate(script.replace("./", url), threads)
    return tab
