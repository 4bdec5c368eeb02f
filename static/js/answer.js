// Forms of tasks: files go up as soon as they are chosen, with their progress; what was typed is not lost by a slip.
(() => {
  "use strict";
  document.documentElement.classList.add("uploads-live");
  const bar = (form) => form.querySelector("[data-upload-bar]:not([hidden])");

  // a chosen file goes up at once, by the button that is there for who has no scripts
  document.addEventListener("change", (event) => {
    const input = event.target.closest("[data-upload]");
    const field = input && input.closest(".uploads");
    const button = field && field.querySelector("[data-upload-now]");
    if (!button || !input.files.length) return;
    field.querySelector("[data-upload-bar]").hidden = false;
    button.click();
  });

  document.addEventListener("htmx:xhr:progress", (event) => {
    const shown = bar(event.target);
    if (!shown || !event.detail.lengthComputable) return;
    shown.querySelector("progress").value = (100 * event.detail.loaded) / event.detail.total;
  });

  // a refusal (somebody else was quicker) comes as a whole form, with what was typed
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.xhr.status === 409 && event.detail.target.dataset.typed !== undefined) {
      event.detail.shouldSwap = true;
      event.detail.isError = false;
    }
  });

  // leaving with words that were not kept asks first
  let typed = false;
  document.addEventListener("input", (event) => {
    if (event.target.closest("form[data-typed]")) typed = true;
  });
  document.addEventListener("submit", () => { typed = false; });
  addEventListener("beforeunload", (event) => {
    if (typed) event.preventDefault();
  });
})();
