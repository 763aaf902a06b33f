// The keyboard, as in Perfetto and as in vi.

export function startKeys(bench, help) {
  const actions = {
    s: () => bench?.move(1), j: () => bench?.move(1), ArrowDown: () => bench?.move(1),
    w: () => bench?.move(-1), k: () => bench?.move(-1), ArrowUp: () => bench?.move(-1),
    d: () => bench?.inward(), l: () => bench?.inward(), ArrowRight: () => bench?.inward(),
    a: () => bench?.outward(), h: () => bench?.outward(), ArrowLeft: () => bench?.outward(),
    e: () => bench?.nextError(),
    v: () => document.getElementById("seq-wrap") && bench?.view(),
    "/": () => document.getElementById("q")?.focus(),
    "?": () => help.open ? help.close() : help.showModal(),
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.target.closest("input, select, textarea")) return;
    const arrow = e.key.startsWith("Arrow");
    if (arrow && !e.target.closest(".row")) return; // elsewhere arrows scroll
    const action = actions[e.key];
    if (!action || (help.open && e.key !== "?")) return;
    e.preventDefault();
    action();
  });
}
