import { at, fixed } from "./place.js";

// Live updates: the list of traces, and the trace that is open while its spans still arrive.

const most = 120; // lines kept in the list

export function startLive(bench) {
  const list = document.getElementById("list");
  if (!list || fixed) return;
  const light = document.getElementById("live");
  const events = new EventSource(at("/events"));
  events.addEventListener("open", () => {
    light?.classList.add("on");
    if (bench?.trace && bench.root.dataset.complete !== "true") bench.refresh(); // it may have changed since the page was made
  });
  events.addEventListener("error", () => light?.classList.remove("on"));
  let queue = new Map(); // the newest state of each changed trace, until the next frame
  events.addEventListener("traces", (e) => {
    if (queue.size === 0) requestAnimationFrame(() => { const now = queue; queue = new Map(); show(list, bench, now); });
    for (const t of JSON.parse(e.data)) queue.set(t.id, t);
  });
  addEventListener("pagehide", () => events.close());
  document.getElementById("kind")?.addEventListener("change", (e) => e.target.form.submit());
}

// At most as many as the list holds are placed, whatever arrives.
function show(list, bench, changed) {
  const news = [...changed.values()];
  for (const t of news.filter((t) => wanted(list, t)).slice(-most)) place(list, t);
  for (const t of news) {
    document.dispatchEvent(new CustomEvent("plume:trace", { detail: t }));
    if (bench && t.id === bench.trace) bench.refresh();
    if (bench && !bench.trace && bench.root.dataset.home === "true" && t.message && t.complete) location.reload();
  }
}

function wanted(list, t) {
  if (list.dataset.query) return false; // a search's answer stands still
  switch (list.dataset.kind) {
    case "messages": return t.message;
    case "background": return !t.message;
    case "failed": return t.failed;
    default: return true;
  }
}

function place(list, t) {
  const box = document.createElement("template");
  box.innerHTML = t.html;
  const line = box.content.firstElementChild;
  const old = list.querySelector(`li[data-id="${t.id}"]`);
  if (old) {
    if (old.firstElementChild.classList.contains("current")) {
      line.firstElementChild.classList.add("current");
      line.firstElementChild.setAttribute("aria-current", "true");
    }
    old.replaceWith(line);
    return;
  }
  list.querySelector(".empty")?.remove();
  line.classList.add("new");
  list.prepend(line);
  while (list.children.length > most) list.lastElementChild.remove();
}
