/* Focus, keys, messages, theme, palette. Every page works without this file.

   What a page says for it, in attributes:
   data-go="l"       this link is gone to by G, then L          data-hotkey="a"  this is pressed by A
   data-rows, data-row   a list and its rows (each with an id) that J, K and X move over; a row that goes gives its
                         focus to the next                       data-select      the checkbox of a row
   data-rowkey="a"   inside a row: pressed by A while the focus is in that row; data-ask: what Esc empties there
   data-focus        takes the focus when it appears (an error, else the first field)
   data-dialog="id"  opens that dialog
   main data-lead    the lead this page is about                 data-undo        the undo of a message, pressed by Z */
const root = document.documentElement;
const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const status = $("#status");

// Theme: a cookie, so that the server draws the next page in it at once.
const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
function switchTheme() {
  root.dataset.theme = dark() ? "light" : "dark";
  document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
}

// Messages go by themselves, those with an undo later, none while it is pointed at or has the focus.
const said = (name) => $(`#said-${name}`)?.innerHTML ?? "";
function timeToasts() {
  for (const toast of all("[data-toast]:not([data-timed])")) {
    toast.dataset.timed = "";
    if (toast.classList.contains("error")) continue;
    const go = () => (toast.matches(":hover, :focus-within") ? setTimeout(go, 5_000) : toast.remove());
    setTimeout(go, $("[data-undo]", toast) ? 60_000 : 12_000);
  }
}
function announce(name) {
  const toast = document.createElement("div");
  toast.className = "toast error";
  toast.dataset.toast = "";
  toast.innerHTML = `<p>${said(name)}</p><button type="button" class="quiet small icon" data-close aria-label="${said("close")}">×</button>`;
  status.replaceChildren(toast);
}

// Focus.
const focusOn = (element) => {
  if (!element) return false;
  if (element.tabIndex < 0 && !element.hasAttribute("tabindex")) element.tabIndex = -1;
  element.focus();
  return true;
};
const rowOf = (element) => element?.closest?.("[data-rows] [data-row]") ?? null;
const rows = () => all("[data-rows] [data-row]");
const focusRow = (row) => row && (focusOn($("[data-open]", row) || $("a[href], button, summary, input", row) || row), row.scrollIntoView({ block: "nearest" }));
let left = null; // the row that the request came from
// An error takes the focus; a row that went gives it to the next; else what was said; else the heading of a new page.
function settle({ target }) {
  const shown = target?.isConnected ? target : document.getElementById(target?.id ?? "");
  timeToasts();
  if (shown?.closest("#palette-found")) return;
  if (focusOn(shown && (shown.matches("[data-focus]") ? shown : $("[data-focus]", shown)))) return;
  if (left) {
    const { id, at } = left;
    left = null;
    if (document.activeElement && document.activeElement !== document.body) return; // it is still where somebody works
    const row = document.getElementById(id) ?? rows()[Math.min(at, rows().length - 1)];
    if (row) return focusRow(row);
  }
  const news = $("[data-focus]:not([data-seen])", status);
  if (news) news.dataset.seen = "";
  if (shown?.id === "main" || shown?.id === "lead") return focusOn(news) || focusOn($("h1"));
  if (!document.activeElement || document.activeElement === document.body) focusOn(news);
}

// Palette. Enter pressed before the answer is here waits for it, so that nobody opens what stood there before.
const palette = $("#palette");
const finder = palette && (() => {
  const input = $("#palette-q"), found = $("#palette-found"), lead = $("#palette-lead"), of = $("#palette-of");
  let shown = null, wanted = false, before = "";
  const options = () => all("[role=option]", found);
  const active = () => $("[aria-selected=true]", found);
  const select = (option) => {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    option ? input.setAttribute("aria-activedescendant", option.id) : input.removeAttribute("aria-activedescendant");
  };
  const step = (by) => {
    const list = options();
    if (list.length) select(list[(list.indexOf(active()) + by + list.length) % list.length]);
  };
  const look = (lead, words) => {
    [of.value, input.value, shown] = [lead, words, null];
    htmx.trigger(input, "look");
  };
  const choose = () => (shown === input.value ? active()?.click() : (wanted = true));
  const into = () => {
    const option = shown === input.value && !of.value && active();
    if (!option?.dataset.lead) return false;
    before = input.value;
    look(option.dataset.lead, "");
    return true;
  };
  const back = () => of.value && !input.value && (look("", before), true);
  input.addEventListener("keydown", (event) => {
    const end = input.selectionStart === input.value.length;
    const done = {
      ArrowDown: () => (step(1), true), ArrowUp: () => (step(-1), true), Enter: () => (choose(), true),
      ArrowRight: () => end && into(), Tab: () => !event.shiftKey && into(), ArrowLeft: back, Backspace: back,
    }[event.key]?.();
    if (done) event.preventDefault();
  });
  found.addEventListener("mousemove", (event) => select(event.target.closest("[role=option]") ?? active()));
  document.body.addEventListener("htmx:afterSwap", (event) => {
    if (event.target !== found) return;
    shown = event.detail.requestConfig.parameters.q ?? "";
    select(options()[0]);
    if (wanted && shown === input.value) { wanted = false; active()?.click(); }
  });
  return () => {
    if (palette.open) return;
    for (const dialog of all("dialog[open]")) dialog.close();
    palette.showModal();
    lead.value = $("main").dataset.lead ?? "";
    wanted = false;
    look("", "");
    input.focus();
  };
})();

