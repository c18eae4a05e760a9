// Tables: each column sorts, and long tables show the rows that have given words.
(() => {
  const MISSING = "–";
  // The first number of a cell, so that `94.8 ± 0.6` counts by its mean and `lambda=0.01` by its factor; `< 0.001` is less than it.
  const number = (text) => {
    const plain = text.replace(/\u202f/g, "").replace("−", "-");
    const found = plain.match(/^\s*(?:[A-Za-z_]+=)?(<?)\s*([+-]?\d+(?:\.\d+)?(?:e[+-]?\d+)?)/i);
    return found ? parseFloat(found[2]) * (found[1] ? 1 - 1e-9 : 1) : NaN;
  };
  const sort = (body, column, isOfWords, isDown) => {
    const cells = new Map([...body.rows].map((row) => [row, row.cells[column].textContent.trim()]));
    const isMissing = (row) => cells.get(row) === MISSING || cells.get(row) === "";
    const there = [...body.rows].filter((row) => !isMissing(row));
    const isNumber = (row) => !isNaN(number(cells.get(row)));
    const byNumber = isOfWords ? there.every(isNumber) : there.some(isNumber);
    const order = (a, b) => {
      const [x, y] = [cells.get(a), cells.get(b)];
      return byNumber ? number(x) - number(y) : x.localeCompare(y, "en", { numeric: true });
    };
    // What has no number, and then what is missing, comes last either way.
    const last = (row) => (isMissing(row) ? 2 : byNumber && !isNumber(row) ? 1 : 0);
    const rows = [...body.rows].sort((a, b) => last(a) - last(b) || (last(a) ? 0 : isDown ? order(b, a) : order(a, b)));
    body.append(...rows);
  };

  for (const box of document.querySelectorAll(".sortable")) {
    const body = box.querySelector("tbody");
    const heads = [...box.querySelectorAll("thead th")];
    heads.forEach((head, column) => {
      head.querySelector("button").addEventListener("click", () => {
        const isDown = head.getAttribute("aria-sort") === "ascending";
        heads.forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", isDown ? "descending" : "ascending");
        sort(body, column, head.classList.contains("word"), isDown);
      });
    });
    const filter = box.querySelector("input");
    filter?.addEventListener("input", () => {
      const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of body.rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
      }
      const left = [...body.rows].filter((row) => !row.hidden).length;
      box.querySelector("output").textContent = `${left} of ${body.rows.length} rows are shown`;
    });
  }
})();
