// In a copy of the site one page shows any file: the one that its address names after the #, and a line of it after the colon.

import { lines } from "./fill.js";
import { base } from "./place.js";

export function startViewer() {
  const box = document.getElementById("viewer");
  if (!box) return;
  addEventListener("hashchange", () => show(box));
  show(box);
}

async function show(box) {
  const [file, line] = decodeURIComponent(location.hash.slice(1)).split(":");
  if (!file) return;
  document.getElementById("file").textContent = file;
  document.title = `${file} · Plume`;
  const [, folder = ".", name] = file.match(/^(?:(.*)\/)?([^/]+)$/);
  box.replaceChildren(...await lines(`${base}lines/${folder}.txt#${name}`));
  const wanted = box.children[Number(line) - 1];
  wanted?.classList.add("target");
  wanted?.scrollIntoView({ block: "center" });
}
