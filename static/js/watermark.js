// Puts the viewer's mark back when it is taken off the page. The mark behind the cards needs no script.
(() => {
  "use strict";
  const root = document.documentElement;
  const layer = document.querySelector("body > .watermark");
  const line = document.querySelector("body > .watermark-line");
  const sheets = [...document.head.querySelectorAll('link[rel="stylesheet"]')];
  if (!layer) return;
  const kept = [layer, line].filter(Boolean).map((part) => part.cloneNode(true));

  const watch = new MutationObserver(() => mend());
  const look = () => {
    watch.observe(root, { attributes: true, attributeFilter: ["data-watermark", "style"] });
    watch.observe(document.head, { childList: true });
    watch.observe(document.body, { childList: true });
    document.querySelectorAll("body > .watermark").forEach((part) =>
      watch.observe(part, { attributes: true, childList: true, characterData: true, subtree: true }),
    );
  };
  const mend = () => {
    watch.disconnect();
    if (!root.hasAttribute("data-watermark")) root.setAttribute("data-watermark", "");
    sheets.forEach((sheet) => {
      if (!sheet.isConnected) document.head.append(sheet);
    });
    kept.forEach((model) => {
      const there = document.querySelector(`body > .${model.classList[0]}`);
      if (there?.isEqualNode(model)) return;
      there?.remove();
      document.body.append(model.cloneNode(true));
    });
    look();
  };
  look();
})();
