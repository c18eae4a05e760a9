// Uses every control of the page as a reader at a keyboard does, and tells what is wrong.
const faults = [];
addEventListener("error", (event) => faults.push("error: " + event.message));
console.error = (...words) => faults.push("console: " + words.join(" "));
document.addEventListener("securitypolicyviolation", (event) => faults.push("request: " + event.blockedURI));
addEventListener("load", () => {
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const is = (what, name) => { if (!what && !faults.includes(name)) { faults.push(name); } };
  const press = (element, key) =>
    element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  const tip = document.getElementById("tip");
  const isShown = () => getComputedStyle(tip).display !== "none";
  const isSeen = (element) => getComputedStyle(element).display !== "none" && !element.closest(".hidden");
  const isInside = (box) => box.left >= 0 && box.top >= 0 && box.right <= document.documentElement.clientWidth
    && box.bottom <= document.documentElement.clientHeight && box.width > 40;
  const curves = (figure, button) => all(`[data-curve="${button.dataset.entry}"]`, figure);
  const isPressed = (button) => button.getAttribute("aria-pressed") === "true";
  const figures = all("figure.live");
  const main = figures[0];

  for (const figure of figures) {
    const stops = all("button, a", figure).filter((stop) => stop.tabIndex >= 0);
    is(stops.length <= 6, "too many stops of Tab: " + stops.length);
  }
  for (const control of all("button, input, svg[tabindex], .scroll, a")) {
    control.focus();
    is(document.activeElement === control, "no focus: " + control.outerHTML.slice(0, 60));
  }
  const first = document.querySelector("main h1").nextElementSibling;
  is(first.className === "first" && first.textContent.startsWith("Demo"), "the first line does not say what it is");
  const links = all("nav a");
  is(links.length === all("h2").length && links.length > 5, "contents");
  is(links.every((link) => document.querySelector(link.getAttribute("href"))), "a link leads nowhere");

  // Legends and presets.
  for (const figure of figures) {
    for (const button of all(".legend button", figure)) {
      const own = curves(figure, button);
      is(own.length > 0, "no curve: " + button.textContent);
      for (const _ of [1, 2]) {
        const was = isPressed(button);
        button.click();
        is(isPressed(button) === !was && own.every((curve) => isSeen(curve) === !was), "not switched: " + button.textContent);
      }
    }
    for (const row of all("[role=toolbar]", figure)) {
      const buttons = all("button", row);
      buttons[0].focus();
      for (const button of buttons) {
        is(document.activeElement === button, "arrow keys skip: " + button.textContent);
        press(button, "ArrowRight");
      }
      press(buttons[buttons.length - 1], "Home");
      is(document.activeElement === buttons[0], "Home");
    }
  }
  const legend = all(".legend button", main);
  const others = legend.filter((button) => !("main" in button.dataset));
  is(others.length > 0 && others.every((button) => !isPressed(button)), "others are on at first");
  const preset = (name) => main.querySelector(`[data-preset=${name}]`).click();
  preset("all");
  is(legend.every(isPressed) && legend.every((button) => curves(main, button).every(isSeen)), "all");
  preset("none");
  is(!legend.some(isPressed) && !legend.some((button) => curves(main, button).some(isSeen)), "none");
  preset("main");
  is(legend.every((button) => isPressed(button) !== others.includes(button)), "main");

  // Curves that are shown stand apart at each number of heads.
  const panel = main.querySelector("svg[tabindex]");
  const line = (mark, place) => mark.dataset.tip.split("\n")[place];
  const marks = (of) => all(".mark", of).filter((mark) => !mark.closest(".hidden"));
  const middle = (mark) => { const box = mark.getBoundingClientRect(); return (box.left + box.right) / 2; };
  const apart = () => {
    const at = marks(panel).filter((mark) => line(mark, 1).startsWith("K = 3 "));
    return at.map(middle).sort((a, b) => a - b).map((x, i, xs) => (i ? x - xs[i - 1] : Infinity));
  };
  is(apart().length > 4 && Math.min(...apart()) > 0.3, "curves lie on one another");
  const wide = Math.min(...apart());
  preset("none");
  legend.slice(1, 3).forEach((button) => button.click());
  is(apart().length === 2 && Math.min(...apart()) > wide, "two curves are no farther apart than many");
  preset("main");

  // Every mark by arrow keys, with its values beside it and within the window.
  for (const figure of figures) {
    for (const of of all("svg[tabindex]", figure)) {
      of.focus();
      of.scrollIntoView({ block: "center" });
      const wanted = marks(of);
      const reached = new Set();
      const entries = new Set(wanted.map((mark) => mark.closest("[data-curve]").dataset.curve));
      const chosen = () => of.querySelector(".chosen");
      const look = () => {
        reached.add(chosen());
        is(isShown() && tip.textContent === chosen().dataset.tip, "values not shown");
        is(document.getElementById("said").textContent === chosen().dataset.tip, "values not said");
        is(isInside(tip.getBoundingClientRect()), "values outside the window");
      };
      press(of, "ArrowDown");
      for (let curve = 0; curve < entries.size; curve += 1) {
        for (const key of ["ArrowLeft", "ArrowRight"]) {
          for (let last = null; last !== chosen();) {
            last = chosen();
            look();
            press(of, key);
          }
        }
        const own = chosen().closest("[data-curve]").dataset.curve;
        press(of, "ArrowDown");
        is(entries.size === 1 || chosen().closest("[data-curve]").dataset.curve !== own, "no other curve");
      }
      is(wanted.every((mark) => reached.has(mark)), "a mark is not reached: " + of.getAttribute("aria-label"));
      press(of, "Escape");
      is(!chosen() && !isShown(), "Escape");
    }
  }

  // The pointer, and a finger.
  panel.scrollIntoView({ block: "center" });
  const mark = marks(panel).find((other) => line(other, 1).startsWith("K = 9 "));
  const point = (name, pointerType) => {
    const box = mark.getBoundingClientRect();
    panel.dispatchEvent(new PointerEvent(name, { clientX: middle(mark), clientY: (box.top + box.bottom) / 2, pointerType, bubbles: true }));
  };
  point("pointermove", "mouse");
  is(isShown() && tip.textContent.includes("K = 9 of 12"), "pointer");
  press(document.body, "Escape");
  is(!isShown(), "Escape after the pointer");
  point("pointermove", "mouse");
  point("pointerleave", "mouse");
  is(!isShown(), "the pointer has left");
  point("pointerdown", "touch");
  point("pointerleave", "touch");
  is(isShown(), "a tap shows nothing");
  document.body.dispatchEvent(new PointerEvent("pointerdown", { bubbles: true }));
  is(!isShown(), "a tap elsewhere");

  // Tables.
  const missing = (cell) => cell === "–";
  let [sorted, lacking] = [0, 0];
  for (const head of all(".sortable th")) {
    const body = head.closest("table").tBodies[0];
    const cells = () => [...body.rows].map((row) => row.cells[head.cellIndex].textContent);
    for (const [state, sign] of [["ascending", 1], ["descending", -1]]) {
      head.querySelector("button").click();
      is(head.getAttribute("aria-sort") === state, "not sorted");
      const there = cells().filter((cell) => !missing(cell));
      const values = there.map((cell) => parseFloat(cell.replace(/\u202f/g, "").replace(/^(lambda=|< )/, "")));
      if (values.length > 1 && !values.some(isNaN)) {
        is(values.every((value, i) => i === 0 || sign * (value - values[i - 1]) >= 0), "wrong order: " + head.textContent);
        sorted += there.some((cell) => cell.includes("±"));
      }
      const gap = cells().findIndex(missing);
      is(gap < 0 || cells().slice(gap).every(missing), "missing cells are not last: " + head.textContent);
      lacking += gap >= 0;
    }
    const others = all("th", head.closest("tr")).filter((other) => other !== head);
    is(others.every((other) => !other.hasAttribute("aria-sort")), "sorted by two columns");
  }
  is(sorted > 0 && lacking > 0, "nothing sorted by its mean, or nothing missing");
  const filters = all(".sortable input");
  is(filters.length > 0, "no filter");
  for (const filter of filters) {
    const box = filter.closest(".sortable");
    const rows = all("tbody tr", box);
    const ask = (words) => {
      filter.value = words;
      filter.dispatchEvent(new Event("input"));
      const left = rows.filter((row) => isSeen(row)).length;
      is(box.querySelector("output").textContent.startsWith(`${left} of ${rows.length} rows`), "rows are not counted");
    };
    ask("DSP-joint");
    is(rows.every((row) => row.hidden !== row.textContent.includes("dsp-joint")), "filter");
    ask("");
  }
  for (const cell of all(".scroll tr > :first-child")) {
    is(getComputedStyle(cell).position === "sticky", "the first column scrolls away");
  }

  // Light and dark: each curve is told from its ground.
  const light = (colour) => {
    const [r, g, b] = colour.match(/[\d.]+/g).slice(0, 3).map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (element) => {
    const [a, b] = [getComputedStyle(element).stroke, getComputedStyle(document.body).backgroundColor].map(light);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const grounds = new Set();
  for (const _ of [1, 2]) {
    grounds.add(getComputedStyle(document.body).backgroundColor);
    const isDark = light(getComputedStyle(document.body).backgroundColor) < 0.5;
    // The colours of the printed figures, on white, are two to one at least.
    for (const curve of all("figure.live polyline[stroke]")) {
      is(contrast(curve) > (isDark ? 4 : 2), "too pale: " + curve.getAttribute("stroke"));
    }
    document.getElementById("theme").click();
  }
  is(grounds.size === 2, "theme");

  // Files, width, network.
  for (const figure of all("figure")) {
    is(figure.querySelector("[data-file], a[download]"), "no file beside " + figure.querySelector("figcaption").textContent);
  }
  for (const button of all("button[data-file]")) {
    const link = document.getElementById(button.dataset.file);
    is(link && link.href.startsWith("data:text/csv") && link.download.endsWith(".csv"), "download");
  }
  is(document.documentElement.scrollWidth <= innerWidth, "wider than the window");
  is(performance.getEntriesByType("resource").every((entry) => entry.name.startsWith("data:")), "a request");
  // What is refused is told of a little later.
  setTimeout(() => parent.postMessage("outcome[" + innerWidth + ": " + faults.join("; ") + "]", "*"), 300);
});
