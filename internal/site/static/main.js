import { startBench } from "./bench.js";
import { startDetail } from "./detail.js";
import { fill } from "./fill.js";
import { showHelp, startKeys } from "./keys.js";
import { startLive } from "./live.js";
import { startSearch } from "./search.js";
import { startSend } from "./send.js";
import { startTongue } from "./tongue.js";
import { startViewer } from "./viewer.js";

document.documentElement.dataset.js = "on";

const themeButton = document.getElementById("theme");
themeButton?.addEventListener("click", () => {
  const root = document.documentElement;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = dark ? "light" : "dark";
  try { localStorage.setItem("plume-theme", root.dataset.theme); } catch { /* not remembered, then */ }
});

const keys = document.getElementById("keys");
document.getElementById("help")?.addEventListener("click", () => showHelp(keys));

const root = document.querySelector(".bench");
const bench = startBench(root);
if (!root) fill(document);
startKeys(bench, keys);
startSearch();
startSend();
startDetail();
startLive(bench);
startTongue();
startViewer();
