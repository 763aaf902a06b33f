import { at, base, fixed, home } from "./place.js";
import { choose, say } from "./say.js";

// The search box on every page: answers while one types. A copy of the site without a server searches in a file instead.

let entries; // of the file, once it is there

export function startSearch() {
  const box = document.getElementById("find");
  const out = document.getElementById("found");
  if (!box || !out) return;
  let turn = 0;
  let timer;

  async function ask() {
    const mine = ++turn;
    const q = box.value.trim();
    if (!q) return close();
    const answer = fixed ? await fromFile(q) : await fromServer(q);
    if (mine !== turn || answer === null) return;
    out.replaceChildren(answer);
    out.hidden = false;
    box.setAttribute("aria-expanded", "true");
  }

  function close() {
    out.hidden = true;
    box.setAttribute("aria-expanded", "false");
  }

  box.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 120); });
  box.addEventListener("focus", () => { if (out.firstChild && box.value.trim()) out.hidden = false; });
  document.addEventListener("click", (e) => { if (!e.target.closest(".find")) close(); });
  box.closest("form").addEventListener("keydown", (e) => {
    const links = [...out.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    if (e.key === "Escape") { close(); box.blur(); return; }
    if (e.key !== "ArrowDown" && e.key !== "ArrowUp") return;
    e.preventDefault();
    const to = at + (e.key === "ArrowDown" ? 1 : -1);
    (links[Math.min(to, links.length - 1)] ?? box).focus();
  });
  if (fixed) box.closest("form").addEventListener("submit", (e) => { e.preventDefault(); ask(); });
}

async function fromServer(q) {
  const response = await fetch(`${at("/search")}?part=1&q=${encodeURIComponent(q)}`).catch(() => null);
  if (!response?.ok) return null;
  const box = document.createElement("template");
  box.innerHTML = await response.text();
  return box.content;
}

async function fromFile(q) {
  entries ??= await fetch(`${base}search.json`).then((r) => r.json());
  const words = q.toLowerCase().split(/\s+/);
  const list = document.createElement("ul");
  for (const e of entries) {
    const text = [e.t, e.z, e.s, e.y, e.x].filter(Boolean).join(" ").toLowerCase();
    if (!words.every((w) => text.includes(w))) continue;
    const link = document.createElement("a");
    link.href = home + e.u;
    const title = document.createElement("span");
    title.textContent = choose(e.t, e.z ?? e.t);
    const sub = document.createElement("span");
    sub.className = "dim";
    sub.textContent = ` ${choose(e.s, e.y ?? e.s) ?? ""}`;
    link.append(title, sub);
    const item = document.createElement("li");
    item.append(link);
    list.append(item);
    if (list.children.length >= 40) break;
  }
  const section = document.createElement("section");
  section.className = "hits";
  section.append(list.children.length ? list : say("js.search.none"));
  return section;
}
