// The console works without this file; it only spares people annoyances.
(() => {
  "use strict";

  // A session ends after some hours: what was typed must survive signing in again in this tab.
  const PREFIX = "desk draft ";

  for (const done of document.querySelectorAll("[data-draft-done]")) {
    sessionStorage.removeItem(PREFIX + done.dataset.draftDone);
  }
  for (const field of document.querySelectorAll("[data-draft]")) {
    const key = PREFIX + field.dataset.draft;
    if (!field.value) field.value = sessionStorage.getItem(key) || "";
    field.addEventListener("input", () => sessionStorage.setItem(key, field.value));
  }
  for (const form of document.querySelectorAll("[data-sign-out]")) {
    form.addEventListener("submit", () => {
      for (const key of Object.keys(sessionStorage)) {
        if (key.startsWith(PREFIX)) sessionStorage.removeItem(key);
      }
    });
  }

  // A double click must not send a reply twice.
  for (const form of document.querySelectorAll("form[method=post]")) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
    });
  }
  addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
  });

  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => print());
  }

  // htmx leaves the old content in place when a request fails; say so.
  const trouble = document.getElementById("trouble");
  const tell = (failed) => () => { if (trouble) trouble.hidden = !failed; };
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, tell(true));
  }
  document.body.addEventListener("htmx:afterSwap", tell(false));
})();
