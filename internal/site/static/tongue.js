// The switch between the languages: the other page opens at the same place, and the choice is remembered.

import { fixed } from "./place.js";

export function startTongue() {
  const link = document.getElementById("other");
  link?.addEventListener("click", () => {
    const to = new URL(link.href);
    if (fixed) {
      try { localStorage.setItem("plume-lang", link.hreflang); } catch { /* not remembered, then */ }
    } else { // the address may have changed since the server wrote the link
      const path = location.pathname.replace(/^\/zh(?=\/|$)/, "") || "/";
      to.pathname = link.hreflang === "zh" ? `/zh${path}` : path;
    }
    for (const [key, value] of new URLSearchParams(location.search)) to.searchParams.set(key, value);
    to.hash = link.dataset.place || location.hash;
    link.href = to;
  });
}
