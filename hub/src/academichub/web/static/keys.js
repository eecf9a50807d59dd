/* Keys. Never while typing, never with a modifier, so that browser and screen reader keep theirs. */
"use strict";
(() => {
  const dialog = () => document.getElementById("keys");

  const keys = {
    j: nextUnread,
    k: () => { const all = hub.articles(), at = place(all); go(all[at < 0 ? all.length - 1 : at - 1]); },
    o: () => press("h2 a"),
    m: () => press('button[value="read"]'),
    l: () => press('button[value="like"]'),
    d: () => press('button[value="dislike"]'),
    s: () => press('button[value="save"]'),
    h: () => press('button[value="hide"]'),
    u: () => hub.marks.undo(),
    n: () => follow("a[data-next]"),
    b: () => follow("a[data-batch]"),
    "?": () => dialog().showModal(),
    "/": () => {
      const field = document.querySelector("[data-search-main]") || document.querySelector("[data-search]");
      if (field && field.offsetParent) { field.focus(); field.select(); } else location.assign("/search");
    },
  };

  const place = (all) => all.indexOf(document.activeElement.closest("article[data-key]"));

  function nextUnread() {
    const all = hub.articles(), below = all.slice(place(all) + 1);
    const card = below.find((one) => !one.classList.contains("is-read"));
    if (card) go(card); else if (all.length) hub.toast(document.querySelector("[data-toast]").dataset.allRead);
  }

  function go(card) {
    if (!card) return;
    card.focus({ preventScroll: true });
    card.scrollIntoView({ block: "start" });
  }

  function press(selector) {
    const card = document.activeElement.closest("article[data-key]"), target = card && card.querySelector(selector);
    if (target) target.click();
  }

  function follow(selector) {
    const link = document.querySelector(selector);
    if (link) link.click();
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest && event.target.closest("[data-show-keys]")) dialog().showModal();
  });

  document.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.isComposing || dialog().open) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const act = keys[event.key];
    if (act) { event.preventDefault(); act(); }
  });
})();
