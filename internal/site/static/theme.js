// Before the first paint: the remembered theme, and in a copy without a server the reader's language. Without a remembered theme the
// system's preference holds; a server knows the language itself.
try {
  const theme = localStorage.getItem("plume-theme");
  if (theme) document.documentElement.dataset.theme = theme;
} catch { /* storage is off: the system's preference holds */ }

(() => {
  const { dataset, lang } = document.documentElement;
  if (dataset.static === undefined || lang !== "en") return;
  let wanted = navigator.languages?.[0] ?? navigator.language;
  try { wanted = localStorage.getItem("plume-lang") ?? wanted; } catch { /* not remembered, then */ }
  if (wanted.startsWith("zh")) location.replace(document.querySelector("link[hreflang]").href + location.search + location.hash);
})();
