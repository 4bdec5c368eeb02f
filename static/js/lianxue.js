// Small helps over pages that work without them. One listener a kind, so that loaded parts have them too.
(() => {
  "use strict";
  const root = document.documentElement;
  root.classList.add("js");

  // --- dialogs and sheets: <details data-ask> opens as a native dialog ---
  const opened = new WeakMap();
  document.addEventListener("click", (event) => {
    const summary = event.target.closest("details[data-ask] > summary");
    if (!summary || typeof HTMLDialogElement === "undefined") return;
    event.preventDefault();
    const details = summary.parentElement;
    let dialog = opened.get(details);
    if (!dialog) {
      dialog = document.createElement("dialog");
      dialog.className = `dialog dialog-${details.dataset.ask}`;
      const panel = details.querySelector(".ask-panel");
      const title = panel.querySelector(".ask-title");
      if (title) dialog.setAttribute("aria-label", title.textContent);
      dialog.append(panel);
      details.after(dialog);
      opened.set(details, dialog);
    }
    dialog.showModal();
  });

  // a tap beside a dialog, or on its 取消, closes it
  document.addEventListener("click", (event) => {
    if (event.target.matches("dialog")) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right &&
        event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside && event.detail) event.target.close();
    } else if (event.target.closest("dialog [data-close]")) {
      event.target.closest("dialog").close();
    }
  });

  // --- the six boxes of a code ---
  const paint = (input) => {
    const digits = input.value.normalize("NFKC").replace(/\D/g, "").slice(0, 6);
    if (digits !== input.value) input.value = digits;
    input.parentElement.querySelectorAll(".code-boxes span").forEach((box, at) => {
      box.classList.toggle("is-filled", at < digits.length);
      box.classList.toggle("is-next", at === Math.min(digits.length, 5));
    });
    input.scrollLeft = 0;
  };
  document.addEventListener("input", (event) => {
    if (event.target.closest("[data-code]")) paint(event.target);
  });

  // --- copy a link; choose the whole of a read-only field ---
  document.addEventListener("click", async (event) => {
    const field = event.target.closest("[data-select]");
    if (field) field.select();
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = document.getElementById(button.dataset.copy);
    source.select();
    try {
      await navigator.clipboard.writeText(source.value);
    } catch {
      document.execCommand("copy"); // plain http: the older way
    }
    button.querySelector("span").textContent = button.dataset.done;
  });

  // --- a filter's choice applies at once ---
  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-filters]");
    if (form && event.target.matches("select")) form.requestSubmit();
  });

  // --- a form sent twice by a double tap goes once ---
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
  addEventListener("pageshow", () =>
    document.querySelectorAll("form[data-sent]").forEach((form) => delete form.dataset.sent),
  );

  // --- on arrival, and in every part that htmx brings ---
  const countdown = (box) => {
    const number = box.querySelector("[data-seconds]");
    const button = box.parentElement.querySelector("[data-after-countdown]");
    const end = Date.now() + Number(box.dataset.countdown) * 1000;
    if (button) button.hidden = true;
    const tick = () => {
      const left = Math.ceil((end - Date.now()) / 1000);
      if (left > 0) {
        number.textContent = left;
        setTimeout(tick, 250);
      } else {
        box.remove();
        if (button) button.hidden = false;
      }
    };
    tick();
  };
  const arrive = (part) => {
    part.querySelectorAll("[data-code] input").forEach((input) => {
      input.removeAttribute("maxlength"); // a pasted message is longer; paint() keeps its digits
      paint(input);
    });
    part.querySelectorAll("[data-countdown]").forEach(countdown);
    part.querySelectorAll("[data-focus]").forEach((box) => box.focus());
    part.querySelectorAll("[data-toast]").forEach((toast) => setTimeout(() => toast.remove(), 6000));
  };
  const say = (words) => {
    const toast = document.createElement("p");
    toast.className = "toast";
    toast.textContent = words;
    document.querySelector(".toasts")?.append(toast);
    setTimeout(() => toast.remove(), 6000);
  };
  document.addEventListener("htmx:sendError", () => say("网络不通，请检查后再试。"));
  document.addEventListener("htmx:responseError", () => say("没有打开，请刷新页面再试。"));

  arrive(document);
  document.addEventListener("htmx:load", (event) => {
    if (event.detail.elt !== document.body) arrive(event.detail.elt);
  });

  if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
})();
