/* One lead's page: forms that open at a key take the focus, Esc closes them, and what is typed outlives a swap.
   Everything works without this file.

   data-opens   a <details> with a form in it          data-first     what takes the focus there, else the first field
   data-press   a link that opens a part of the page   data-mentions  a text in which @ offers colleagues */
const $ = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const page = () => $("#lead");
const FIELDS = "select, textarea, input:not([type=hidden])";

// Opening and closing.
// At once and not at the toggle event, which comes later: what is typed right after the key belongs in the form.
document.addEventListener("click", (event) => {
  const details = event.target.closest("[data-opens] > summary")?.parentElement;
  if (!details || details.open) return;
  event.preventDefault();
  details.open = true;
  ($("[data-first]", details) ?? $(FIELDS, details))?.focus();
});
const close = (details) => { details.open = false; $("summary", details).focus(); };

document.addEventListener("keydown", (event) => {
  const form = event.target.closest?.("#lead form.form");
  const details = event.target.closest?.("#lead [data-opens][open]");
  if (event.key === "Escape" && details && !mentions.close()) {
    // From a text first to the buttons beside it, so that a digit says what came of it.
    const next = event.target.matches("textarea") && $("[data-first]", details);
    next ? next.focus() : close(details);
    event.preventDefault();
  } else if (form && event.key === "Enter" && (event.target.matches("select") || ((event.ctrlKey || event.metaKey) && event.target.matches("textarea")))) {
    event.preventDefault();
    form.requestSubmit($("button.primary", form) ?? $("button[type=submit]", form));
  } else if (form && event.altKey && /^Digit[1-9]$/.test(event.code)) {
    const button = all("[data-hotkey]", form)[event.code.slice(5) - 1];
    if (button) { event.preventDefault(); button.click(); }
  }
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-press]");
  const summary = link && $(link.dataset.press);
  if (!summary) return;
  event.preventDefault();
  summary.parentElement.open ? summary.focus() : summary.click();
});

// What somebody has typed in another form than the one that was sent survives the swap of the page.
let typed = [];
document.body.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target?.id !== "lead") return;
  // Of one name only one may be open, and while both pages are there the new one's would be closed.
  for (const details of all("details[name]", page())) details.removeAttribute("name");
  const sent = detail.requestConfig.elt.closest("form");
  typed = all(FIELDS, page())
    .filter((field) => field.id && field.form !== sent && (field.matches("select") ? !field.selectedOptions[0]?.defaultSelected && field.selectedIndex > 0 : field.value !== field.defaultValue))
    .map((field) => ({ id: field.id, value: field.value, open: field.closest("[data-opens]")?.open }));
});
document.body.addEventListener("htmx:afterSwap", () => {
  for (const { id, value, open } of typed) {
    const field = document.getElementById(id);
    if (!field || (field.matches("select") ? field.selectedIndex > 0 : field.value !== field.defaultValue)) continue;
    field.value = value;
    const details = field.closest("[data-opens]");
    if (open && details && !(details.name && $(`[data-opens][name="${details.name}"][open]`))) details.open = true;
  }
  typed = [];
});
// The leads beside this one were worked out when the page came; the address keeps them while it is worked on.
document.body.addEventListener("htmx:afterSettle", ({ detail }) => { if (detail.target?.id === "lead") mentions.close(); });

// @ and the beginning of a name offers the colleagues who see this lead.
const mentions = (() => {
  let list = null, field = null, from = 0, asked = 0;
  const options = () => all("[role=option]", list);
  const close = () => {
    if (!list) return false;
    list.remove();
    field.removeAttribute("aria-activedescendant");
    field.setAttribute("aria-expanded", "false");
    list = null;
    return true;
  };
  const choose = (option) => {
    field.setRangeText(`@${option.dataset.username} `, from, field.selectionStart, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.focus();
    close();
  };
  const select = (by) => {
    const among = options(), now = among.findIndex((one) => one.ariaSelected === "true");
    const next = among[(now + by + among.length) % among.length];
    for (const one of among) one.ariaSelected = String(one === next);
    field.setAttribute("aria-activedescendant", next.id);
  };
  const show = (people) => {
    close();
    if (!people.length) return;
    list = Object.assign(document.createElement("ul"), { id: "mentions", className: "mentions" });
    list.setAttribute("role", "listbox");
    people.forEach(({ username, name }, at) => {
      const option = Object.assign(document.createElement("li"), { id: `mention-${at}`, textContent: `${name} ` });
      option.append(Object.assign(document.createElement("small"), { textContent: `@${username}` }));
      option.setAttribute("role", "option");
      option.dataset.username = username;
      option.addEventListener("mousedown", (event) => { event.preventDefault(); choose(option); });
      list.append(option);
    });
    field.after(list);
    field.setAttribute("aria-controls", "mentions");
    field.setAttribute("aria-expanded", "true");
    select(1);
  };
  document.addEventListener("input", async ({ target }) => {
    if (!target.matches?.("[data-mentions]")) return;
    const word = /(?:^|[^\w.@])@([\p{L}\p{M}\w.+-]*)$/u.exec(target.value.slice(0, target.selectionStart));
    if (!word?.[1]) return close();
    const turn = ++asked;
    const answer = await fetch(`/leads/${$("main").dataset.lead}/colleagues/?q=${encodeURIComponent(word[1])}`).catch(() => null);
    if (turn !== asked || !answer?.ok) return;
    [field, from] = [target, target.selectionStart - word[1].length - 1];
    show((await answer.json()).people);
  });
  document.addEventListener("keydown", (event) => {
    if (!list || event.target !== field) return;
    const does = { ArrowDown: () => select(1), ArrowUp: () => select(-1), Enter: () => choose($("[aria-selected=true]", list)), Tab: () => choose($("[aria-selected=true]", list)) }[event.key];
    if (!does || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    does();
  }, true);
  document.addEventListener("focusout", ({ target }) => target === field && close());
  return { close };
})();
