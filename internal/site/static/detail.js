// The selector of the level of detail: sets it at once and stays on the page.

export function startDetail() {
  const form = document.getElementById("detail");
  form?.addEventListener("change", async () => {
    const level = form.elements.level;
    level.disabled = true;
    try {
      const response = await fetch(form.action, {
        method: "POST",
        redirect: "manual", // a page is not needed here
        headers: { "X-Plume-Token": document.body.dataset.token },
        body: new URLSearchParams({ level: level.value, back: location.pathname + location.search }),
      });
      if (response.type !== "opaqueredirect") location.reload();
    } finally {
      level.disabled = false;
    }
  });
}
