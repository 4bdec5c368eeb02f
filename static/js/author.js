// A form whose answer takes a while says so as soon as it is sent.
(() => {
  "use strict";
  document.addEventListener("submit", (event) => {
    const sign = !event.defaultPrevented && event.target.querySelector("[data-working]");
    if (sign && event.target.dataset.busy !== undefined) sign.hidden = false;
  });
  addEventListener("pageshow", () =>
    document.querySelectorAll("[data-working]").forEach((sign) => { sign.hidden = true; }),
  );
})();
