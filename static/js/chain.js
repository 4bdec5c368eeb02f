// 转发: the phone's own sharing, where it has one.
(() => {
  "use strict";
  if (!navigator.share) return;
  document.querySelectorAll("[data-share-row]").forEach((row) => (row.hidden = false));
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-share]");
    if (!button) return;
    navigator
      .share({ title: button.dataset.shareTitle, url: button.dataset.share })
      .catch(() => {});
  });
})();
