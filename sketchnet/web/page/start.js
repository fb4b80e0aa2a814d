// Starts the page: settings first, then the canvas, then the network in a worker.
import "./page.js";
import "./packed.js";
import "./history.js";
import "./link.js";
import "./record.js";
import "./canvas.js";
import { Asker } from "./ask.js";
import { Doodles } from "./doodles.js";
import { $, element } from "./dom.js";
import { fetchFile, textOf } from "./files.js";
import { Shoes } from "./shoes.js";

const sketchnet = window.sketchnet;
const json = async (name) => JSON.parse(textOf(await fetchFile(name)));

// What went wrong, over the canvas; the drawing stays.
function fail(title, detail) {
  $("#notice").replaceChildren(element("div.notice", { role: "alert" }, element("b", {}, title), element("span", {}, detail)));
}

// The files for the next visit without a network, once this visit has what it needs.
function keepOffline() {
  if ("serviceWorker" in navigator && $("html").dataset.offline) navigator.serviceWorker.register("offline.js").catch(() => {});
}

async function start() {
  sketchnet.showHistory($("#history"));
  const [site, catalogue] = await Promise.all([json("site.json"), json("catalogue.json")]);
  const threads = window.crossOriginIsolated ? Math.min(4, navigator.hardwareConcurrency || 1) : 1;
  const asker = new Asker(new Worker("worker.js", { type: "module" }), (event) => {
    if (event === "maps") tab.search();
    if (event === "failed") fail("Reload the page", "A part of it did not arrive.");
  });
  const opened = asker.ask("open", { site, threads, catalogue: site.kind === "doodles" ? catalogue : null });
  const tab = site.kind === "doodles" ? new Doodles(site, catalogue, asker) : new Shoes(site, catalogue, asker);
  document.body.dataset.tab = site.kind;
  const draw = () => tab.draw(JSON.parse(sketchnet.record()));
  document.addEventListener("sketchnet:ink", draw);
  draw();
  await opened;
  document.body.dataset.ready = "";
  $("#loading").remove();
  keepOffline();
}

window.addEventListener("unhandledrejection", ({ reason }) => fail("Reload the page", String(reason?.message ?? reason)));
start().catch((error) => fail("Reload the page", error.message));
