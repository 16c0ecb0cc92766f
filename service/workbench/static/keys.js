// Keys of the workbench. Everything is also reached by Tab and Enter; this only makes it quick.
(() => {
  "use strict";
  let waiting = false;
  const rows = () => [...document.querySelectorAll("table.rows tbody tr")];
  const current = () => document.querySelector("tr.current");
  const go = (step) => {
    const all = rows();
    if (!all.length) return;
    const now = current();
    const next = all[Math.min(all.length - 1, Math.max(0, now ? all.indexOf(now) + step : 0))];
    if (now) now.classList.remove("current");
    next.classList.add("current");
    next.scrollIntoView({ block: "nearest" });
    const link = next.querySelector("a");
    if (link) link.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, select, textarea, dialog")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    if (waiting) {
      waiting = false;
      const link = document.querySelector(`nav a[data-key="${CSS.escape(event.key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
      return;
    }
    const acts = {
      j: () => go(1),
      k: () => go(-1),
      x: () => { const box = current()?.querySelector("input[type=checkbox]"); if (box) box.checked = !box.checked; },
      "/": () => document.querySelector("form.filter input, form.filter select")?.focus(),
      a: () => document.querySelector(".acts input:not([type=hidden]), .acts select, .acts textarea, .acts button")?.focus(),
      g: () => { waiting = true; },
      "?": () => document.getElementById("keys").showModal(),
    };
    const act = acts[event.key];
    if (act) { event.preventDefault(); act(); }
  });
  document.addEventListener("change", (event) => {
    if (event.target.id !== "every") return;
    for (const box of document.querySelectorAll("input[name=chosen]")) box.checked = event.target.checked;
  });
})();
