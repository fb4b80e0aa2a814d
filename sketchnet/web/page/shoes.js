// The page for shoes: what is searched for, and what happens at each click.
import { $, element, number, status } from "./dom.js";
import { explanation } from "./explanation.js";
import { changed, filterRow } from "./filter_row.js";
import { Catalogue, NO_FILTERS } from "./filters.js";
import { detail, grid, rankLine } from "./results.js";
import { saveTable, tray } from "./tray.js";

const SHOWN = 10, MOST_SHOWN = 100;
const sketchnet = window.sketchnet;

export class Shoes {
  constructor(site, catalogue, asker) {
    Object.assign(this, { site, asker, catalogue: new Catalogue(catalogue), places: catalogue.places });
    Object.assign(this, { drawing: null, like: null, liked: new Set(), disliked: new Set(), feedback: false });
    Object.assign(this, { filters: NO_FILTERS(), shown: SHOWN, answer: null, opened: null, searches: 0 });
    this.restoreTray();
    for (const place of ["#results-head", "#shoes", "#detail", "#tray", "#filters"]) {
      $(place).addEventListener("click", (event) => this.act(event.target.closest("[data-act]")));
    }
    $("#filters").addEventListener("change", (event) => this.narrow(event.target));
    $("#more").addEventListener("click", () => { this.shown = Math.min(this.shown + SHOWN, MOST_SHOWN); this.show(); });
    this.showFilters();
    this.showTray();
    this.show();
  }

  draw(drawing) {
    Object.assign(this, { drawing: drawing.length ? drawing : null, like: null, shown: SHOWN });
    return this.search();
  }

  // Searches again for what is asked now.
  async search() {
    const refines = this.feedback && (this.liked.size > 0 || ((this.drawing || this.like !== null) && this.disliked.size > 0));
    const left = this.catalogue.left(this.filters), mine = ++this.searches; // an older answer is not shown
    if (!this.drawing && this.like === null && !refines && !left) {
      this.answer = null;
      sketchnet.done();
      return this.show();
    }
    sketchnet.busy();
    try {
      const key = JSON.stringify(this.drawing);
      const question = { drawing: this.drawing, like: this.like, left, liked: refines ? [...this.liked] : [], disliked: refines ? [...this.disliked] : [] };
      // First in the orientation that was nearer before, which takes half the time, then in both.
      for (const quick of this.drawing && this.like === null && key !== this.searched ? [true, false] : [false]) {
        const answer = await this.asker.latest("search", { ...question, quick });
        if (!answer || mine !== this.searches) return;
        this.take(answer, question, refines, quick);
      }
      this.searched = key;
    } finally { if (mine === this.searches) sketchnet.done(); }
  }

  // Shows an answer; where a complete one has the order of the quick one before it, only the line above.
  take(answer, question, refines, quick) {
    const shown = this.answer?.quick && this.answer.found.slice(0, this.shown).map(([row]) => row).join();
    const asksNothing = !question.drawing && question.like === null && !refines;
    const found = answer.found.filter(([row]) => row !== question.like && !(refines && this.disliked.has(row)));
    const ms = answer.ms + (!quick && this.answer?.quick ? this.answer.ms : 0);
    this.answer = { ...answer, ms, found, total: answer.total - (answer.found.length - found.length), asksNothing, refines, like: question.like, quick };
    this.show(found.slice(0, this.shown).map(([row]) => row).join() !== shown);
  }

  show(withGrid = true) {
    const { answer, catalogue } = this;
    $("#more").hidden = !answer || this.shown >= Math.min(answer.found.length, MOST_SHOWN);
    if (!answer) {
      $("#find-status").replaceChildren(status(`${number(this.site.count)} shoes`, "to search"));
      $("#shoes").replaceChildren(element("div.placeholder", {}, element("h3", {}, "Draw a shoe"),
        element("p", {}, "Similar shoes appear after every stroke. Side views work best.")));
      return;
    }
    const title = answer.like !== null ? `Similar to ${catalogue.ids[answer.like]}` : answer.asksNothing ? `${number(answer.total)} shoes` : this.drawing ? "Similar shoes" : "Similar to what you keep";
    const time = answer.asksNothing ? "that the filters leave" : `${number(answer.total)} searched in ${Math.round(answer.ms)} ms${answer.reranks || !this.site.maps ? "" : ", not re-ranked"}`;
    $("#find-status").replaceChildren(status(title + (answer.refines ? ", refined by your tray" : ""), time, answer.like !== null));
    if (withGrid) $("#shoes").replaceChildren(grid(answer.found.slice(0, this.shown), catalogue, this.liked, this.disliked));
  }

