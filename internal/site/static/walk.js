// A walkthrough: the panes follow the step that one reads, and the story follows the span that one picks.

import { at } from "./place.js";
import { say } from "./say.js";

const main = document.querySelector(".walk");
const wide = matchMedia("(min-width: 1000px)");

if (main) start(main);
else markRead();

function start(root) {
  const steps = [...root.querySelectorAll(".walk-step")];
  const follow = document.getElementById("walk-follow");
  let current = null;
  let until = 0; // a picked step stays current until the page has scrolled there
  let later = 0;

  const home = (inner) => document.getElementById(inner.dataset.home).querySelector(".walk-beside");
  for (const step of steps) {
    const inner = step.querySelector(".walk-inner");
    if (inner) inner.dataset.home = step.id;
  }

  // Brings back what the pane has borrowed from its section.
  function giveBack() {
    const inner = follow.firstElementChild;
    if (inner) home(inner).append(inner);
  }

  function show(step) {
    if (step === current) return;
    current = step;
    giveBack();
    if (step && wide.matches) {
      const inner = step.querySelector(".walk-inner");
      if (inner) follow.append(inner);
      follow.scrollTop = 0;
      const lit = follow.querySelector(".ln.lit");
      if (lit) lit.parentElement.scrollTop = Math.max(0, lit.offsetTop - lit.parentElement.offsetTop - 40);
    }
    for (const s of steps) s.classList.toggle("here", s === step);
    document.getElementById("other").dataset.place = step && scrollY > 200 ? `#${step.id}` : ""; // the other language opens at the same step
    for (const a of root.querySelectorAll(".walk-steps a")) {
      if (step && a.dataset.a === step.id) a.setAttribute("aria-current", "step");
      else a.removeAttribute("aria-current");
    }
    light(step);
    if (step) remember(root.dataset.topic, step.id, steps.indexOf(step) === steps.length - 1);
  }

  // Lights the step's spans; a section without any leaves the tree as it is.
  function light(step) {
    const tree = step?.dataset.tree;
    if (tree && wide.matches) for (const f of root.querySelectorAll(".walk-tree")) f.hidden = f.dataset.tree !== tree;
    const lines = (step?.dataset.lines ?? "").split(" ").filter(Boolean);
    for (const l of root.querySelectorAll(".wl")) {
      const on = l.closest(".walk-tree").dataset.tree === tree && lines.includes(l.dataset.i);
      l.classList.toggle("sel", on);
    }
    const first = root.querySelector(".walk-tree:not([hidden]) .wl.sel");
    const box = first?.closest(".walk-trees");
    if (first && box && wide.matches) {
      const top = first.getBoundingClientRect().top - box.getBoundingClientRect().top;
      if (top < 50 || top > box.clientHeight - 40) box.scrollTop += top - box.clientHeight / 3;
    }
  }

  // The current step is the last one whose heading has passed the upper third.
  function reading() {
    const wait = until - performance.now();
    if (wait > 0) {
      clearTimeout(later);
      later = setTimeout(reading, wait);
      return;
    }
    const line = innerHeight * 0.34;
    let at = null;
    for (const s of steps) if (s.getBoundingClientRect().top <= line) at = s;
    const end = innerHeight + scrollY >= document.documentElement.scrollHeight - 4;
    show(end ? steps.at(-1) : at ?? steps[0]);
  }

  function go(step, smooth = true) {
    if (!step) return;
    until = performance.now() + 700;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    step.scrollIntoView({ behavior: smooth && !calm ? "smooth" : "auto", block: "start" });
    history.replaceState(null, "", `#${step.id}`);
    show(step);
  }

  root.addEventListener("click", (e) => {
    if (e.ctrlKey || e.metaKey || e.shiftKey) return;
    const link = e.target.closest('a[href^="#"]');
    const step = link && steps.find((s) => `#${s.id}` === link.getAttribute("href"));
    if (step) {
      e.preventDefault();
      go(step);
      return;
    }
    const section = e.target.closest(".walk-step");
    if (section && !e.target.closest("a, summary, button")) {
      until = performance.now() + 700;
      show(section);
    }
  });

  // A glance at a step in the prose shows its span.
  root.addEventListener("pointerover", (e) => {
    const ref = e.target.closest("a.ref.step");
    for (const l of root.querySelectorAll(".wl.hint")) l.classList.remove("hint");
    if (ref) for (const l of root.querySelectorAll(`.wl[data-a="${CSS.escape(ref.hash.slice(1))}"]`)) l.classList.add("hint");
  });

  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea, dialog")) return;
    const by = { j: 1, s: 1, k: -1, w: -1 }[e.key];
    if (by) go(steps[Math.max(0, Math.min(steps.length - 1, steps.indexOf(current) + by))]);
  });

  addEventListener("scroll", () => requestAnimationFrame(reading), { passive: true });
  addEventListener("beforeprint", () => { giveBack(); for (const f of root.querySelectorAll(".walk-tree")) f.hidden = false; });
  addEventListener("afterprint", () => { const s = current; current = null; show(s); });
  wide.addEventListener("change", () => {
    for (const f of root.querySelectorAll(".walk-tree")) f.hidden = false;
    const s = current;
    current = null;
    show(s);
  });
  const asked = document.getElementById(location.hash.slice(1));
  if (asked?.classList.contains("walk-step")) go(asked, false);
  else reading();
  perform(root);
  measure(root);
}

