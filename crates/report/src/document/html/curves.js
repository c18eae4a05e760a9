"use strict";
// Charts: the legend switches curves, and each mark tells its values to the pointer and to keys.
(() => {
  const all = (root, selector) => [...root.querySelectorAll(selector)];
  const tip = document.getElementById("tip");
  const said = document.getElementById("said");
  const NEAR = 24;  // pixels from a mark in which it answers to the pointer
  const STEP = 6;  // units of the drawing between curves that are set apart, at most
  const ALL = 58;  // and between the first and the last of them, so that they stay beside the axis
  let hide = () => {};

  // Above the mark, or below where there is no room; within the window.
  const show = (mark, x, y) => {
    tip.textContent = mark.dataset.tip;
    tip.style.left = tip.style.top = "0";
    tip.style.display = "block";
    const box = tip.getBoundingClientRect();
    const { clientWidth, clientHeight } = document.documentElement;
    const above = y - box.height - 12;
    const most = [clientWidth - box.width - 4, clientHeight - box.height - 4];
    tip.style.left = Math.max(4, Math.min(x - box.width / 2, most[0])) + "px";
    tip.style.top = Math.max(4, Math.min(above < 4 ? y + 16 : above, most[1])) + "px";
  };
  const middle = (mark) => {
    const box = mark.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const curveOf = (element) => Number(element.closest("[data-curve]").dataset.curve);
  const shown = (panel) => all(panel, ".mark").filter((mark) => !mark.closest(".hidden"));

  const nearest = (panel, x, y) => {
    let [best, least] = [null, NEAR];
    for (const mark of shown(panel)) {
      const [mx, my] = middle(mark);
      const level = mark.classList.contains("level");
      const distance = level ? Math.abs(my - y) + NEAR / 2 : Math.hypot(mx - x, my - y);
      if (distance < least) { [best, least] = [mark, distance]; }
    }
    return best;
  };

  // The curves that are shown stand beside one another at each number of heads, in the order of the legend.
  const setApart = (panel) => {
    const sets = all(panel, ".set:not(.hidden)");
    const curves = [...new Set(sets.map(curveOf))].sort((a, b) => a - b);
    const step = Math.min(STEP, 0.8 * panel.dataset.gap / curves.length, ALL / Math.max(1, curves.length - 1));
    for (const set of sets) {
      const aside = (curves.indexOf(curveOf(set)) - (curves.length - 1) / 2) * step;
      set.setAttribute("transform", `translate(${aside.toFixed(2)} 0)`);
    }
  };

  // The mark that arrow keys lead to: along a curve from left to right, over the gaps of its line, or to the nearest of another.
  const next = (panel, now, along, across) => {
    const marks = shown(panel).sort((a, b) => curveOf(a) - curveOf(b) || middle(a)[0] - middle(b)[0]);
    if (!now || !marks.includes(now)) { return marks[0]; }
    const own = marks.filter((mark) => curveOf(mark) === curveOf(now));
    if (along) { return own[Math.max(0, Math.min(own.indexOf(now) + along, own.length - 1))]; }
    const curves = [...new Set(marks.map(curveOf))];
    const other = curves[(curves.indexOf(curveOf(now)) + across + curves.length) % curves.length];
    const distance = (mark) => Math.abs(middle(mark)[0] - middle(now)[0]);
    const others = marks.filter((mark) => curveOf(mark) === other);
    return others.reduce((a, b) => (distance(b) < distance(a) ? b : a));
  };

  const answer = (panel) => {
    let now = null;
    const choose = (mark, x, y) => {
      hide();
      if (!mark) { return; }
      now = mark;
      mark.classList.add("chosen");
      show(mark, x, y);
      hide = () => {
        mark.classList.remove("chosen");
        tip.style.display = "none";
      };
    };
    const point = (event) => choose(nearest(panel, event.clientX, event.clientY), event.clientX, event.clientY);
    panel.addEventListener("pointermove", point);
    panel.addEventListener("pointerdown", point);
    panel.addEventListener("pointerleave", (event) => {
      // A finger leaves with every tap, which is to show something.
      if (event.pointerType !== "touch") { hide(); }
    });
    panel.addEventListener("blur", () => hide());
    panel.addEventListener("keydown", (event) => {
      const along = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      const across = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      if (!along && !across) { return; }
      event.preventDefault();
      const mark = next(panel, now, along, across);
      if (!mark) { return; }
      choose(mark, ...middle(mark));
      said.textContent = mark.dataset.tip;
    });
  };

  // One of a row of buttons is reached by Tab, the others by arrow keys: there may be forty.
  const inRow = (row) => {
    const buttons = all(row, "button");
    buttons.forEach((button, place) => { button.tabIndex = place === 0 ? 0 : -1; });
    row.addEventListener("focusin", (event) => {
      buttons.forEach((button) => { button.tabIndex = button === event.target ? 0 : -1; });
    });
    row.addEventListener("keydown", (event) => {
      const last = buttons.length - 1;
      const now = buttons.indexOf(event.target);
      const places = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: last };
      if (!(event.key in places)) { return; }
      event.preventDefault();
      buttons[Math.max(0, Math.min(places[event.key], last))].focus();
    });
  };

  for (const figure of all(document, "figure.live")) {
    all(figure, "[role=toolbar]").forEach(inRow);
    const buttons = all(figure, ".legend button");
    const panels = all(figure, "svg[tabindex]");
    const curves = (button) => all(figure, `[data-curve="${button.dataset.entry}"]`);
    const turn = (button, on) => {
      button.setAttribute("aria-pressed", String(on));
      curves(button).forEach((curve) => curve.classList.toggle("hidden", !on));
    };
    const settle = () => {
      hide();
      panels.filter((panel) => panel.dataset.gap).forEach(setApart);
    };
    // The curve of the entry that a reader is at stands out.
    const stress = (button, on) => {
      figure.classList.toggle("stressed", on && button.getAttribute("aria-pressed") === "true");
      curves(button).forEach((curve) => curve.classList.toggle("own", on));
    };
    for (const button of buttons) {
      button.addEventListener("click", () => {
        turn(button, button.getAttribute("aria-pressed") !== "true");
        settle();
      });
      for (const start of ["pointerenter", "focus"]) { button.addEventListener(start, () => stress(button, true)); }
      for (const end of ["pointerleave", "blur", "click"]) { button.addEventListener(end, () => stress(button, false)); }
    }
    for (const preset of all(figure, ".presets button")) {
      preset.addEventListener("click", () => {
        const which = preset.dataset.preset;
        buttons.forEach((button) => turn(button, which === "all" || (which === "main" && "main" in button.dataset)));
        settle();
      });
    }
    panels.forEach(answer);
    settle();
  }
  addEventListener("keydown", (event) => { if (event.key === "Escape") { hide(); } });
  addEventListener("pointerdown", (event) => { if (!event.target.closest("svg[tabindex]")) { hide(); } });
  addEventListener("scroll", () => hide(), { passive: true });
})();
