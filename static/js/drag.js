// Drag a branch onto another in the console's tree; the dialog asks before the form is sent.
// With a phone or a keyboard the same move is made on the branch's own page.
(() => {
  "use strict";
  let dragged = null;
  const place = (event) => {
    const row = dragged && event.target.closest("[data-drop]");
    return row && !dragged.contains(row) ? row : null;
  };
  const unmark = () =>
    document.querySelectorAll(".is-target, .is-dragged").forEach((part) => part.classList.remove("is-target", "is-dragged"));

  document.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("[data-drag]");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged.dataset.drag);
    dragged.classList.add("is-dragged");
  });
  document.addEventListener("dragover", (event) => {
    const row = place(event);
    document.querySelectorAll(".is-target").forEach((part) => part !== row && part.classList.remove("is-target"));
    if (!row) return;
    event.preventDefault();
    row.classList.add("is-target");
  });
  document.addEventListener("drop", (event) => {
    const row = place(event);
    const dialog = document.querySelector("dialog[data-move]");
    if (!row || !dialog) return;
    event.preventDefault();
    const name = (part) => part.querySelector(".tree-words > span").textContent;
    dialog.querySelector("[data-moved]").value = dragged.dataset.drag;
    dialog.querySelector("[data-target]").value = row.dataset.drop;
    dialog.querySelector("[data-move-words]").textContent = `把“${name(dragged)}”和它的下级移到“${name(row)}”下面。`;
    dialog.showModal();
  });
  document.addEventListener("dragend", () => {
    unmark();
    dragged = null;
  });
})();