// Performs the page's send, then takes over the times of its trace.
function perform(root) {
  const form = root.querySelector(".walk-do");
  form?.addEventListener("submit", async (e) => {
    e.preventDefault();
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    button.disabled = true;
    status.textContent = "…";
    try {
      const response = await fetch(at("/send"), {
        method: "POST",
        headers: { "X-Plume-Token": document.body.dataset.token, Accept: "application/json" },
        body: new URLSearchParams({ mode: button.value }),
      });
      if (!response.ok) throw new Error((await response.text()).trim());
      const { trace } = await response.json();
      const link = document.createElement("a");
      link.href = at(`/trace/${trace}`);
      link.textContent = `${say("js.walk.sent")} ↗`;
      status.replaceChildren(link);
      await times(root, trace);
    } catch (err) {
      status.textContent = err.message;
    } finally {
      button.disabled = false;
    }
  });
}

// Runs the page's measurement and shows its lines, with a bar for each.
function measure(root) {
  const form = root.querySelector(".walk-measure");
  form?.addEventListener("submit", async (e) => {
    e.preventDefault();
    const button = form.querySelector("button");
    const status = form.querySelector("[role=status]");
    const table = form.querySelector("table");
    button.disabled = true;
    status.textContent = "…";
    try {
      const response = await fetch(at("/measure"), { method: "POST", headers: { "X-Plume-Token": document.body.dataset.token } });
      if (!response.ok) throw new Error((await response.text()).trim());
      const lines = await response.json();
      const most = Math.max(...lines.map((l) => l.perSecond));
      const body = table.querySelector("tbody");
      body.replaceChildren(...lines.map((l) => row(l, most)));
      table.hidden = false;
      status.textContent = "";
    } catch (err) {
      status.textContent = err.message;
    } finally {
      button.disabled = false;
    }
  });
}

function row(line, most) {
  const tr = document.createElement("tr");
  for (const text of [line.callers, line.connections]) tr.insertCell().textContent = text;
  const meter = document.createElement("meter");
  meter.max = most;
  meter.value = line.perSecond;
  tr.insertCell().append(line.perSecond.toLocaleString(document.documentElement.lang), " ", meter);
  tr.insertCell().textContent = `${(line.each / 1000).toFixed(1)} µs`;
  return tr;
}

// Asks the server for the page until the trace has arrived, and takes its times into the trees.
async function times(root, trace) {
  for (let i = 0; i < 12; i++) {
    await new Promise((resolve) => { setTimeout(resolve, 400); });
    const response = await fetch(location.pathname);
    if (!response.ok) return;
    const fresh = new DOMParser().parseFromString(await response.text(), "text/html");
    if (!fresh.querySelector(`[data-live="${trace}"]`)) continue;
    for (const now of root.querySelectorAll(".walk-tree")) {
      const next = fresh.querySelector(`.walk-tree[data-tree="${now.dataset.tree}"]`);
      if (!next) continue;
      now.querySelector("figcaption").replaceWith(next.querySelector("figcaption"));
      for (const line of now.querySelectorAll(".wl")) {
        line.querySelector(".tk").textContent = next.querySelector(`.wl[data-i="${line.dataset.i}"] .tk`)?.textContent ?? "";
      }
    }
    return;
  }
}

function remember(topic, step, done) {
  try {
    const read = JSON.parse(localStorage.getItem("plume-walk") ?? "{}");
    read[topic] = { step, done: done || Boolean(read[topic]?.done) };
    localStorage.setItem("plume-walk", JSON.stringify(read));
  } catch { /* not remembered, then */ }
}

// The contents page ticks off what was read to the end, and resumes the rest where it was left.
function markRead() {
  let read = {};
  try { read = JSON.parse(localStorage.getItem("plume-walk") ?? "{}"); } catch { /* nothing is remembered */ }
  for (const item of document.querySelectorAll(".walk-list > li")) {
    const r = read[item.dataset.topic];
    if (!r) continue;
    item.classList.add(r.done ? "read" : "begun");
    if (!r.done) item.querySelector("a").hash = r.step;
  }
}
