/* The lead table: ranges of rows, all that match, cells that turn into fields. Works on what app.js gives every list. */
const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const rowOf = (element) => element?.closest?.("[data-row]") ?? null;
const boxes = () => all("[data-select]");
const typing = (element) => element.closest("input:not([type=checkbox], [type=radio]), select, textarea, dialog[open]");

// Selection.
let anchor = null; // the box that a range begins at
function range(box) {
  const list = boxes(), from = list.indexOf(anchor), to = list.indexOf(box);
  if (from < 0 || to < 0) return;
  for (const one of list.slice(Math.min(from, to), Math.max(from, to) + 1)) one.checked = anchor.checked;
}
function told() {
  const bar = $("#bulk");
  if (!bar) return;
  const chosen = boxes().filter((box) => box.checked), stages = new Set(chosen.map((box) => box.dataset.stage));
  const everything = $("[data-all]", bar).checked;
  $("[data-count]", bar).textContent = chosen.length;
  const page = $("[data-select-all]");
  if (page) [page.checked, page.indeterminate] = [chosen.length && chosen.length === boxes().length, chosen.length > 0 && chosen.length < boxes().length];
  for (const option of all("option[data-stages]", bar)) {
    option.disabled = !everything && !option.dataset.stages.split(" ").some((stage) => stages.has(stage));
  }
}
function clear() {
  for (const box of boxes()) box.checked = false;
  if ($("[data-all]")) $("[data-all]").checked = false;
  told();
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-select]");
  if (box) {
    if (event.shiftKey && anchor?.isConnected) range(box);
    anchor = box;
    told();
  }
  if (event.target.closest("[data-clear]")) clear();
  const cell = event.target.closest("[data-fact]");
  if (cell && matchMedia("(hover: hover)").matches && !event.target.closest("a, form, input, button, select")) edit(cell);
});
document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) for (const box of boxes()) box.checked = event.target.checked;
  if (event.target.matches("[data-select-all], [data-all], [data-select]")) told();
});

// Cells.
const before = new WeakMap();
const editable = () => all("[data-fact]");
function edit(cell) {
  if (!cell || $("form", cell)) return;
  const open = $(".inline-edit");
  if (open) restore(open.closest("[data-fact]"));
  before.set(cell, cell.innerHTML);
  const number = rowOf(cell).id.replace("row-", "");
  htmx.ajax("GET", `/leads/${number}/cell/${cell.dataset.fact}/`, { target: cell, swap: "innerHTML" });
}
function restore(cell) {
  if (!before.has(cell)) return;
  cell.innerHTML = before.get(cell);
  htmx.process(cell);
  ($("[data-open]", rowOf(cell)) ?? cell).focus();
}
let next = null; // the cell to open once this one is saved

document.addEventListener("keydown", (event) => {
  const { key, target } = event;
  const form = target.closest(".inline-edit");
  if (form && key === "Escape") { event.preventDefault(); event.stopPropagation(); return restore(form.closest("[data-fact]")); }
  if (form && key === "Tab") {
    const fields = all("input:not([type=hidden]), select", form), at = fields.indexOf(target) + (event.shiftKey ? -1 : 1);
    if (fields[at]) return;
    const list = editable();
    next = list[list.indexOf(form.closest("[data-fact]")) + (event.shiftKey ? -1 : 1)] ?? null;
    event.preventDefault();
    return form.requestSubmit();
  }
  if (typing(target) || event.ctrlKey || event.metaKey || event.altKey) return;
  const row = rowOf(target);
  if (key === "F2" && row) { event.preventDefault(); return edit(target.closest("[data-fact]") ?? $("[data-fact]", row)); }
  if (key === "Enter" && target.matches("[data-select]")) { event.preventDefault(); return $("[data-open]", row)?.click(); }
  if (key === "Escape" && boxes().some((box) => box.checked)) return clear();
  if (document.documentElement.dataset.shortcuts === "off") return;
  if (event.shiftKey && /^[jk]$/i.test(key) && row) {
    const list = all("[data-row]"), to = list[list.indexOf(row) + (key.toLowerCase() === "j" ? 1 : -1)];
    if (!to) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    $("[data-select]", row).checked = $("[data-select]", to).checked = true;
    ($("[data-open]", to) ?? to).focus();
    told();
  }
}, true);

// After a swap: the saved cell's row has the focus, or the next cell opens; panels stay as they were.
const panels = new Set();
document.addEventListener("toggle", (event) => {
  const name = event.target.dataset?.panel;
  if (name) event.target.open ? panels.add(name) : panels.delete(name);
}, true);
document.body.addEventListener("htmx:afterSettle", (event) => {
  const cell = event.detail.target?.closest?.("[data-fact]");
  if (cell && !$("form", cell) && event.detail.requestConfig.verb === "post") {
    next ? edit(next) : ($("[data-open]", rowOf(cell)) ?? cell).focus();
    next = null;
  } else if (cell) {
    const field = $("input:not([type=hidden]), select", cell);
    field?.focus();
    field?.select?.();
  }
  if (event.detail.target?.id !== "results") return;
  for (const panel of all("[data-panel]")) panel.open = panels.has(panel.dataset.panel);
  const search = $("#id_q"), words = new URLSearchParams(location.search).get("q") ?? "";
  if (search && document.activeElement !== search) search.value = words;
  told();
});

// Back from a lead: to the row one came from.
document.addEventListener("click", (event) => {
  const open = event.target.closest("[data-open]");
  if (open) try { sessionStorage.setItem("left", JSON.stringify([location.pathname + location.search, rowOf(open).id])); } catch { /* private window */ }
});
try {
  const [from, id] = JSON.parse(sessionStorage.getItem("left") ?? "[]");
  const row = from === location.pathname + location.search && document.getElementById(id);
  if (row) { $("[data-open]", row).focus({ preventScroll: true }); row.scrollIntoView({ block: "center" }); }
  sessionStorage.removeItem("left");
} catch { /* private window */ }
told();
