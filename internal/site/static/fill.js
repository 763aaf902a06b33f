// In a copy of the site each file's source and each claim is kept once; pages take them from there.

import { fixed } from "./place.js";
import { say } from "./say.js";

const texts = new Map(); // address -> promise of its text

export function text(address) {
  if (!texts.has(address)) {
    texts.set(address, fetch(address).then((r) => {
      if (!r.ok) throw new Error(`${address}: ${r.status}`);
      return r.text();
    }));
  }
  return texts.get(address);
}

export async function fill(root) {
  if (!fixed) return;
  await Promise.all([
    ...[...root.querySelectorAll(".code[data-source]")].map(fillCode),
    ...[...root.querySelectorAll(".claim-box[data-claims]")].map(fillClaim),
    ...[...root.querySelectorAll(".list[data-from]")].map(fillList),
  ]);
}

// The lines of a file from one number to another, as elements. The address is that of the folder's files, and after the # the name.
export async function lines(address, from = 1, to = Infinity) {
  const [folder, name] = address.split("#");
  const file = (await text(folder)).split("\f").find((f) => f.startsWith(`${name}\n`)) ?? "\n";
  const all = file.split("\n").slice(1);
  return all.slice(from - 1, Math.min(to, all.length - 1)).map((html, i) => {
    const line = document.createElement("div");
    line.className = "ln";
    const number = document.createElement("i");
    number.textContent = from + i;
    const code = document.createElement("code");
    code.innerHTML = html.replace(/<(\w+)>/g, '<span class="$1">').replaceAll("</>", "</span>");
    line.append(number, code);
    return line;
  });
}

async function fillCode(box) {
  const { source, doc, first, last, lit, ran, calls } = box.dataset;
  delete box.dataset.source;
  const start = Number(first);
  const spans = JSON.parse(calls || "[]");
  box.append(...(await lines(source, Number(doc), Number(last))).map((line, i) => {
    const n = Number(doc) + i;
    line.classList.toggle("lit", lit === undefined ? n >= start : within(lit, n - start));
    line.classList.toggle("first", n === start);
    line.classList.toggle("ran", within(ran, n - start));
    for (const c of spans.filter((s) => s.n === n)) line.append(callOf(c));
    return line;
  }));
}

function callOf(c) {
  const link = document.createElement("a");
  link.className = `call${c.failed ? " err" : ""}`;
  link.href = `?span=${c.span}`;
  Object.assign(link.dataset, { t: c.trace, s: c.span });
  link.title = say("span.call", c.name);
  link.textContent = c.took;
  return link;
}

// Whether "0-3 5" has a number; a doc comment's lines are before 0, "-2".
function within(ranges, n) {
  return (ranges ?? "").split(" ").filter(Boolean).some((r) => {
    const [, from, to = from] = r.match(/^(-?\d+)(?:-(-?\d+))?$/);
    return Number(from) <= n && n <= Number(to);
  });
}

// Part of another page, with links that hold here.
async function adopt(address, selector) {
  const page = new DOMParser().parseFromString(await text(address), "text/html");
  const found = page.querySelector(selector);
  for (const a of found?.querySelectorAll("[href]") ?? []) a.href = new URL(a.getAttribute("href"), new URL(address, location.href)).href;
  return found && document.importNode(found, true);
}

async function fillList(list) {
  const { from } = list.dataset;
  delete list.dataset.from;
  list.append(...(await adopt(from, "#list"))?.children ?? []);
  for (const a of list.querySelectorAll("a")) {
    const here = a.pathname === location.pathname;
    a.classList.toggle("current", here);
    if (here) a.setAttribute("aria-current", "true");
    else a.removeAttribute("aria-current");
  }
}

async function fillClaim(box) {
  const { claim, claims } = box.dataset;
  delete box.dataset.claims;
  const row = await adopt(claims, `[id="${claim}"]`);
  const found = row?.querySelector(".claim");
  if (!found) return;
  box.dataset.steps = [...row.querySelectorAll("a[data-step]")].map((a) => a.dataset.step).join(" ");
  box.firstElementChild.replaceWith(found);
}
