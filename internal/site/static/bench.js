import { fill, text } from "./fill.js";
import { at, base, fixed } from "./place.js";
import { spoken } from "./say.js";
import { Zoom } from "./zoom.js";

// The panes of one trace: whatever is selected in one of them, the others follow.

const panels = new Map(); // "trace/span" -> promise of a fragment

function fetchPanel(trace, span) {
  const key = `${trace}/${span}`;
  if (!panels.has(key)) {
    panels.set(key, part(trace, span, `span/${span}`).catch((e) => { panels.delete(key); throw e; }));
    if (panels.size > 200) panels.delete(panels.keys().next().value);
  }
  return panels.get(key);
}

// A part of a trace's page, from the server or out of the one file that a copy keeps for each trace.
async function part(trace, id, path) {
  if (fixed) {
    const all = fragment(spoken(await text(`${base}parts/${trace}.html`)));
    return all.querySelector(`template[data-s="${id}"]`).content;
  }
  const r = await fetch(at(`/trace/${trace}/${path}`));
  if (!r.ok) throw new Error(`${path}: ${r.status}`);
  return fragment(await r.text());
}

function fragment(html) {
  const box = document.createElement("template");
  box.innerHTML = html;
  return box.content;
}

export function startBench(root) {
  if (!root) return null;
  const bench = new Bench(root);
  root.addEventListener("click", (e) => bench.click(e));
  root.addEventListener("pointerover", (e) => bench.hover(e));
  if (fixed) {
    fill(root.querySelector(".rail"));
    bench.fromAddress();
  }
  else bench.showCode();
  return bench;
}

class Bench {
  constructor(root) {
    this.root = root;
    this.zoom = new Zoom(root);
    this.turn = 0; // the newest selection wins, however late an older panel arrives
  }

  buttons = {
    "show-fall": () => this.view(false),
    "show-seq": () => this.view(true),
    "zoom-in": () => this.zoom.by(0.6, this.selected),
    "zoom-out": () => this.zoom.by(1 / 0.6, this.selected),
    "zoom-reset": () => this.zoom.reset(),
    "fold-all": () => this.fold(true),
    "unfold-all": () => this.fold(false),
  };

  get trace() { return this.root.dataset.trace; }
  get rows() { return [...this.root.querySelectorAll(".row")]; }
  get visible() { return this.rows.filter((r) => !r.hidden); }
  get selected() { return this.root.querySelector(".row.sel"); }

  row(span) { return span && document.getElementById(`r-${span}`); }

  click(e) {
    const press = this.buttons[e.target.id];
    if (press) return press();
    const spans = e.target.closest(".show-spans");
    if (spans) return this.claim(spans);
    const link = e.target.closest("[data-s]");
    if (!link || link.classList.contains("pane-head") || e.ctrlKey || e.metaKey || e.shiftKey) return;
    const row = this.row(link.dataset.s);
    if (!row) return; // another trace's: an ordinary link
    e.preventDefault();
    if (e.target.closest(".tw") && row.hasAttribute("aria-expanded")) return this.toggle(row);
    this.select(row, link === row);
  }

  // A glance at a sentence, a call or an arrow shows which bar it means.
  hover(e) {
    const link = e.target.closest("[data-s]");
    for (const r of this.root.querySelectorAll(".row.hint")) r.classList.remove("hint");
    if (link && !link.classList.contains("row")) this.row(link.dataset.s)?.classList.add("hint");
  }

