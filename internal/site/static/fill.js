// In a copy of the site each piece of source and each claim is kept once, on its own page; other pages take them from there.

import { fixed } from "./place.js";

const pages = new Map(); // address -> promise of its document

function page(address) {
  if (!pages.has(address)) {
    pages.set(address, fetch(address).then((r) => {
      if (!r.ok) throw new Error(`${address}: ${r.status}`);
      return r.text();
    }).then((text) => adopt(new DOMParser().parseFromString(text, "text/html"), address)));
  }
  return pages.get(address);
}

// Makes a fragment's links hold wherever it is put: they are relative to the file it came from.
export function adopt(fragment, address) {
  if (!fixed) return fragment;
  for (const attribute of ["href", "data-source", "data-claims"]) {
    for (const e of fragment.querySelectorAll(`[${attribute}]`)) {
      e.setAttribute(attribute, new URL(e.getAttribute(attribute), new URL(address, location.href)).pathname + anchorOf(e.getAttribute(attribute)));
    }
  }
  return fragment;
}

const anchorOf = (link) => link.match(/[?#].*$/)?.[0] ?? "";

export async function fill(root) {
  if (!fixed) return;
  await Promise.all([
    ...[...root.querySelectorAll(".code[data-source]")].map(fillCode),
    ...[...root.querySelectorAll(".claim-box[data-claims]")].map(fillClaim),
  ]);
}

async function fillCode(box) {
  const { source, doc, first, last, ran, calls } = box.dataset;
  delete box.dataset.source;
  const start = Number(first), end = Number(last);
  const lines = (await page(source)).querySelectorAll(".ln");
  const spans = JSON.parse(calls || "[]");
  for (let n = Number(doc); n <= Math.min(lines.length, end); n++) {
    const line = document.importNode(lines[n - 1], true);
    line.removeAttribute("id");
    line.classList.toggle("lit", n >= start && n <= end);
    line.classList.toggle("first", n === start);
    line.classList.toggle("ran", within(ran, n - start));
    for (const c of spans.filter((s) => s.n === n)) {
      const link = document.createElement("a");
      link.className = `call${c.failed ? " err" : ""}`;
      link.href = `?span=${c.span}`;
      Object.assign(link.dataset, { t: c.trace, s: c.span });
      link.title = `This call's span: ${c.name}`;
      link.textContent = c.took;
      line.append(link);
    }
    box.append(line);
  }
}

// Whether "0-3 5" has a number.
function within(ranges, n) {
  return (ranges ?? "").split(" ").filter(Boolean).some((r) => {
    const [from, to = from] = r.split("-").map(Number);
    return from <= n && n <= to;
  });
}

async function fillClaim(box) {
  const { claim, claims } = box.dataset;
  delete box.dataset.claims;
  const found = (await page(claims)).querySelector(`[id="${claim}"] .claim`);
  if (found) box.firstElementChild.replaceWith(document.importNode(found, true));
}
