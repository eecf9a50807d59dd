/* What a script adds to pages that are whole without one: swaps, keys, progress, copying. No framework, no other host. */
"use strict";
(() => {
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
    for (const selector of [".top-tools .switch.theme", ".top-tools .switch:not(.theme)", ".nav"]) {
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

  function say(text) {
    const place = document.querySelector("[data-status]");
    if (!place || !text) return;
    const box = document.createElement("div"), line = document.createElement("p");
    box.className = "notice warn flash";
    line.textContent = text;
    box.append(line);
    place.replaceChildren(box);
  }

  function isOurs(link, event) {
    if (event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return false;
    if (link.origin !== location.origin || link.hasAttribute("download") || link.target || "whole" in link.dataset) return false;
    return !(link.pathname === location.pathname && link.search === location.search && link.hash);
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest(".filters a, .chips a.chip, a[data-batch], .next-batch a, .days a, .pager a, .facet a");
    if (link && isOurs(link, event) && link.pathname === location.pathname) { event.preventDefault(); swap(link.href); return; }
    const copy = event.target.closest && event.target.closest("[data-copy]");
    if (copy) copyText(copy);
  });

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (!form.closest(".actions, .flash, .chip, .inline-form") || form.enctype === "multipart/form-data" || form.method !== "post") return;
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

  /* Keys. Never while typing, never with a modifier, so that browser and screen reader keep theirs. */
  const keys = {
    j: () => step(1),
    k: () => step(-1),
    o: () => press("h2 a"),
    l: () => press('button[value="like"]'),
    d: () => press('button[value="dislike"]'),
    s: () => press('button[value="save"]'),
    b: () => { const next = document.querySelector("a[data-batch]"); if (next) next.click(); },
    "/": () => {
      const field = document.querySelector("[data-search-main]") || document.querySelector("[data-search]");
      if (field && field.offsetParent) { field.focus(); field.select(); } else location.assign("/search");
    },
  };

  function step(by) {
    const all = articles(), here = all.indexOf(document.activeElement.closest("article[data-key]"));
    const next = all[here < 0 ? (by > 0 ? 0 : all.length - 1) : here + by];
    if (next) { next.focus({ preventScroll: true }); next.scrollIntoView({ block: "start" }); }
  }

  function press(selector) {
    const card = document.activeElement.closest("article[data-key]"), target = card && card.querySelector(selector);
    if (target) target.click();
  }

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });

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
})();