// Keys.
const seen = (element) => element && !element.disabled && element.checkVisibility();
let going = 0, ahead = [];
function typedAhead(failed) {
  const keys = failed ? [] : ahead;
  ahead = [];
  keys.forEach(press);
}
function press(key) {
  if (going && Date.now() - going < 1500) {
    going = 0;
    return $(`[data-go="${CSS.escape(key)}"]`)?.click() ?? true;
  }
  const row = rowOf(document.activeElement);
  if (row && $(".htmx-request", row)) return ahead.push(key); // typed ahead of the answer
  const inRow = row && all(`[data-rowkey="${CSS.escape(key)}"]`, row).findLast((element) => !element.disabled); // of a closed menu too
  if (inRow) return inRow.click() ?? true;
  const button = all(`[data-hotkey="${CSS.escape(key)}"]`).find(seen);
  if (button) {
    rowOf(button) || button.focus();
    return button.click() ?? true;
  }
  const list = rows(), here = list.indexOf(rowOf(document.activeElement));
  const does = {
    g: () => { going = Date.now(); },
    z: () => all("[data-undo]", status).at(-1)?.click(),
    "?": () => $("#keys")?.showModal(),
    "/": () => { const search = all("main input[type=search]").find(seen); search ? search.select() : finder?.(); },
    j: () => focusRow(list[Math.min(here + 1, list.length - 1)]),
    k: () => focusRow(list[Math.max(here - 1, 0)]),
    x: () => list[here] && $("[data-select]", list[here])?.click(),
  }[key];
  return does && (does() ?? true);
}
document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k" && finder) {
    event.preventDefault();
    return finder();
  }
  const row = event.key === "Escape" && rowOf(event.target), asked = row && $("[data-ask]", row);
  if (asked && asked.hasChildNodes()) { asked.replaceChildren(); focusRow(row); }
  if (event.key === "Escape") for (const menu of all("[data-menu][open]")) { menu.open = false; $("summary", menu).focus(); }
  if (event.ctrlKey || event.metaKey || event.altKey || root.dataset.shortcuts === "off") return;
  // A field of a dialog just closed keeps the focus until the browser next draws: what is not seen takes no key.
  if (seen(event.target.closest("input:not([type=checkbox], [type=radio]), select, textarea, dialog[open], [contenteditable]"))) return;
  if (press(event.key.length === 1 ? event.key.toLowerCase() : event.key)) event.preventDefault();
});

document.addEventListener("click", (event) => {
  const { target } = event;
  const opener = target.closest("[data-dialog]");
  if (opener) { opener.closest("[popover]")?.hidePopover(); document.getElementById(opener.dataset.dialog).showModal(); }
  if (target.closest("[data-theme-switch]")) switchTheme();
  if (target.closest("[data-close]")) target.closest("[data-toast]").remove();
  if (target.closest("[data-palette]") && finder && !event.ctrlKey && !event.metaKey) { event.preventDefault(); finder(); }
  for (const menu of all("[data-menu][open]")) if (!menu.contains(target)) menu.open = false;
});
document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-shortcuts-form]");
  if (!form) return;
  root.dataset.shortcuts = event.target.checked ? "on" : "off";
  fetch(form.action, { method: "POST", body: new FormData(form) }).then((answer) => answer.ok || announce("broken"), () => announce("away"));
});

// A page out of the browser's back-forward cache may be older than the last move.
addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });
if (location.hash === "#id_q") focusOn($("#id_q"));
else focusOn($("[data-focus]"));
timeToasts();

// What asks by itself every minute moves no focus.
const polls = (config) => config?.elt.getAttribute("hx-trigger")?.includes("every");
let settled = null;
document.body.addEventListener("htmx:afterSettle", (event) => {
  if (settled === event.detail.xhr) return;
  settled = event.detail.xhr;
  if (!polls(event.detail.requestConfig)) settle(event.detail);
});
// Settling waits for nothing (htmx-config of base.html), so that by now the answer is on the page and no row is busy.
document.body.addEventListener("htmx:afterRequest", (event) => typedAhead(!event.detail.successful));
document.body.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, requestConfig } = event.detail;
  const lapsed = new URL(xhr.responseURL || location.href).pathname.startsWith("/accounts/login");
  if (polls(requestConfig)) { event.detail.shouldSwap &&= !lapsed; return; } // what somebody types stays
  const row = rowOf(requestConfig.elt) ?? rowOf(document.activeElement);
  left = row && { id: row.id, at: rows().indexOf(row) };
  if (lapsed) {
    event.detail.shouldSwap = false;
    location.reload();
  } else if (event.detail.shouldSwap && xhr.status >= 400 && xhr.getResponseHeader("HX-Part") === null) {
    event.detail.shouldSwap = false;
    announce("refused");
  }
});
const failure = (code) => (code === 503 ? "away" : code >= 500 ? "broken" : code === 404 ? "gone" : "refused");
document.body.addEventListener("htmx:responseError", (event) => announce(failure(event.detail.xhr.status)));
document.body.addEventListener("htmx:sendError", () => announce("away"));
