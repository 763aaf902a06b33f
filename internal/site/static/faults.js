// The part of the control bar that breaks things: its forms by script, what is on, and how long it still is.

import { at } from "./place.js";
import { say } from "./say.js";

const quiet = 4000, busy = 1000; // ms between two looks

const strip = document.getElementById("faults-strip");
const menu = document.getElementById("faults-menu");
const said = document.createElement("div");
said.className = "said";
said.setAttribute("role", "status");
document.body.append(said);

let active = strip ? ids() : "";
let timer = 0;

function ids() {
  return [...strip.querySelectorAll(".strip")].map((s) => s.dataset.fault ?? "load").join(" ");
}

function show(state) {
  const now = [...state.active, ...(state.load?.running ? ["load"] : [])].join(" ");
  if (now !== active) {
    said.textContent = now ? say("js.faults.on", now.replaceAll(" ", ", ")) : say("js.faults.well");
    active = now;
    replace(state.html);
  }
  const left = [...state.left, ...(state.load?.running ? [state.load.left] : [])];
  strip.querySelectorAll("[data-left]").forEach((n, i) => { n.textContent = left[i]; });
  const count = document.getElementById("faults-count");
  count.textContent = state.active.length;
  count.hidden = state.active.length === 0;
  for (const button of document.querySelectorAll(".toggle button")) {
    const on = state.active.includes(button.form.dataset.fault);
    button.setAttribute("aria-pressed", on);
    button.value = on ? "false" : "true";
  }
  if (state.load) showLoad(state.load);
}

// replace keeps the focus on the button that has it.
function replace(html) {
  const held = strip.contains(document.activeElement) && document.activeElement.closest(".strip")?.dataset.fault;
  strip.innerHTML = html;
  if (held) (strip.querySelector(`[data-fault="${CSS.escape(held)}"] button`) ?? menu.querySelector("summary")).focus();
}

function showLoad(load) {
  const text = !load.running ? "" :
    say("js.load.rate", load.actual.toFixed(0), load.rate, load.mode) + (load.failed ? say("js.load.failed", load.failed) : "");
  for (const n of document.querySelectorAll("#load-rate, [data-load-rate]")) n.textContent = text;
}

async function look() {
  clearTimeout(timer);
  try {
    const response = await fetch(at("/control"), { headers: { Accept: "application/json" } });
    if (response.ok) show(await response.json());
  } catch { /* the demo has gone; the next look finds out */ }
  timer = setTimeout(look, active ? busy : quiet);
}

async function post(action, fields) {
  const response = await fetch(action, {
    method: "POST",
    headers: { "X-Plume-Token": document.body.dataset.token, Accept: "application/json" },
    body: new URLSearchParams(fields),
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
}

async function submit(form, button) {
  const fields = Object.fromEntries(new FormData(form, button));
  button.setAttribute("aria-busy", "true");
  try {
    let state = await post(form.action, fields);
    show(state);
    if (!state.error && form.dataset.fault && fields.on === "true") {
      tell(say("js.faults.looking", title(form.dataset.fault)));
      state = await post(at("/fault/show"), { id: fields.id });
      show(state);
    }
    if (state.error) tell(state.error);
    if (state.trace) await go(state.trace);
  } catch (err) {
    tell(say("js.failed", err.message));
  } finally {
    button.removeAttribute("aria-busy");
    look();
  }
}

function title(fault) {
  return strip.querySelector(`[data-fault="${CSS.escape(fault)}"] b`)?.textContent ?? fault;
}

// go opens a trace once the store has it.
async function go(trace) {
  for (let i = 0; i < 20; i++) {
    if ((await fetch(at(`/trace/${trace}`), { method: "HEAD" })).ok) break;
    await new Promise((wait) => { setTimeout(wait, 150); });
  }
  location.assign(at(`/trace/${trace}`));
}

function tell(text) {
  const box = document.getElementById("look");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(box.dataset.timer);
  box.dataset.timer = setTimeout(() => { box.hidden = true; }, 12000);
}

if (strip) {
  document.addEventListener("submit", (e) => {
    if (!e.target.matches("form[data-control]")) return;
    e.preventDefault();
    if (e.submitter?.getAttribute("aria-busy") === "true") return;
    submit(e.target, e.submitter);
  });
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || !menu.open) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
  document.addEventListener("click", (e) => { if (menu.open && !menu.contains(e.target)) menu.open = false; });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) look(); else clearTimeout(timer); });
  timer = setTimeout(look, busy);
}
