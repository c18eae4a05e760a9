"use strict";
(() => {
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const tip = document.getElementById("tip");
  const show = (mark, x, y) => {
    tip.textContent = mark.dataset.tip;
    tip.style.display = "block";
    const box = tip.getBoundingClientRect();
    tip.style.left = Math.max(4, Math.min(x + 12, innerWidth - box.width - 4)) + "px";
    tip.style.top = Math.max(4, y - box.height - 10) + "px";
  };
  const hide = () => { tip.style.display = "none"; };

  for (const figure of all(document, "figure.live")) {
    figure.addEventListener("pointermove", (event) => {
      const mark = event.target.closest("[data-tip]");
      if (mark) { show(mark, event.clientX, event.clientY); } else { hide(); }
    });
    figure.addEventListener("pointerleave", hide);
    for (const button of all(figure, ".legend button")) {
      button.addEventListener("click", () => {
        const on = button.getAttribute("aria-pressed") !== "true";
        button.setAttribute("aria-pressed", String(on));
        all(figure, `[data-curve="${button.dataset.entry}"]`).forEach((curve) => curve.classList.toggle("hidden", !on));
      });
    }
    for (const panel of all(figure, "svg[tabindex]")) {
      let place = -1;
      const choose = (mark) => {
        all(panel, ".chosen").forEach((other) => other.classList.remove("chosen"));
        if (!mark) { hide(); return; }
        mark.classList.add("chosen");
        const box = mark.getBoundingClientRect();
        show(mark, box.left, box.top);
        document.getElementById("said").textContent = mark.dataset.tip;
      };
      panel.addEventListener("keydown", (event) => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const marks = all(panel, ".mark").filter((mark) => !mark.closest(".hidden"));
        if (event.key === "Escape") { place = -1; choose(null); return; }
        if (!step || marks.length === 0) { return; }
        event.preventDefault();
        place = (place + step + marks.length) % marks.length;
        choose(marks[place]);
      });
      panel.addEventListener("blur", () => { place = -1; choose(null); });
    }
  }

  const number = (text) => {
    const found = text.replace(/[\u202f<]/g, "").match(/^\s*[+-]?\d+(\.\d+)?/);
    return found ? parseFloat(found[0]) : NaN;
  };
  for (const box of all(document, ".sortable")) {
    const body = box.querySelector("tbody");
    all(box, "thead th").forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const down = head.getAttribute("aria-sort") === "ascending";
        all(box, "thead th").forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        const key = (row) => row.cells[column].textContent;
        const rows = [...body.rows].sort((a, b) => {
          const [x, y] = [number(key(a)), number(key(b))];
          const order = isNaN(x) || isNaN(y)
            ? (isNaN(x) - isNaN(y)) || key(a).localeCompare(key(b))
            : x - y;
          return down ? -order : order;
        });
        body.append(...rows);
      });
    });
    const filter = box.querySelector("input");
    filter?.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of body.rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
    });
  }

  for (const button of all(document, "button[data-file]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.file).click());
  }
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = dark ? "light" : "dark";
  });
})();
