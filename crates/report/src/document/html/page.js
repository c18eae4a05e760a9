// The page: files to save, light or dark.
(() => {
  for (const button of document.querySelectorAll("button[data-file]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.file).click());
  }
  document.getElementById("theme").addEventListener("click", () => {
    const root = document.documentElement;
    const isDark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
    root.dataset.theme = isDark ? "light" : "dark";
  });
})();
