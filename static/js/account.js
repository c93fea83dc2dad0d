/* What a passkey that did not work says; without this, allauth's script only tells the console. */
document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  const said = document.getElementById("said-passkey");
  const toast = document.createElement("div");
  toast.className = "toast error";
  toast.append(Object.assign(document.createElement("p"), { textContent: said ? said.content.textContent : String(event.detail.exception) }));
  document.getElementById("status").replaceChildren(toast);
});
