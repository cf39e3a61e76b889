const view = document.getElementById("view"), svg = view.querySelector("svg"), panel = document.querySelector("aside");
const rows = [...svg.querySelectorAll(".execution, .child")];
const full = svg.viewBox.baseVal.width;
let scale = 1;

function zoom(to, x) {
  const before = (view.scrollLeft + x) / scale;
  scale = Math.min(Math.max(to, 0.2), 40);
  svg.style.width = `${full * scale}px`;
  view.scrollLeft = before * scale - x;
}
function fit() { zoom(Math.max(view.clientWidth / full, 0.2), 0); }
view.addEventListener("wheel", event => {
  if (!event.ctrlKey) return;
  event.preventDefault();
  zoom(scale * Math.exp(-event.deltaY * 0.0015), event.clientX);
}, { passive: false });

function choose(row) {
  for (const other of svg.querySelectorAll(".chosen")) other.classList.remove("chosen");
  const title = row && row.querySelector("title");
  panel.hidden = !title;
  if (!title) return;
  row.classList.add("chosen");
  panel.textContent = title.textContent;
}
svg.addEventListener("click", event => choose(event.target.closest(".execution")));
for (const row of svg.querySelectorAll(".execution")) {
  row.setAttribute("tabindex", "0");
  row.setAttribute("role", "button");
  row.addEventListener("keydown", event => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(row); }
  });
}
document.addEventListener("keydown", event => { if (event.key === "Escape") choose(null); });

document.getElementById("find").addEventListener("input", event => {
  const text = event.target.value.toLowerCase();
  for (const row of rows) {
    const label = row.querySelector("text").textContent.toLowerCase();
    row.classList.toggle("faded", !label.includes(text));
  }
});

const dark = matchMedia("(prefers-color-scheme: dark)");
function theme(isDark) { document.documentElement.classList.toggle("dark", isDark); }
theme(dark.matches);
dark.addEventListener("change", event => theme(event.matches));
document.getElementById("theme").addEventListener("click", () => {
  theme(!document.documentElement.classList.contains("dark"));
});
document.getElementById("fit").addEventListener("click", fit);
document.getElementById("in").addEventListener("click", () => zoom(scale * 1.33, view.clientWidth / 2));
document.getElementById("out").addEventListener("click", () => zoom(scale / 1.33, view.clientWidth / 2));
addEventListener("resize", fit);
fit();
