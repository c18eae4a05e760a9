"use strict";
(() => {
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const tip = document.getElementById("tip");
  const said = document.getElementById("said");
  const NEAR = 24;  // pixels from a mark in which it answers to the pointer

  // Above the place, or below where there is no room; within the window.
  const show = (mark, x, y) => {
    tip.textContent = mark.dataset.tip;
    tip.style.display = "block";
    const box = tip.getBoundingClientRect();
    const above = y - box.height - 10;
    const width = document.documentElement.clientWidth;
    tip.style.left = Math.max(4, Math.min(x + 12, width - box.width - 4)) + "px";
    tip.style.top = Math.max(4, Math.min(above < 4 ? y + 14 : above, innerHeight - box.height - 4)) + "px";
  };
  const hide = () => { tip.style.display = "none"; };
  const middle = (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const shown = (panel) => all(panel, ".mark").filter((mark) => !mark.closest(".hidden"));

  const nearest = (panel, x, y) => {
    let [best, least] = [null, NEAR];
    for (const mark of shown(panel)) {
      const [mx, my] = middle(mark);
      const distance = mark.classList.contains("level") ? Math.abs(my - y) + NEAR / 2 : Math.hypot(mx - x, my - y);
      if (distance < least) { [best, least] = [mark, distance]; }
    }
    return best;
  };

  for (const figure of all(document, "figure.live")) {
    const buttons = all(figure, ".legend button");
    const turn = (button, on) => {
      button.setAttribute("aria-pressed", String(on));
      all(figure, `[data-curve="${button.dataset.entry}"]`).forEach((curve) => curve.classList.toggle("hidden", !on));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => turn(button, button.getAttribute("aria-pressed") !== "true"));
    }
    for (const preset of all(figure, ".presets button")) {
      preset.addEventListener("click", () => {
        const which = preset.dataset.preset;
        buttons.forEach((button) => turn(button, which === "all" || (which === "main" && "main" in button.dataset)));
      });
    }
    for (const panel of all(figure, "svg[tabindex]")) {
      let now = null;
      const choose = (mark, x, y) => {
        now?.classList.remove("chosen");
        now = mark;
        if (!mark) { hide(); return; }
        mark.classList.add("chosen");
        show(mark, x, y);
      };
      const point = (event) => choose(nearest(panel, event.clientX, event.clientY), event.clientX, event.clientY);
      panel.addEventListener("pointermove", point);
      panel.addEventListener("pointerdown", point);
      panel.addEventListener("pointerleave", () => choose(null));
      panel.addEventListener("blur", () => choose(null));
      panel.addEventListener("keydown", (event) => {
        if (event.key === "Escape") { choose(null); return; }
        const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const across = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (!along && !across) { return; }
        event.preventDefault();
        // By curves in the order of the legend, each from left to right; its pieces between gaps are one.
        const curve = (mark) => Number(mark.closest("[data-curve]").dataset.curve);
        const marks = shown(panel).sort((a, b) => curve(a) - curve(b) || middle(a)[0] - middle(b)[0]);
        if (marks.length === 0) { return; }
        let next = marks[0];
        if (now && marks.includes(now) && along) {
          const own = marks.filter((mark) => curve(mark) === curve(now));
          next = own[Math.max(0, Math.min(own.indexOf(now) + along, own.length - 1))];
        } else if (now && marks.includes(now)) {
          const curves = [...new Set(marks.map(curve))];
          const other = curves[(curves.indexOf(curve(now)) + across + curves.length) % curves.length];
          const x = middle(now)[0];
          const distance = (mark) => Math.abs(middle(mark)[0] - x);
          next = marks.filter((mark) => curve(mark) === other).reduce((a, b) => (distance(b) < distance(a) ? b : a));
        }
        choose(next, ...middle(next));
        said.textContent = next.dataset.tip;
      });
    }
  }
  addEventListener("scroll", hide, { passive: true });

  // The first number of a cell, so that `94.8 ± 0.6` counts by its mean.
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
        const words = head.classList.contains("word");
        const order = (a, b) => {
          if (words) { return key(a).localeCompare(key(b), "en", { numeric: true }) * (down ? -1 : 1); }
          const [x, y] = [number(key(a)), number(key(b))];
          // What has no number comes last either way.
          if (isNaN(x) || isNaN(y)) { return isNaN(x) - isNaN(y); }
          return down ? y - x : x - y;
        };
        body.append(...[...body.rows].sort(order));
      });
    });
    const filter = box.querySelector("input");
    if (!filter) { continue; }
    const count = box.querySelector("output");
    const apply = () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of body.rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      const left = [...body.rows].filter((row) => !row.hidden).length;
      count.textContent = `${left} of ${body.rows.length} rows`;
    };
    filter.addEventListener("input", apply);
    apply();
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