  showFilters() { if (this.catalogue.hasFields) $("#filters").replaceChildren(filterRow(this.catalogue, this.filters)); }

  narrow(target) {
    const filters = changed(this.filters, target);
    if (!filters) return;
    Object.assign(this, { filters, shown: SHOWN });
    this.showFilters();
    this.search();
  }

  act(button) {
    if (!button) return;
    const { act, id } = button.dataset, row = this.catalogue.row.get(id);
    if (["chip", "clear"].includes(act)) this.narrow(button);
    else this[`on_${act}`]?.(row);
  }

  on_kept() {
    this.filters = { ...this.filters, kept: this.filters.kept ? null : this.liked };
    this.showFilters();
    this.search();
  }

  on_open(row) {
    this.opened = row;
    const found = this.answer?.found ?? [], rank = found.findIndex(([each]) => each === row);
    const line = !this.answer || this.answer.asksNothing ? "" : rankLine(rank + 1, found[rank]?.[1], this.answer.total);
    $("#detail").replaceChildren(...detail(row, this.catalogue, {
      line, liked: this.liked.has(row), disliked: this.disliked.has(row), asks: Boolean(this.drawing && this.site.maps),
    }));
    sketchnet.focusDetail($("#detail"));
  }

  on_close() {
    this.opened = null;
    $("#detail").replaceChildren();
    sketchnet.focusDetail($("#detail"));
  }

  on_more(row) {
    Object.assign(this, { like: row, shown: SHOWN });
    this.on_close();
    this.search();
  }

  on_back() {
    this.like = null;
    this.search();
  }

  async on_why(row) {
    const heats = await this.asker.ask("explain", { drawing: this.drawing, row });
    if (this.opened !== row) return;
    const content = heats ? await explanation(heats, row, this.places[row], this.site) : element("p", {}, "The maps of the photos are still loading.");
    $("#detail .below").replaceChildren(content);
    content.scrollIntoView({ block: "nearest" });
  }

  on_like(row) { this.toggle(row, this.liked, this.disliked); }
  on_dislike(row) { this.toggle(row, this.disliked, this.liked); }
  on_feedback() { this.feedback = !this.feedback; this.trayChanged(true); }
  on_csv() { saveTable(this, this.answer?.found ?? [], this.catalogue); }
  on_empty() {
    const refined = this.feedback;
    this.liked.clear();
    this.disliked.clear();
    this.feedback = false;
    this.trayChanged(refined);
  }

  toggle(row, here, there) {
    there.delete(row);
    if (!here.delete(row)) here.add(row);
    if (this.opened === row) this.on_open(row);
    this.trayChanged(this.feedback);
  }

  trayChanged(searches) {
    const ids = [this.liked, this.disliked].map((rows) => [...rows].map((row) => this.catalogue.ids[row]));
    sketchnet.store("visit", "tray", JSON.stringify([this.site.version, ...ids]));
    this.showTray();
    if (searches || this.filters.kept) this.search(); else this.show();
  }

  restoreTray() {
    try {
      const [version, ...ids] = JSON.parse(sketchnet.stored("visit", "tray"));
      if (version !== this.site.version) return;
      [this.liked, this.disliked] = ids.map((half) => new Set(half.map((id) => this.catalogue.row.get(id)).filter((row) => row !== undefined)));
    } catch { /* nothing is stored */ }
  }

  showTray() { $("#tray").replaceChildren(...tray(this, this.catalogue)); }
}
