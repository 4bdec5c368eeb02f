// The console's table: ticking rows by mouse and keyboard. Without it the boxes and buttons work alone.
(() => {
  "use strict";
  const all = (selector, part = document) => [...part.querySelectorAll(selector)];
  const form = () => document.querySelector("form[data-picks]");
  const boxes = () => (form() ? all("[data-pick]", form()) : []);
  const rows = () => (form() ? all("[data-row]", form()) : []);
  let last = null; // the box ticked last, where a range with Shift begins

  const show = () => {
    const here = form();
    const bar = here && here.querySelector("[data-pick-bar]");
    if (!bar) return;
    const ticked = boxes().filter((box) => box.checked).length;
    const everybody = bar.querySelector("[data-pick-all]");
    const whole = Boolean(everybody && everybody.checked);
    const page = here.querySelector("[data-pick-page]");
    if (page) {
      page.checked = whole || (ticked > 0 && ticked === boxes().length);
      page.indeterminate = !page.checked && ticked > 0;
    }
    bar.classList.toggle("is-idle", !ticked && !whole);
    bar.classList.toggle("is-whole", whole);
    const words = bar.querySelector("[data-pick-words]");
    const count = whole ? everybody.dataset.total : ticked;
    const text = count ? `已选择 ${count} ${words.dataset.unit}` : "勾选后可以一起处理";
    if (words.textContent !== text) words.textContent = text;
  };
  const tick = (box, on) => {
    box.checked = on;
    const everybody = document.querySelector("[data-pick-all]");
    if (!on && everybody) everybody.checked = false;
  };
  const tickAll = (on) => {
    boxes().forEach((box) => tick(box, on));
    show();
  };

  document.addEventListener("click", (event) => {
    const box = event.target.closest("[data-pick]");
    if (box) {
      const list = boxes();
      if (event.shiftKey && last && list.includes(last)) {
        const [from, to] = [list.indexOf(last), list.indexOf(box)].sort((a, b) => a - b);
        list.slice(from, to + 1).forEach((one) => tick(one, box.checked));
      }
      last = box;
    } else if (event.target.closest("[data-pick-none]")) tickAll(false);
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-pick-page]")) tickAll(event.target.checked);
    else if (event.target.matches("[data-pick-all]")) tickAll(event.target.checked);
    else if (event.target.matches("[data-pick]")) {
      tick(event.target, event.target.checked);
      show();
    }
  });

  // --- keys; never while somebody types, chooses or answers a dialog ---
  const typing = (part) =>
    part.closest("textarea, select, [contenteditable], dialog[open]") ||
    part.closest("input:not([type='checkbox'])") ||
    document.querySelector("dialog[open]");
  const current = () => document.activeElement && document.activeElement.closest("[data-row]");
  const reach = (row) => {
    const part = row.querySelector("[data-pick]") || row.querySelector("a");
    part.focus({ focusVisible: true });
    row.scrollIntoView({ block: "nearest" });
  };
  const step = (by) => {
    const list = rows();
    if (!list.length) return;
    const at = list.indexOf(current());
    reach(list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)]);
  };
  const keys = {
    "/": () => {
      const field = document.querySelector("[data-members] input[type='search']");
      if (field) field.select();
    },
    j: () => step(1),
    k: () => step(-1),
    x: () => {
      const box = current() && current().querySelector("[data-pick]");
      if (box) box.click();
    },
    Enter: () => {
      const link = current() && current().querySelector("a");
      if (link) link.click();
    },
    Escape: () => tickAll(false),
    "?": () => {
      const summary = document.querySelector("[data-keys] > summary");
      if (summary) summary.click();
    },
  };
  const arrows = { ArrowDown: "j", ArrowUp: "k" };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    const inTable = Boolean(event.target.closest("[data-row]"));
    let key = event.key;
    if (key in arrows) {
      if (!inTable) return; // elsewhere the arrows scroll
      key = arrows[key];
    }
    if (key === "Enter" && !event.target.matches("[data-pick]")) return; // a link or button has its own
    if (!(key in keys) || !document.querySelector("[data-members]")) return;
    event.preventDefault();
    keys[key]();
  });

  // --- an act on thousands takes some seconds: its button says so ---
  document.addEventListener("submit", (event) => {
    const button = event.submitter && event.submitter.closest("[data-busy] button");
    if (!button || event.defaultPrevented) return;
    setTimeout(() => {
      button.dataset.words = button.textContent;
      button.textContent = button.closest("[data-busy]").dataset.busy;
      button.setAttribute("aria-busy", "true");
    });
  });
  addEventListener("pageshow", () =>
    all("[data-busy] button[data-words]").forEach((button) => {
      button.textContent = button.dataset.words; // back again from a page that was left
      button.removeAttribute("aria-busy");
    }),
  );

  // --- what came is another page (signed out meanwhile): go there whole ---
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { target, xhr } = event.detail;
    if (target.id !== "members" || xhr.responseText.includes('id="members"')) return;
    event.detail.shouldSwap = false;
    location.reload();
  });

  // --- on arrival, when the browser brings ticks back, and in every part that htmx brings ---
  const arrive = () => {
    last = null;
    show();
  };
  arrive();
  addEventListener("pageshow", arrive);
  document.addEventListener("htmx:load", arrive);
})();
