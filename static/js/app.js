/* Theme, keys, dialogs and focus. Everything works without this file. */
(() => {
  "use strict";
  const root = document.documentElement;
  const kept = { get: () => { try { return localStorage.getItem("theme"); } catch { return null; } },
                 set: (theme) => { try { localStorage.setItem("theme", theme); } catch { /* private window */ } } };
  const dark = () => (root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  root.classList.add("js");
  if (kept.get()) root.dataset.theme = kept.get();

  const focusOn = (element) => element && element.focus({ preventScroll: false });
  const announce = (text) => {
    const message = document.createElement("div");
    message.className = "message error";
    message.append(Object.assign(document.createElement("p"), { textContent: text }));
    document.getElementById("status").replaceChildren(message);
  };

  const failure = (status) => {
    if (status === 503) return "The database or the server cannot be reached. Your entries are still here; try again in a moment.";
    if (status >= 500) return "That did not work. Reload to see whether it was taken.";
    if (status === 404) return "This is gone, or no longer among what you see.";
    return "That did not work. Nothing was changed. Reload the page and try again.";
  };
  // A turned page begins at its top, for the eyes and for the keyboard.
  const turned = (results) => {
    results.tabIndex = -1;
    results.focus({ preventScroll: true });
    results.scrollIntoView({ behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  };
  // A page out of the browser's back-forward cache may be older than the last move.
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-dialog]");
    if (opener) document.getElementById(opener.dataset.dialog).showModal();
    if (event.target.closest("[data-theme-switch]")) {
      root.dataset.theme = dark() ? "light" : "dark";
      kept.set(root.dataset.theme);
    }
  });

  let going = 0;
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, select, textarea, dialog[open], [contenteditable]")) return;
    const key = event.key.toLowerCase();
    if (going && Date.now() - going < 1500) {
      going = 0;
      const link = document.querySelector(`nav [data-key="${CSS.escape(key)}"]`);
      if (link) { event.preventDefault(); link.click(); }
    } else if (key === "g") {
      going = Date.now();
    } else if (key === "?") {
      document.getElementById("keys")?.showModal();
    } else if (key === "/") {
      event.preventDefault();
      const search = document.querySelector("input[type=search]");
      const leads = document.querySelector('nav [data-key="l"]');
      if (search) search.select();
      else if (leads) location.href = `${leads.href}#id_q`;
    }
  });

  document.addEventListener("DOMContentLoaded", () => {
    if (location.hash === "#id_q") focusOn(document.getElementById("id_q"));
    else focusOn(document.querySelector("[data-focus]"));
    // After a swap: an error takes the focus, else what was said about the move.
    document.body.addEventListener("htmx:afterSettle", (event) => {
      const { target, requestConfig } = event.detail;
      if (target?.id === "results" && requestConfig?.elt.matches(".pager a")) turned(document.getElementById("results"));
      if (target?.id !== "lead") return;
      focusOn(document.querySelector("#lead [data-focus]") || document.querySelector("#status [data-focus]") || document.querySelector("h1"));
    });
    document.body.addEventListener("htmx:beforeSwap", (event) => {
      const { xhr } = event.detail;
      if (new URL(xhr.responseURL || location.href).pathname.startsWith("/accounts/login")) {
        event.detail.shouldSwap = false;
        location.reload();
      } else if (event.detail.shouldSwap && xhr.status >= 400 && xhr.getResponseHeader("HX-Part") === null) {
        event.detail.shouldSwap = false;
        announce("That did not work. Reload the page and try again.");
      }
    });
    document.body.addEventListener("htmx:responseError", (event) => announce(failure(event.detail.xhr.status)));
    document.body.addEventListener("htmx:sendError", () => announce(failure(503)));
  });
})();