  async select(row, inPlace = false, claim = "") {
    const turn = ++this.turn;
    this.reveal(row);
    for (const r of this.root.querySelectorAll(".row.sel")) {
      r.classList.remove("sel");
      r.setAttribute("aria-selected", "false");
      r.tabIndex = -1;
    }
    row.classList.add("sel");
    row.setAttribute("aria-selected", "true");
    row.tabIndex = 0;
    row.focus({ preventScroll: true });
    if (!inPlace) row.scrollIntoView({ block: "nearest" });
    this.follow(row.dataset.s);
    history.replaceState(null, "", this.address(row.dataset.s));
    try {
      if (this.hurried()) await new Promise((resolve) => { setTimeout(resolve, 90); }); // who holds a key down does not read every panel
      if (turn !== this.turn) return;
      if (!await this.panel(row, turn)) return;
      if (claim) document.querySelector(`#panel [data-claim="${claim}"]`)?.scrollIntoView({ block: "nearest" });
    } catch {
      location.assign(row.href); // the store may have lost it: let the server say so
    }
    const near = this.visible;
    for (const next of [near[near.indexOf(row) + 1], near[near.indexOf(row) - 1]]) {
      if (next) fetchPanel(next.dataset.t, next.dataset.s).catch(() => {});
    }
  }

  // Brings a span's panes; false when another selection has overtaken it.
  async panel(row, turn = this.turn) {
    const html = await fetchPanel(row.dataset.t, row.dataset.s);
    if (turn !== this.turn) return false;
    const panel = document.getElementById("panel");
    panel.replaceChildren(html.cloneNode(true));
    await fill(panel);
    if (turn !== this.turn) return false;
    this.showCode();
    return true;
  }

  // Whether the selection has just changed before.
  hurried() {
    const before = this.changed ?? 0;
    this.changed = performance.now();
    return this.changed - before < 150;
  }

  // The page's address with a span. A copy without a server stays on its page: its links are relative to it.
  address(span) { return fixed ? `${location.pathname}?span=${span}` : `${at(`/trace/${this.trace}`)}?span=${span}`; }

  // Shows the span that the address names, which a server would have selected, or else the one that the page has selected.
  async fromAddress() {
    const row = this.row(new URLSearchParams(location.search).get("span"));
    if (row && row !== this.selected) return this.select(row);
    if (this.selected) await this.panel(this.selected);
  }

  // The story and the sequence light what is selected in the waterfall; of a step without a sentence, the one before it.
  follow(span) {
    const story = document.getElementById("story");
    for (const a of this.root.querySelectorAll("#story a, .arrow")) a.classList.toggle("sel", a.dataset.s === span);
    if (!story) return;
    let mark = story.querySelector("a.sel");
    for (let row = this.row(span); !mark && row; row = this.row(row.dataset.p)) {
      mark = story.querySelector(`a[data-s="${row.dataset.s}"]`);
      if (mark) mark.classList.add("sel");
    }
    mark?.scrollIntoView({ block: "nearest" });
  }

  // Brings the function's first line to the top of the source pane, without moving the page.
  showCode() {
    const code = this.root.querySelector("#panel .code");
    const first = code?.querySelector(".first");
    if (first) code.scrollTop += first.getBoundingClientRect().top - code.getBoundingClientRect().top - 28;
  }

  children(row) { return this.rows.filter((r) => r.dataset.p === row.dataset.s && r.dataset.t === row.dataset.t); }

  toggle(row, open = row.getAttribute("aria-expanded") !== "true") {
    if (!row.hasAttribute("aria-expanded")) return;
    row.setAttribute("aria-expanded", String(open));
    row.querySelector(".tw").textContent = open ? "▾" : "▸";
    this.hide(row, !open);
  }

  hide(row, hidden) {
    for (const c of this.children(row)) {
      c.hidden = hidden;
      if (!hidden && c.getAttribute("aria-expanded") === "false") continue;
      this.hide(c, hidden);
    }
  }

  reveal(row) {
    for (let p = this.row(row.dataset.p); p; p = this.row(p.dataset.p)) {
      if (p.getAttribute("aria-expanded") === "false") this.toggle(p, true);
    }
  }

  move(by) {
    const rows = this.visible;
    const at = rows.indexOf(this.selected);
    const next = rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    if (next && next !== this.selected) this.select(next);
  }

  inward() {
    const row = this.selected;
    if (!row) return;
    if (row.getAttribute("aria-expanded") === "false") return this.toggle(row, true);
    const child = this.children(row)[0];
    if (child) this.select(child);
  }

