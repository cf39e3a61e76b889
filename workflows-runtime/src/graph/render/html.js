"use strict";
const nodes = JSON.parse(document.getElementById("nodes").textContent);
const view = document.getElementById("view");
const svg = view.querySelector("svg");
const panel = document.querySelector("aside");
const size = svg.viewBox.baseVal;
const full = { width: size.width, height: size.height };
svg.querySelector(".background").remove();

// The visible part of the picture.
let box = null;
function show() {
  svg.setAttribute("viewBox", `${box.x} ${box.y} ${box.width} ${box.height}`);
}
function fit() {
  const scale = Math.max(full.width / view.clientWidth, full.height / view.clientHeight, 0.7);
  const width = view.clientWidth * scale, height = view.clientHeight * scale;
  box = { x: (full.width - width) / 2, y: (full.height - height) / 2, width, height };
  show();
}
// At first, as much as is readable, from the top.
function open() {
  fit();
  const width = Math.min(box.width, view.clientWidth * 1.15), height = width * box.height / box.width;
  if (height < full.height) box = { x: (full.width - width) / 2, y: -60, width, height };
  const start = svg.querySelector(".node.start .shape");
  if (start && width < full.width) box.x = start.getBBox().x + start.getBBox().width / 2 - width / 2;
  show();
}
function zoom(factor, x, y) {
  const width = Math.min(Math.max(box.width * factor, 60), full.width * 20);
  const change = width / box.width;
  const px = box.x + box.width * x / view.clientWidth, py = box.y + box.height * y / view.clientHeight;
  box = { x: px - (px - box.x) * change, y: py - (py - box.y) * change, width, height: box.height * change };
  show();
}
view.addEventListener("wheel", event => {
  event.preventDefault();
  zoom(Math.exp(event.deltaY * 0.0015), event.clientX, event.clientY);
}, { passive: false });

const pointers = new Map();
let moved = 0;
view.addEventListener("pointerdown", event => {
  pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  moved = 0;
});
view.addEventListener("pointermove", event => {
  const before = pointers.get(event.pointerId);
  if (!before) return;
  const after = { x: event.clientX, y: event.clientY };
  moved += Math.abs(after.x - before.x) + Math.abs(after.y - before.y);
  if (moved > 4) {
    view.classList.add("moving");
    view.setPointerCapture(event.pointerId);
  }
  const other = [...pointers].find(([id]) => id !== event.pointerId);
  if (other) {
    const distance = at => Math.hypot(at.x - other[1].x, at.y - other[1].y);
    zoom(distance(before) / Math.max(distance(after), 1), (after.x + other[1].x) / 2, (after.y + other[1].y) / 2);
  } else {
    box.x -= (after.x - before.x) * box.width / view.clientWidth;
    box.y -= (after.y - before.y) * box.height / view.clientHeight;
    show();
  }
  pointers.set(event.pointerId, after);
});
for (const name of ["pointerup", "pointercancel"]) {
  view.addEventListener(name, event => {
    pointers.delete(event.pointerId);
    view.classList.remove("moving");
  });
}

function element(tag, text, kind) {
  const made = document.createElement(tag);
  made.textContent = text;
  if (kind) made.className = kind;
  return made;
}
function choose(id) {
  for (const other of svg.querySelectorAll(".chosen, .faded")) other.classList.remove("chosen", "faded");
  const node = nodes[id];
  panel.hidden = !node;
  if (!node) return;
  const near = new Set([id]);
  for (const edge of svg.querySelectorAll(".edge")) {
    const { from, to } = edge.dataset;
    if (from === id || to === id) { near.add(from); near.add(to); } else edge.classList.add("faded");
  }
  for (const label of svg.querySelectorAll(".edge-label")) {
    if (!label.dataset.edge.split(" ").includes(id)) label.classList.add("faded");
  }
  for (const other of svg.querySelectorAll(".node")) if (!near.has(other.id)) other.classList.add("faded");
  document.getElementById(id).classList.add("chosen");
  panel.replaceChildren(element("h2", node.title), element("p", node.kind, "kind"));
  if (node.signature) panel.append(element("pre", node.signature));
  if (node.docs) panel.append(element("div", node.docs, "docs"));
  const table = document.createElement("table");
  for (const [name, value] of node.facts) {
    const row = table.insertRow();
    row.append(element("th", name), element("td", value));
  }
  panel.append(table);
}
for (const node of svg.querySelectorAll(".node")) {
  node.setAttribute("tabindex", "0");
  node.setAttribute("role", "button");
  node.addEventListener("keydown", event => {
    if (event.key === "Enter" || event.key === " ") { event.preventDefault(); choose(node.id); }
  });
}
view.addEventListener("click", event => {
  if (moved > 4) return;
  const node = event.target.closest(".node");
  choose(node ? node.id : null);
});
document.addEventListener("keydown", event => { if (event.key === "Escape") choose(null); });

const dark = matchMedia("(prefers-color-scheme: dark)");
function theme(isDark) { document.documentElement.classList.toggle("dark", isDark); }
theme(dark.matches);
dark.addEventListener("change", event => theme(event.matches));
document.getElementById("theme").addEventListener("click", () => {
  theme(!document.documentElement.classList.contains("dark"));
});
document.getElementById("fit").addEventListener("click", fit);
document.getElementById("in").addEventListener("click", () => zoom(0.75, view.clientWidth / 2, view.clientHeight / 2));
document.getElementById("out").addEventListener("click", () => zoom(1.33, view.clientWidth / 2, view.clientHeight / 2));
addEventListener("resize", open);
open();
if (location.hash) {
  const id = decodeURIComponent(location.hash.slice(1));
  choose(id);
  if (nodes[id]) {
    const at = document.getElementById(id).getBBox();
    box.x = at.x + at.width / 2 - box.width / 2;
    box.y = at.y + at.height / 2 - box.height / 2;
    show();
  }
}
