/* The board: carrying cards, moving between them by arrow keys, and the dialog of a step. Without it the menus do it all.

   Where a card may go is read from its menu: every step there says its column in data-to; data-asks opens a form, a
   step without link or button is blocked and says why. The server decides again. */
const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const said = (name, words = {}) =>
  Object.entries(words).reduce((text, [key, value]) => text.replace(`{${key}}`, value), $(`#said-${name}`).innerHTML);
const nameOf = (card) => $(".name", card).textContent.trim();
const labelOf = (column) => $("h2 .stage", column).textContent.trim().replace(/\s+/g, " ");
const stepsTo = (card, stage) => all(`.moves [data-to="${stage}"]`, card).filter((step) => step.matches("a, button"));
const dialog = () => $("#step");

function refuse(text) {
  const toast = $("#said-illegal").content.firstElementChild.cloneNode(true);
  $("p", toast).textContent = text;
  $("#status").replaceChildren(toast);
}

// Taking a step. One card is underway at a time, so that no second drop is lost behind the first.
let underway = null;
function take(step) {
  if (underway) return;
  const card = document.getElementById(step.dataset.card ?? step.closest("[data-card]").id);
  underway = { card, next: neighbour(card) };
  card.setAttribute("aria-busy", "true");
  const form = $("#moves");
  const request = step.matches("a")
    ? htmx.ajax("GET", step.href, { source: card, target: "#step-body", swap: "innerHTML" })
    : htmx.ajax("POST", step.formAction, { source: form, target: "#board", swap: "none", values: { version: step.value } });
  request.finally(() => { card.removeAttribute("aria-busy"); underway = null; });
}
function neighbour(card) {
  const list = all("[data-card]", card.parentElement), at = list.indexOf(card);
  return list[at + 1] ?? list[at - 1];
}
let waiting = null; // the card whose form is open
document.addEventListener("click", (event) => {
  const step = event.target.closest(".moves a, .moves button, #step [data-card]");
  if (!step || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  take(step);
});
document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.target.id !== "step-body") return;
  waiting = underway ?? waiting;
  if (!dialog().open) dialog().showModal();
  ($("[data-focus]", event.target) ?? $(".fields :is(input, select, textarea)", event.target) ?? $("#step-title")).focus();
});
document.body.addEventListener("htmx:afterRequest", ({ detail: { xhr } }) => {
  const number = xhr?.getResponseHeader("HX-Card");
  if (!number) return;
  if (dialog().open) dialog().close();
  const next = (underway ?? waiting)?.next;
  waiting = null;
  const card = document.getElementById(`card-${number}`);
  if (next?.isConnected && xhr.status < 400) focusOn(next);
  else if (card) focusOn(card);
});
const focusOn = (card) => { $(".name", card).focus(); card.scrollIntoView({ block: "nearest", inline: "nearest" }); };

// Which step, where two lead to one column.
function choose(card, column, steps) {
  const body = $("#step-body"), question = document.createElement("p"), list = document.createElement("div");
  question.textContent = said("which", { lead: nameOf(card), to: labelOf(column) });
  list.className = "row";
  for (const step of steps) {
    const copy = step.cloneNode(true);
    copy.dataset.card = card.id;
    copy.classList.add("button");
    list.append(copy);
  }
  body.replaceChildren(question, list);
  dialog().showModal();
  $(".button", list).focus();
}
function drop(card, column) {
  const stage = column.dataset.stage;
  if (card.closest(".column") === column) return;
  const steps = stepsTo(card, stage);
  if (steps.length === 1) return take(steps[0]);
  if (steps.length) return choose(card, column, steps);
  const blocked = all(`.moves .blocked[data-to="${stage}"] small`, card).map((one) => one.textContent).join(" ");
  refuse(blocked || said("no-step", { from: labelOf(card.closest(".column")), to: labelOf(column) }));
}

