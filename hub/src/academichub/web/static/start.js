/* The first run and the radar page: fields tick their categories, categories are searched, authors are completed. */
"use strict";
(() => {
  const boxesOf = (form, name) => [...form.querySelectorAll(`input[name="${name}"]`)];
  const offering = (box) => (box.dataset.offered || "").split(" ").filter(Boolean);

  /* A field ticks the categories it offers. One taken away unticks those that no other ticked field offers. */
  function tickCategories(form, field) {
    const ticked = boxesOf(form, "field").filter((box) => box.checked).map((box) => box.value);
    for (const box of boxesOf(form, "category")) {
      if (!offering(box).includes(field.value)) continue;
      if (field.checked) box.checked = true;
      else if (!offering(box).some((id) => ticked.includes(id))) box.checked = false;
    }
    for (const group of form.querySelectorAll(".category-group")) {
      if (field.checked && group.querySelector(`input[data-offered~="${CSS.escape(field.value)}"]`)) group.open = true;
    }
  }

  function countCategories(form) {
    for (const group of form.querySelectorAll(".category-group")) {
      const boxes = boxesOf(group, "category"), ticked = boxes.filter((box) => box.checked);
      group.querySelector("[data-count]").textContent = `${ticked.length}/${boxes.length}`;
    }
  }

  document.addEventListener("change", (event) => {
    const field = event.target.closest && event.target.closest('.start-fields input[name="field"]');
    if (field) tickCategories(field.form, field);
    const form = event.target.closest && event.target.closest(".start-fields");
    if (form) countCategories(form);
  });

  /* The form does here what the server does for a reader without a script. */
  document.addEventListener("formdata", (event) => {
    if (event.target.matches(".start-fields")) event.formData.delete("field_before");
  });

  function findCategories(search) {
    const form = search.form, wanted = search.value.trim().toLowerCase();
    let found = 0;
    for (const group of form.querySelectorAll(".category-group")) {
      let shown = 0;
      for (const item of group.querySelectorAll("li")) {
        item.hidden = Boolean(wanted) && !item.textContent.toLowerCase().includes(wanted);
        shown += !item.hidden;
      }
      group.hidden = !shown;
      if (wanted && shown) group.open = true;
      found += shown;
    }
    form.querySelector("[data-no-category]").hidden = found > 0;
  }

  let waiting = 0;
  async function completeAuthors(input) {
    const list = document.getElementById(input.getAttribute("list")), text = input.value.trim();
    if (!list || text.length < 2) return;
    try {
      const answer = await fetch(`/api/authors?q=${encodeURIComponent(text)}`, { credentials: "same-origin" });
      if (!answer.ok || input.value.trim() !== text) return;
      const names = (await answer.json()).authors;
      list.replaceChildren(...names.map((author) => {
        const option = document.createElement("option");
        option.value = author.name;
        return option;
      }));
    } catch { /* the name can be typed in full */ }
  }

  document.addEventListener("input", (event) => {
    if (event.target.id === "start-find") findCategories(event.target);
    if (!event.target.matches("[data-authors]")) return;
    clearTimeout(waiting);
    waiting = setTimeout(completeAuthors, 150, event.target);
  });

  document.addEventListener("keydown", (event) => {
    if (event.target.id === "start-find" && event.key === "Enter") event.preventDefault();
  });

  function dress() {
    for (const box of document.querySelectorAll("[data-category-search][hidden]")) box.hidden = false;
  }
  new MutationObserver(dress).observe(document.body, { childList: true });
  dress();
})();
