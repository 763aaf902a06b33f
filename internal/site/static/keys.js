import { at, base, fixed } from "./place.js";
import { spoken } from "./say.js";

// The keyboard, as in Perfetto, with vi's letters beside the arrows.

// The help is fetched when somebody asks for it.
export async function showHelp(help) {
  if (!help) return;
  if (!help.firstElementChild) {
    const r = await fetch(fixed ? `${base}keys.html` : at("/keys"));
    if (!r.ok) return;
    help.innerHTML = spoken(await r.text());
  }
  if (!help.open) help.showModal();
}

export function startKeys(bench, help) {
  const zoom = bench?.zoom;
  const actions = {
    w: () => zoom?.by(0.6, bench.selected), s: () => zoom?.by(1 / 0.6, bench.selected),
    a: () => zoom?.pan(-0.2), d: () => zoom?.pan(0.2),
    f: () => zoom?.fit(bench.selected), 0: () => zoom?.reset(),
    ".": () => bench?.move(1), j: () => bench?.move(1), ArrowDown: () => bench?.move(1),
    ",": () => bench?.move(-1), k: () => bench?.move(-1), ArrowUp: () => bench?.move(-1),
    l: () => bench?.inward(), ArrowRight: () => bench?.inward(),
    h: () => bench?.outward(), ArrowLeft: () => bench?.outward(),
    Home: () => bench?.move(-Infinity), End: () => bench?.move(Infinity),
    Enter: () => bench?.toCode(),
    "[": () => bench?.fold(true), "]": () => bench?.fold(false),
    e: () => bench?.nextError(),
    v: () => document.getElementById("seq-wrap") && bench?.view(),
    "/": () => document.getElementById("find")?.focus(),
    "?": () => help?.open ? help.close() : showHelp(help),
    Escape: () => bench?.back(),
  };
  const inTree = new Set(["ArrowDown", "ArrowUp", "ArrowRight", "ArrowLeft", "Home", "End", "Enter"]); // elsewhere they scroll and click
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.target.closest("input, select, textarea")) return;
    if (inTree.has(e.key) && !e.target.closest(".row")) return;
    const action = actions[e.key];
    if (!action || (help?.open && e.key !== "?")) return;
    e.preventDefault();
    action();
  });
}
