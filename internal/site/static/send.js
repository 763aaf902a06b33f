// The control bar: performs a send and goes to its trace once that has arrived.

import { at } from "./place.js";
import { say } from "./say.js";

const patience = 4000; // ms

export function startSend() {
  const form = document.getElementById("send");
  showLook();
  form?.addEventListener("submit", async (e) => {
    e.preventDefault();
    const button = e.submitter;
    button.disabled = true;
    button.classList.add("busy");
    try {
      const { trace } = await post(form, button.value);
      sessionStorage.setItem("plume-hint", JSON.stringify({ trace, mode: button.value }));
      await arrived(trace);
      location.assign(at(`/trace/${trace}`));
    } catch (err) {
      tell(say("js.failed", err.message));
      button.disabled = false;
      button.classList.remove("busy");
    }
  });
}

async function post(form, mode) {
  const response = await fetch(form.action, {
    method: "POST",
    headers: { "X-Plume-Token": document.body.dataset.token, Accept: "application/json" },
    body: new URLSearchParams({ mode }),
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response.json();
}

// arrived resolves when the store calls the trace complete, or after a while in any case.
function arrived(trace) {
  return new Promise((resolve) => {
    const done = () => {
      document.removeEventListener("plume:trace", listen);
      clearTimeout(timer);
      resolve();
    };
    const listen = (e) => { if (e.detail.id === trace && e.detail.complete) done(); };
    const timer = setTimeout(done, patience);
    document.addEventListener("plume:trace", listen);
  });
}

// The hint stays with its trace: the page is loaded anew while spans still arrive.
function showLook() {
  const { trace, mode } = JSON.parse(sessionStorage.getItem("plume-hint") ?? "{}");
  const look = document.querySelector(`#send button[value="${mode}"]`)?.dataset.look; // in the page's language
  if (look && location.pathname === at(`/trace/${trace}`)) tell(say("js.look", look));
}

function tell(text) {
  const box = document.getElementById("look");
  box.textContent = text;
  box.hidden = false;
  setTimeout(() => { box.hidden = true; }, 12000);
}
