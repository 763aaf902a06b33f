// The time axis of the waterfall: zoom and pan, with the bars, marks and ticks placed anew. The server places them for the whole
// trace, in percent; here a window of it, from one share of the trace to another, takes the whole width.

const least = 1e-6; // the smallest window, as a share of the trace

export class Zoom {
  constructor(root) {
    this.root = root;
    this.from = 0;
    this.to = 1;
    this.at = null; // where the pointer is, as a share of the window
    root.addEventListener("pointermove", (e) => { this.at = this.share(e); });
    root.addEventListener("wheel", (e) => {
      if (!(e.ctrlKey || e.metaKey) || this.share(e) === null) return;
      e.preventDefault();
      this.at = this.share(e);
      this.by(e.deltaY > 0 ? 1.25 : 0.8);
    }, { passive: false });
    let held = null;
    root.addEventListener("pointerdown", (e) => {
      if (this.whole || e.button !== 0 || !e.target.closest("svg.span") || this.share(e) === null) return;
      held = { x: e.clientX, from: this.from, to: this.to };
    });
    addEventListener("pointermove", (e) => {
      if (!held || Math.abs(e.clientX - held.x) < 4) return;
      this.dragged = true;
      const width = this.area().width;
      this.set(held.from - ((e.clientX - held.x) / width) * (held.to - held.from), held.to - ((e.clientX - held.x) / width) * (held.to - held.from));
    });
    addEventListener("pointerup", () => { held = null; });
    root.addEventListener("click", (e) => {
      if (!this.dragged) return;
      this.dragged = false;
      e.preventDefault();
      e.stopPropagation();
    }, { capture: true });
    root.addEventListener("dragstart", (e) => { if (held) e.preventDefault(); });
  }

  get wrap() { return document.getElementById("tree-wrap"); }
  get whole() { return this.from === 0 && this.to === 1; }

  area() { return this.wrap?.querySelector("svg.grid")?.getBoundingClientRect(); }

  // Where on the axis an event is, 0 to 1; null beside it.
  share(e) {
    const area = this.wrap && !this.wrap.hidden && this.area();
    if (!area || e.clientX < area.left || e.clientX > area.right || e.clientY < this.wrap.getBoundingClientRect().top) return null;
    return (e.clientX - area.left) / area.width;
  }

  // Makes the window this many times as wide, around the pointer or, without one, a row's bar.
  by(factor, row) {
    const middle = this.at ?? this.middle(row);
    const width = Math.max(least, (this.to - this.from) * factor);
    const pivot = this.from + middle * (this.to - this.from);
    this.set(pivot - middle * width, pivot + (1 - middle) * width);
  }

  middle(row) {
    const rect = row?.querySelector("svg.span rect");
    if (!rect) return 0.5;
    const x = (home(rect, "x") + home(rect, "width") / 2) / 100;
    return Math.min(1, Math.max(0, (x - this.from) / (this.to - this.from)));
  }

  pan(share) {
    const by = share * (this.to - this.from);
    this.set(this.from + by, this.to + by);
  }

  fit(row) {
    const rect = row?.querySelector("svg.span rect");
    if (!rect) return;
    const x = home(rect, "x") / 100, width = home(rect, "width") / 100;
    this.set(x - width * 0.1, x + width * 1.1);
  }

  reset() { this.set(0, 1); }

  set(from, to) {
    const width = Math.min(1, to - from);
    this.from = Math.max(0, Math.min(from, 1 - width));
    this.to = this.from + width;
    if (width === 1) { this.from = 0; this.to = 1; }
    this.asked ??= requestAnimationFrame(() => { this.asked = null; this.place(); });
  }

  place() {
    const wrap = this.wrap;
    if (!wrap) return;
    const scale = 1 / (this.to - this.from);
    const x = (percent) => (percent / 100 - this.from) * scale * 100;
    for (const rect of wrap.querySelectorAll("svg.span rect")) {
      const left = x(home(rect, "x")), right = x(home(rect, "x") + home(rect, "width"));
      const shown = right > 0 && left < 100;
      rect.setAttribute("x", `${Math.max(-1, left)}%`);
      rect.setAttribute("width", shown ? `${Math.max(0.25, Math.min(101, right) - Math.max(-1, left))}%` : "0");
    }
    for (const mark of wrap.querySelectorAll("svg.span circle")) {
      const at = x(home(mark, "cx"));
      mark.setAttribute("cx", at < 0 || at > 100 ? "-100%" : `${at}%`);
    }
    this.ticks(wrap);
    document.getElementById("zoom-reset")?.toggleAttribute("disabled", this.whole);
  }

  ticks(wrap) {
    const total = Number(wrap.dataset.total); // nanoseconds
    const axis = wrap.querySelector("svg.axis"), grid = wrap.querySelector("svg.grid");
    if (!total || !axis || !grid) return;
    const width = total * (this.to - this.from), start = total * this.from;
    let step = 1;
    for (let i = 0; width / step >= 5; i++) step = [1, 2, 5][i % 3] * 10 ** Math.floor(i / 3);
    axis.replaceChildren();
    grid.replaceChildren();
    for (let at = Math.ceil(start / step) * step; at <= start + width; at += step) {
      const x = `${((at - start) / width) * 100}%`;
      const text = svg("text", { x, y: 12 });
      text.textContent = label(at, step);
      axis.append(text);
      grid.append(svg("line", { x1: x, x2: x, y1: 0, y2: "100%" }));
    }
  }
}

// Where the server put it, in percent.
function home(element, attribute) {
  const key = `home${attribute[0].toUpperCase()}${attribute.slice(1)}`;
  element.dataset[key] ??= element.getAttribute(attribute);
  return parseFloat(element.dataset[key]);
}

function svg(name, attributes) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}

function label(at, step) {
  if (at === 0) return "0";
  for (const [unit, name] of [[1e9, "s"], [1e6, "ms"], [1e3, "µs"]]) {
    if (at >= unit) return `${Number((at / unit).toFixed(Math.max(0, Math.ceil(Math.log10(unit / step)))))} ${name}`;
  }
  return `${at} ns`;
}
