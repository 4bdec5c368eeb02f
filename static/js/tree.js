// The branch tree by keyboard, after the ARIA tree pattern: arrows walk, right opens, left closes.
// Without it every branch is a link and every level opens with its own mark.
(() => {
  "use strict";
  const row = (item) => item.querySelector(":scope > .tree-row");
  const level = (item) => item.querySelector(":scope > details");
  const tree = (part) => part.closest(".tree");
  const above = (item) => item.parentElement.closest(".tree-item");
  const shown = (root) =>
    [...root.querySelectorAll(".tree-item")].filter((item) => {
      for (let up = above(item); up; up = above(up)) if (level(up) && !level(up).open) return false;
      return true;
    });

  let count = 0;
  const dress = (root) => {
    root.setAttribute("role", "tree");
    root.querySelectorAll(".tree-item").forEach((item) => {
      const link = row(item);
      const part = level(item);
      item.setAttribute("role", "none");
      link.setAttribute("role", "treeitem");
      if (!link.hasAttribute("tabindex")) link.tabIndex = -1;
      if (!part) return;
      const list = part.querySelector(":scope > ul");
      list.setAttribute("role", "group");
      list.id = list.id || `tree-level-${(count += 1)}`;
      link.setAttribute("aria-owns", list.id);
      link.setAttribute("aria-expanded", String(part.open));
      const mark = part.querySelector(":scope > summary");
      mark.tabIndex = -1; // the mouse's; the keyboard and readers open from the branch itself
      mark.setAttribute("aria-hidden", "true");
    });
    const rows = [...root.querySelectorAll(".tree-row")];
    if (!rows.some((one) => one.tabIndex === 0)) {
      const first = root.querySelector(".tree-row[aria-current]") || rows[0];
      if (first) first.tabIndex = 0;
    }
  };
  const focus = (item) => {
    if (!item) return;
    tree(item).querySelectorAll(".tree-row").forEach((one) => (one.tabIndex = -1));
    row(item).tabIndex = 0;
    row(item).focus();
  };

  const moves = {
    ArrowDown: (item, list) => focus(list[list.indexOf(item) + 1]),
    ArrowUp: (item, list) => focus(list[list.indexOf(item) - 1]),
    Home: (item, list) => focus(list[0]),
    End: (item, list) => focus(list[list.length - 1]),
    ArrowRight: (item) => {
      const part = level(item);
      if (!part) return;
      if (part.open) focus(part.querySelector(".tree-item"));
      else part.open = true;
    },
    ArrowLeft: (item) => {
      const part = level(item);
      if (part && part.open) part.open = false;
      else focus(above(item));
    },
  };
  document.addEventListener("keydown", (event) => {
    const item = event.target.matches(".tree-row") && event.target.closest(".tree-item");
    if (!item || event.ctrlKey || event.metaKey || event.altKey) return;
    const list = shown(tree(item));
    if (event.key in moves) {
      event.preventDefault();
      event.stopPropagation();
      moves[event.key](item, list);
    }
  });
  document.addEventListener(
    "toggle",
    (event) => {
      const item = event.target.closest(".tree-item");
      if (item && level(item) === event.target) row(item).setAttribute("aria-expanded", String(event.target.open));
    },
    true,
  );

  const arrive = () => document.querySelectorAll(".tree").forEach(dress);
  arrive();
  document.addEventListener("htmx:load", arrive);
})();