// Carrying. A mouse carries as soon as it moves, a finger after it has rested, so that it can still scroll.
let carried = null;
const REST = 350, SLACK = 6, EDGE = 48;
function lift(press, x, y) {
  const { card } = press, box = card.getBoundingClientRect();
  const ghost = card.cloneNode(true);
  ghost.removeAttribute("id");
  ghost.classList.add("ghost");
  ghost.setAttribute("aria-hidden", "true");
  ghost.style.width = `${box.width}px`;
  document.body.append(ghost);
  card.classList.add("lifted");
  document.documentElement.classList.add("carrying");
  for (const column of all(".column")) {
    const open = column === card.closest(".column") || stepsTo(card, column.dataset.stage).length;
    column.classList.toggle("open", Boolean(open));
  }
  Object.assign(press, { ghost, dx: press.x - box.left, dy: press.y - box.top, carrying: true });
  carry(press, x, y);
  scrollOn();
}
function carry(press, x, y) {
  Object.assign(press, { x, y });
  press.ghost.style.transform = `translate(${x - press.dx}px, ${y - press.dy}px)`;
  const over = document.elementFromPoint(x, y)?.closest(".column");
  for (const column of all(".column.over")) column.classList.toggle("over", column === over);
  if (over?.classList.contains("open")) over.classList.add("over");
}
function scrollOn() {
  if (!carried?.carrying) return;
  const board = $("#board"), box = board.getBoundingClientRect();
  const push = (at, from, to) => (at < from + EDGE ? -8 : at > to - EDGE ? 8 : 0);
  board.scrollBy(push(carried.x, Math.max(box.left, 0), Math.min(box.right, innerWidth)), push(carried.y, box.top, Math.min(box.bottom, innerHeight)));
  requestAnimationFrame(scrollOn);
}
function put(event) {
  const press = carried;
  carried = null;
  if (!press) return;
  clearTimeout(press.timer);
  if (!press.carrying) return;
  press.ghost.remove();
  press.card.classList.remove("lifted");
  document.documentElement.classList.remove("carrying");
  const column = event && document.elementFromPoint(event.clientX, event.clientY)?.closest(".column");
  for (const one of all(".column")) one.classList.remove("open", "over");
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }), 50);
  if (column) drop(press.card, column);
}
const stop = (event) => { event.preventDefault(); event.stopPropagation(); };
document.addEventListener("pointerdown", (event) => {
  const card = event.target.closest("#board [data-card]");
  if (!card || event.button || underway || event.target.closest("summary, .moves ul")) return;
  const { clientX: x, clientY: y, pointerType, pointerId } = event;
  carried = { card, x, y, pointerId, isTouch: pointerType === "touch" };
  if (carried.isTouch) carried.timer = setTimeout((press) => press === carried && lift(press, x, y), REST, carried);
});
document.addEventListener("pointermove", (event) => {
  if (!carried || event.pointerId !== carried.pointerId) return;
  const { clientX: x, clientY: y } = event, far = Math.hypot(x - carried.x, y - carried.y) > SLACK;
  if (carried.carrying) carry(carried, x, y);
  else if (far && carried.isTouch) put(null);
  else if (far) lift(carried, x, y);
});
document.addEventListener("pointerup", put);
document.addEventListener("pointercancel", () => put(null));
document.addEventListener("touchmove", (event) => carried?.carrying && event.preventDefault(), { passive: false });
document.addEventListener("contextmenu", (event) => carried?.isTouch && event.preventDefault());
document.addEventListener("dragstart", (event) => event.target.closest("#board") && event.preventDefault());

// Keys: arrows go from card to card, M opens the menu, Escape drops what is carried. Enter is the link's own.
const grid = () => all(".column").map((column) => all("[data-card]", column));
function beside(card, key) {
  const columns = grid(), column = columns.findIndex((cards) => cards.includes(card)), row = columns[column].indexOf(card);
  if (key === "ArrowUp" || key === "ArrowDown") return columns[column][row + (key === "ArrowDown" ? 1 : -1)];
  const rest = key === "ArrowRight" ? columns.slice(column + 1) : columns.slice(0, column).reverse();
  const filled = rest.find((cards) => cards.length);
  return filled?.[Math.min(row, filled.length - 1)];
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && carried) return put(null);
  const card = event.target.closest?.("#board [data-card]");
  if (!card || event.ctrlKey || event.metaKey || event.altKey) return;
  const menu = $(".moves", card), steps = all("a, button", menu), here = steps.indexOf(event.target);
  if (event.key.startsWith("Arrow")) {
    event.preventDefault();
    if (menu.contains(event.target) && menu.open) {
      const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      return by && steps[(here + by + steps.length) % steps.length]?.focus();
    }
    const to = beside(card, event.key);
    if (to) focusOn(to);
  } else if (event.key.toLowerCase() === "m" && document.documentElement.dataset.shortcuts !== "off" && !event.shiftKey) {
    event.preventDefault();
    menu.open = !menu.open;
    (menu.open ? steps[0] : $("summary", menu))?.focus();
  } else if (event.key === "Escape" && menu.open) {
    menu.open = false;
    $(".name", card).focus();
  }
});

// Who scrolls to the end of a column meets its next cards. Not before: the first view stays light.
document.addEventListener("scroll", () => {
  for (const link of all("#board .more a:not([data-asked])")) {
    const { top, left, right } = link.getBoundingClientRect();
    if (top < innerHeight && left < innerWidth && right > 0) { link.dataset.asked = ""; link.click(); }
  }
}, { capture: true, passive: true });