  outward() {
    const row = this.selected;
    if (!row) return;
    if (row.getAttribute("aria-expanded") === "true") return this.toggle(row, false);
    const parent = this.row(row.dataset.p);
    if (parent) this.select(parent);
  }

  nextError() {
    const rows = this.visible;
    const at = rows.indexOf(this.selected);
    const next = [...rows.slice(at + 1), ...rows.slice(0, at + 1)].find((r) => r.classList.contains("err"));
    if (next) this.select(next);
  }

  // A claim lights every span of its steps; each further press goes to the next of them.
  claim(button) {
    const box = button.closest("[data-steps]");
    const steps = new Set(box.dataset.steps.trim().split(/\s+/));
    const rows = this.rows.filter((r) => steps.has(r.dataset.step));
    for (const r of this.rows) r.classList.toggle("claimed", rows.includes(r));
    if (rows.length === 0) return;
    for (const r of rows) this.reveal(r);
    const next = rows[(rows.indexOf(this.selected) + 1) % rows.length];
    if (next !== this.selected) this.select(next, false, box.dataset.claim);
    else next.scrollIntoView({ block: "nearest" });
  }

  // Closes or opens every branch below the roots.
  fold(closed) {
    for (const row of this.rows) {
      if (row.hasAttribute("aria-expanded") && (!closed || row.dataset.d !== "0")) this.toggle(row, !closed);
    }
    if (this.selected?.hidden) this.select(this.row(this.selected.dataset.p) ?? this.selected);
  }

  toCode() { this.root.querySelector("#panel .code")?.focus(); }

  // Esc: out of the source, out of a claim, out of the zoom.
  back() {
    if (document.activeElement?.closest("#panel")) return this.selected?.focus();
    const claimed = this.root.querySelectorAll(".row.claimed");
    if (claimed.length > 0) return claimed.forEach((r) => r.classList.remove("claimed"));
    this.zoom.reset();
  }

  async view(sequence = document.getElementById("seq-wrap").hidden) {
    const seq = document.getElementById("seq-wrap");
    if (sequence && !seq.firstElementChild) {
      seq.replaceChildren((await part(this.trace, "sequence", "sequence")).cloneNode(true));
    }
    seq.hidden = !sequence;
    document.getElementById("tree-wrap").hidden = sequence;
    this.root.querySelector(".zooms").hidden = sequence; // it has no axis
    document.getElementById("show-fall").setAttribute("aria-pressed", String(!sequence));
    document.getElementById("show-seq").setAttribute("aria-pressed", String(sequence));
    if (this.selected) this.follow(this.selected.dataset.s);
  }

  // Asks for the trace's new state, at most twice a second however often it changes. What changes while the answer is on its way is asked for
  // again, after it.
  refresh() {
    this.waiting ??= setTimeout(async () => {
      await this.renewing?.catch(() => {});
      this.waiting = null;
      this.renewing = this.renew();
    }, 500);
  }

  // Takes the trace's new state from the server and keeps what is selected, closed and scrolled to.
  async renew() {
    const span = this.selected?.dataset.s;
    const url = `${at(`/trace/${this.trace}`)}${span ? `?span=${span}` : ""}`;
    const response = await fetch(url);
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    const closed = this.rows.filter((r) => r.getAttribute("aria-expanded") === "false").map((r) => r.dataset.s);
    const sequence = !(document.getElementById("seq-wrap")?.hidden ?? true);
    for (const id of ["story", "trace-head", "fall"]) {
      const now = document.getElementById(id);
      const next = fresh.getElementById(id);
      if (!now || !next) continue;
      const top = now.scrollTop;
      now.replaceWith(next);
      next.scrollTop = top;
    }
    for (const s of closed) if (this.row(s)) this.toggle(this.row(s), false);
    this.root.dataset.complete = fresh.querySelector(".bench").dataset.complete;
    if (!this.zoom.whole) this.zoom.place();
    if (sequence) this.view(true);
    if (span) this.follow(span);
  }
}
