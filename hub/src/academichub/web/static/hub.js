/* What a script adds to pages that are whole without one: swaps, progress, copying. No framework, no other host.
   marks.js and keys.js use what this returns. */
"use strict";
const hub = (() => {
  const main = () => document.getElementById("main");
  const articles = () => [...document.querySelectorAll("article[data-key]")];
  let pending = null;

  /* Replace the content of <main> by that of another page of the hub, keeping the header, focus and history. */
  async function swap(address, options = {}) {
    if (pending) pending.abort();
    pending = new AbortController();
    main().setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(address, { ...options.request, signal: pending.signal, credentials: "same-origin" });
      const type = answer.headers.get("content-type") || "";
      if (!type.startsWith("text/html")) { location.assign(address); return; }
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.getElementById("main");
      if (!fresh) { location.assign(answer.url); return; }
      const focus = options.keep ? focusPath() : null;
      main().replaceWith(fresh);
      toast("");
      hub.marks.forget();
      document.title = page.title;
      replaceHeader(page);
      if (options.push !== false && answer.url !== location.href) history.pushState({ hub: true }, "", answer.url);
      if (!options.keep) { scrollTo({ top: 0 }); fresh.focus({ preventScroll: true }); } else restoreFocus(focus);
      dress();
    } catch (problem) {
      if (problem.name === "AbortError") return;
      main().removeAttribute("aria-busy");
      say(document.body.dataset.offline);
    }
  }

  function replaceHeader(page) {
    for (const selector of [".switches", ".nav"]) {
      const old = document.querySelector(selector), next = page.querySelector(selector);
      if (old && next) old.replaceWith(next);
    }
  }

  /* Where the focus is, in words that survive a swap: the card's key and the button's value. */
  function focusPath() {
    const here = document.activeElement, card = here && here.closest("article[data-key]");
    return card ? { key: card.dataset.key, value: here.value || "" } : null;
  }

  function restoreFocus(path) {
    if (!path) return;
    const card = articles().find((one) => one.dataset.key === path.key);
    if (!card) return;
    const button = path.value && card.querySelector(`button[value="${CSS.escape(path.value)}"]`);
    (button || card).focus({ preventScroll: true });
  }

  /* Show a message at the foot of the screen, in view wherever the reader is. */
  function toast(text, kind = "", ...more) {
    const place = document.querySelector("[data-toast]");
    if (!text) { place.replaceChildren(); return; }
    const box = document.createElement("div"), line = document.createElement("p");
    box.className = `notice flash toast ${kind}`;
    line.textContent = text;
    box.append(line, ...more);
    place.replaceChildren(box);
  }

  const say = (text) => toast(text, "warn");

  function isOurs(link, event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
    if (link.origin !== location.origin || link.hasAttribute("download") || link.target || "whole" in link.dataset) return false;
    return !(link.pathname === location.pathname && link.search === location.search && link.hash);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".filters a, .chips a.chip, a[data-batch], .next-batch a, .days a, nav .row a, .facts-line a, .empty a, .pager a, .facet a");
    if (link && isOurs(link, event) && link.pathname === location.pathname) { event.preventDefault(); swap(link.href); return; }
    const copy = event.target.closest && event.target.closest("[data-copy]");
    if (copy) copyText(copy);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (event.defaultPrevented) return;
    if (!form.closest(".actions, .flash, .chip, .inline-form, .next-batch, .menu") || form.enctype === "multipart/form-data" || form.method !== "post") return;
    event.preventDefault();
    const body = new URLSearchParams(new FormData(form));
    if (button && button.name) body.append(button.name, button.value);
    swap(form.action, { request: { method: "POST", body }, keep: true, push: false });
  });

  addEventListener("popstate", () => swap(location.href, { push: false }));

  async function copyText(button) {
    const source = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(source.textContent);
      const before = button.textContent;
      button.textContent = button.dataset.done;
      setTimeout(() => { button.textContent = before; }, 1500);
    } catch {
      getSelection().selectAllChildren(source);
    }
  }

  /* Progress of a gather, or of a model that writes: asked every two seconds while its panel is on the page. */
  let timer = 0;
  async function follow() {
    clearTimeout(timer);
    const panel = document.querySelector("[data-job] [data-job-bar]");
    if (!panel) return;
    try {
      const place = panel.closest("[data-job]").dataset.jobAt || "/api/gather";
      const job = await (await fetch(place, { credentials: "same-origin" })).json();
      if (!job.running) { swap(location.href, { push: false, keep: true }); return; }
      document.querySelector("[data-job-text]").textContent = job.text;
      if (job.total) { panel.max = job.total; panel.value = job.done; } else panel.removeAttribute("value");
    } catch { /* the next round asks again */ }
    timer = setTimeout(follow, 2000);
  }

  function dress() {
    for (const one of document.querySelectorAll("[data-copy], [data-keys]")) one.hidden = false;
    follow();
  }
  dress();
  return { swap, toast, say, articles };
})();
