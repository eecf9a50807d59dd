/* Marks in place: like, dislike, save, hide and read change the card they are on and move nothing. The new order comes
   with the next load of the page, or when the reader asks for it. */
"use strict";
hub.marks = (() => {
  const EXCLUDES = { like: ["dislike", "hide"], dislike: ["like"] };
  const REORDERS = ["like", "dislike", "hide"];
  const changes = [];

  /* Post a form for its outcome. Null where the answer is a page, such as the login. */
  async function post(action, body) {
    const headers = { Accept: "application/json" };
    const answer = await fetch(action, { method: "POST", body, headers, credentials: "same-origin" });
    const type = answer.headers.get("content-type") || "";
    return answer.ok && type.startsWith("application/json") ? answer.json() : null;
  }

  const buttonsOf = (card) => [...card.querySelectorAll("button[aria-pressed]")];
  const pressed = (card) => buttonsOf(card).filter((button) => button.ariaPressed === "true").map((button) => button.value);

  function show(card, marks) {
    for (const button of buttonsOf(card)) button.setAttribute("aria-pressed", String(marks.includes(button.value)));
    for (const mark of ["read", "hide", "dislike"]) card.classList.toggle(`is-${mark}`, marks.includes(mark));
  }

  function marksAfter(before, kind) {
    if (before.includes(kind)) return before.filter((mark) => mark !== kind);
    return [...before.filter((mark) => !(EXCLUDES[kind] || []).includes(mark)), kind];
  }

  async function send(action, body, instead) {
    try {
      const outcome = await post(action, body);
      if (!outcome) hub.swap(instead, { request: { method: "POST", body }, keep: true, push: false });
      return outcome;
    } catch {
      hub.say(document.body.dataset.offline);
      return null;
    }
  }

  async function mark(form, button) {
    const card = form.closest("[data-key]"), kind = button.value, before = pressed(card);
    const action = button.getAttribute("formaction") || form.getAttribute("action");
    const body = new URLSearchParams(new FormData(form));
    body.append(button.name, kind);
    const outcome = await send(action, body, action);
    if (!outcome) return;
    show(card, marksAfter(before, kind));
    changes.push({ undo: outcome.undo, key: card.dataset.key, before });
    if (REORDERS.includes(kind)) offerNewOrder();
    hub.toast(outcome.message, "", undoButton(), ...(REORDERS.includes(kind) ? [orderButton()] : []));
  }

  function offerNewOrder() {
    const link = document.querySelector("[data-new-order]");
    if (link) link.hidden = false;
  }

  function toastButton(text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "quiet";
    button.textContent = text;
    button.addEventListener("click", act);
    return button;
  }

  const words = () => document.querySelector("[data-toast]").dataset;
  const undoButton = () => toastButton(words().undo, undo);
  const orderButton = () => toastButton(words().order, () => hub.swap(location.href, { push: false }));

  /* Take back the latest change made on this page; where there is none, that of the message on top of the page. */
  async function undo() {
    const change = changes.pop();
    if (!change) {
      const button = document.querySelector("[data-status] .flash button");
      if (button) button.click(); else hub.toast(words().nothing);
      return;
    }
    const { action, ...fields } = change.undo;
    const body = new URLSearchParams({ ...fields, csrf: document.querySelector("input[name=csrf]").value });
    const outcome = await send(action, body, action);
    if (!outcome) return;
    const cards = document.querySelectorAll(`[data-key="${CSS.escape(change.key)}"]`);
    cards.forEach((card) => show(card, change.before));
    hub.toast(outcome.message, "", ...(changes.length ? [undoButton()] : []));
  }

  document.addEventListener("submit", (event) => {
    const form = event.target, button = event.submitter;
    if (!button || !button.hasAttribute("aria-pressed") || !form.closest("[data-key] .actions")) return;
    event.preventDefault();
    mark(form, button);
  }, { capture: true });

  /* Reading a work at its source is opening it. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("[data-key] .away"), card = link && link.closest("[data-key]");
    if (!card) return;
    const body = new URLSearchParams(new FormData(card.querySelector(".actions form")));
    body.append("opened", "true");
    navigator.sendBeacon("/read", body);
    show(card, [...new Set([...pressed(card), "read"])]);
  });

  return { undo, forget: () => { changes.length = 0; } };
})();
