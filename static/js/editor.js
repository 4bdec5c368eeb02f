// The editor of an article: Squire over the form's textarea, which is what is sent. It writes no styles, so that the
// strict CSP holds; what is pasted is cut to the tags that the server keeps. A draft is kept while one types.
(() => {
  "use strict";
  const box = document.querySelector("[data-editor]");
  if (!box || typeof Squire === "undefined" || typeof DOMPurify === "undefined") return;
  const form = box.closest("form");
  const plain = box.querySelector("textarea");
  const format = box.querySelector("[data-format]");
  const tools = box.querySelector("[data-tools]");
  const status = form.querySelector("[data-kept]");
  const say = (words) => { if (status) status.textContent = words; };

  // ---------- what may stand in a text, as lianxue/learning/html.py keeps it ----------
  const TAGS = [
    "p", "br", "h2", "h3", "h4", "strong", "em", "b", "i", "u", "s", "sub", "sup", "hr", "a", "img", "ul", "ol", "li",
    "blockquote", "pre", "code", "figure", "figcaption", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td",
  ];
  const OWN = /^\/learn\/\d+\/files\/\d+\/\?view=1$/;
  const clean = (html) => {
    // a style="…" is refused by the page's own policy even while it is only looked at
    const bare = html.replace(/<(\/?)h1\b/gi, "<$1h2").replace(/<(\/?)h[56]\b/gi, "<$1h4")
      .replace(/\sstyle\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)/gi, "").replace(/<style[\s\S]*?<\/style>/gi, "");
    const part = DOMPurify.sanitize(bare, {
      ALLOWED_TAGS: TAGS,
      ALLOWED_ATTR: ["href", "src", "alt", "colspan", "rowspan", "start"],
      RETURN_DOM_FRAGMENT: true,
    });
    part.querySelectorAll("img").forEach((img) => { if (!OWN.test(img.getAttribute("src") || "")) img.remove(); });
    return document.importNode(part, true);
  };
  const escaped = (text) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const first = format.value === "html"
    ? plain.value
    : plain.value.split("\n").filter((line) => line.trim()).map((line) => `<p>${escaped(line)}</p>`).join("");

  // ---------- the area ----------
  const area = document.createElement("div");
  area.id = `${plain.id}-area`;
  area.className = "rich editor-area";
  area.setAttribute("role", "textbox");
  area.setAttribute("aria-multiline", "true");
  area.setAttribute("aria-labelledby", `${plain.id}-label`);
  const told = plain.getAttribute("aria-describedby");
  if (told) area.setAttribute("aria-describedby", told);
  plain.before(area);
  const editor = new Squire(area, { blockTag: "P", sanitizeToDOMFragment: clean, addLinks: false });
  editor._imageResizer?.destroy(); // its handles are made with styles; pictures have the page's width
  editor.setHTML(first);
  document.documentElement.classList.add("editor-live");
  tools.hidden = false;

  // ---------- kept while one types ----------
  const keeps = form.dataset.keep !== undefined;
  let changed = false, timer = 0, sending = null;
  const write = () => {
    plain.value = editor.getHTML();
    format.value = "html";
  };
  const keep = async () => {
    timer = 0;
    if (!changed || sending || document.querySelector("dialog[open]")) return later();
    write();
    const data = new FormData(form);
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    data.set("go", "auto");
    changed = false;
    say("正在保存……");
    sending = fetch(form.action, { method: "POST", body: data, headers: { Accept: "application/json" } });
    try {
      const answer = await sending;
      const said = answer.headers.get("Content-Type")?.includes("json") ? await answer.json() : {};
      if (answer.ok && said.version) {
        form.elements.version.value = said.version;
        const at = new Date();
        say(`已自动保存 ${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`);
      } else {
        changed = true;
        say(`还没有自动保存：${said.message || "请点“保存草稿”。"}`);
        if (answer.status === 409) stopped = true;
      }
    } catch {
      changed = true;
      say("网络不通，还没有自动保存，请不要关闭这一页。");
      later();
    }
    sending = null;
    if (changed && !stopped) later();
  };
  let stopped = false;
  const later = () => {
    if (keeps && !stopped && !timer && changed) timer = setTimeout(keep, 4000);
  };
  const touched = () => {
    changed = true;
    later();
  };
  editor.addEventListener("input", touched);
  form.addEventListener("input", (event) => { if (!area.contains(event.target) && event.target.name) touched(); });
  form.addEventListener("submit", async (event) => {
    write();
    if (!sending) { changed = false; return; }
    event.preventDefault(); // one save at a time: the next carries the version of the one before
    const button = event.submitter;
    await sending.catch(() => {});
    setTimeout(() => { delete form.dataset.sent; form.requestSubmit(button); }, 0);
  }, true);
  addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });

  // ---------- the tools ----------
  const within = (name) => new RegExp(`(^|>)${name}(\\b|$)`).test(editor.getPath());
  const turn = (to) => editor.modifyBlocks((part) => {
    part.querySelectorAll("p, h2, h3, h4, h5, h6").forEach((block) => {
      if (block.closest("li, td, th")) return;
      const other = document.createElement(to);
      other.append(...block.childNodes);
      block.replaceWith(other);
    });
    return part;
  });
  const act = {
    heading: () => turn(within("H[2-6]") ? "p" : "h2"),
    bold: () => (editor.hasFormat("B") || editor.hasFormat("STRONG") ? unbold() : editor.bold()),
    list: () => (within("UL") ? editor.removeList() : editor.makeUnorderedList()),
    ordered: () => (within("OL") ? editor.removeList() : editor.makeOrderedList()),
    quote: () => (within("BLOCKQUOTE") ? editor.decreaseQuoteLevel() : editor.increaseQuoteLevel()),
    link: () => openLink(),
    picture: () => openPicture(),
    undo: () => editor.undo(),
    redo: () => editor.redo(),
  };
  const unbold = () => {
    editor.changeFormat(null, { tag: "STRONG" });
    editor.removeBold();
  };
  tools.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  tools.addEventListener("click", (event) => {
    const tool = event.target.closest("[data-tool]");
    if (!tool) return;
    act[tool.dataset.tool]();
    if (!document.querySelector("dialog[open]")) editor.focus();
    show();
  });
  const pressed = {
    heading: () => within("H[2-6]"),
    bold: () => editor.hasFormat("B") || editor.hasFormat("STRONG"),
    list: () => within("UL"),
    ordered: () => within("OL"),
    quote: () => within("BLOCKQUOTE"),
    link: () => editor.hasFormat("A"),
  };
  const tool = (name) => tools.querySelector(`[data-tool="${name}"]`);
  const show = () => {
    for (const [name, is] of Object.entries(pressed)) tool(name).setAttribute("aria-pressed", String(is()));
  };
  let undoes = { canUndo: false, canRedo: false };
  const showUndo = () => {
    tool("undo").disabled = !undoes.canUndo;
    tool("redo").disabled = !undoes.canRedo;
  };
  editor.addEventListener("pathChange", show);
  editor.addEventListener("undoStateChange", (event) => {
    undoes = event.detail || event;
    showUndo();
  });
  show();
  showUndo();

  // ---------- a link, a picture: what is asked stands in a dialog ----------
  const refuse = (dialog, words) => {
    const line = dialog.querySelector("[data-refused]");
    line.textContent = words;
    line.hidden = !words;
  };
  const ask = (dialog) => {
    refuse(dialog, "");
    dialog.showModal();
  };
  const linkBox = box.querySelector("dialog[data-link]");
  const address = linkBox.querySelector("input");
  const openLink = () => {
    const at = editor.getSelection().commonAncestorContainer;
    const anchor = (at.nodeType === 1 ? at : at.parentElement).closest("a");
    address.value = anchor && area.contains(anchor) ? anchor.getAttribute("href") : "";
    linkBox.querySelector("[data-undo]").hidden = !anchor;
    ask(linkBox);
  };
  const makeLink = () => {
    let to = address.value.trim();
    if (/^[\w-]+(\.[\w-]+)+/.test(to)) to = `https://${to}`;
    if (!/^(https?:\/\/[^\s<>"]+\.[^\s<>"]+|\/learn\/\d+\/)$/i.test(to)) {
      refuse(linkBox, "网址不完整，请从浏览器的地址栏里复制，以 https:// 或 http:// 开头。");
      return;
    }
    linkBox.close();
    editor.focus().makeLink(to);
  };
  linkBox.querySelector("[data-done]").addEventListener("click", makeLink);
  linkBox.querySelector("[data-undo]").addEventListener("click", () => {
    linkBox.close();
    editor.focus().removeLink();
  });

  const pictureBox = box.querySelector("dialog[data-picture]");
  const [chosen, caption] = pictureBox.querySelectorAll("input");
  const sendingSign = pictureBox.querySelector("[data-sending]");
  const insert = pictureBox.querySelector("[data-done]");
  const openPicture = () => {
    chosen.value = caption.value = "";
    ask(pictureBox);
  };
  // a phone's photograph is made as wide as a page needs; where it was taken goes with that, too
  const WIDEST = 1600;
  const smaller = async (file) => {
    if (!/^image\/(jpeg|png|webp)$/.test(file.type)) return file;
    try {
      const image = await createImageBitmap(file);
      const scale = Math.min(1, WIDEST / Math.max(image.width, image.height));
      if (scale === 1 && file.type !== "image/jpeg") return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(image.width * scale);
      canvas.height = Math.round(image.height * scale);
      canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
      const blob = await new Promise((done) => canvas.toBlob(done, file.type, 0.85));
      return blob ? new File([blob], file.name, { type: blob.type }) : file;
    } catch {
      return file; // what the browser can't read, the server decides about
    }
  };
  const send = (file, words) => new Promise((done, fail) => {
    const data = new FormData();
    data.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    data.set("caption", words);
    data.set("file", file, file.name || "图片.png");
    const call = new XMLHttpRequest();
    call.open("POST", box.dataset.pictures);
    call.responseType = "json";
    call.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) sendingSign.querySelector("progress").value = (100 * event.loaded) / event.total;
    });
    call.addEventListener("load", () => (call.status === 201
      ? done(call.response)
      : fail(new Error(call.response?.message || "图片没有上传，请再试一次。"))));
    call.addEventListener("error", () => fail(new Error("网络不通，请检查后再试。")));
    call.send(data);
  });
  const put = async (file, words) => {
    sendingSign.hidden = false;
    insert.disabled = true;
    try {
      const kept = await send(await smaller(file), words);
      pictureBox.close();
      editor.focus().insertImage(kept.address, { alt: words });
      touched();
    } finally {
      sendingSign.hidden = true;
      sendingSign.querySelector("progress").value = 0;
      insert.disabled = false;
    }
  };
  const insertPicture = () => {
    refuse(pictureBox, "");
    if (!chosen.files.length) refuse(pictureBox, "请选择一张图片。");
    else put(chosen.files[0], caption.value.trim()).catch((error) => refuse(pictureBox, error.message));
  };
  insert.addEventListener("click", insertPicture);
  editor.addEventListener("pasteImage", (event) => {
    const data = (event.detail || event).clipboardData;
    const item = [...(data?.items || [])].find((one) => one.type.startsWith("image/"));
    const file = item?.getAsFile();
    if (!file || !box.dataset.pictures) return;
    say("正在上传图片……");
    put(file, "").then(() => say("图片已插入。")).catch((error) => say(error.message));
  });
  // Enter in a dialog is its button, not the form's
  for (const [dialog, done] of [[linkBox, makeLink], [pictureBox, insertPicture]]) {
    dialog.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.target.tagName === "BUTTON") return;
      event.preventDefault();
      done();
    });
  }
})();
