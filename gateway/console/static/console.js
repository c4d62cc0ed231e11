// Keys, and the live list. Everything works without it.
"use strict";
(() => {
  const LOOK_EVERY = 4000;
  const typing = (element) => element.matches("input, select, textarea");
  const rows = () => [...document.querySelectorAll("table.decisions tbody tr")];
  const keys = document.getElementById("keys");
  let here = -1;

  const mark = (number) => {
    const all = rows();
    if (!all.length) return;
    here = Math.max(0, Math.min(all.length - 1, number));
    all.forEach((row, index) => row.classList.toggle("here", index === here));
    const link = all[here].querySelector("a");
    if (link) link.focus({ preventScroll: true });
    all[here].scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const search = document.getElementById("search");
    const table = document.querySelector("main a[download]");
    if (event.key === "/" && search) search.focus();
    else if (event.key === "j") mark(here + 1);
    else if (event.key === "k") mark(here - 1);
    else if (event.key === "e" && table) table.click();
    else if (event.key === "?" && keys) keys.showModal();
    else return;
    event.preventDefault();
  });

  const help = document.getElementById("help");
  if (help) help.addEventListener("click", () => keys.showModal());

  document.addEventListener("submit", (event) => {
    // Filters that say nothing do not stand in the address.
    if (event.target.method !== "get") return;
    for (const field of event.target.elements) if (field.name && field.value === "") field.disabled = true;
  });

  setInterval(() => {
    const list = document.getElementById("rows");
    if (list && list.hasAttribute("hx-get") && document.visibilityState === "visible") htmx.trigger(list, "look");
  }, LOOK_EVERY);
})();
