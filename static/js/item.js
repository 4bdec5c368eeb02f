// An item of the library: a recording reports what was really played, an article how far it was read.
// The page works without: texts are read, recordings play, 读完了 is a button.
(() => {
  "use strict";
  const form = document.querySelector("[data-report]");
  const state = document.getElementById("item-state");
  if (!form || !state || !window.fetch) return;
  const EVERY = 15000;
  let over = false; // signed out, or no longer ours to read: nothing more is sent

  const send = (values, failed) => {
    if (over) return;
    const body = new FormData(form);
    Object.keys(values).forEach((key) => body.append(key, values[key]));
    fetch(form.action, { method: "POST", body, keepalive: true, credentials: "same-origin" })
      .then((answer) => {
        over = answer.redirected || (answer.status >= 400 && answer.status < 500);
        if (over || !answer.ok) throw answer.status;
        return answer.text();
      })
      .then((part) => {
        const done = /note-ok/.test(part);
        if (done && state.querySelector(".note-ok")) return;
        if (done) state.setAttribute("role", "status"); // a reader hears this one
        state.innerHTML = part;
      })
      .catch(() => failed && failed());
  };
  const leaving = (report) => {
    document.addEventListener("visibilitychange", () => document.hidden && report());
    addEventListener("pagehide", report);
  };

  // --- a recording: where it stands, and the parts that were played since the last report ---
  const watch = (media) => {
    document.documentElement.classList.add("player-live");
    let parts = []; // [from, to] in seconds
    let from = null, last = 0, at = 0, reported = 0;
    const keep = () => {
      if (from === null || last <= from) return;
      const before = parts[parts.length - 1];
      if (before && Math.abs(before[1] - from) < 0.05) before[1] = last;
      else parts.push([from, last]);
    };
    const begin = () => {
      from = last = media.currentTime;
      at = performance.now();
    };
    const end = () => {
      keep();
      from = null;
    };
    const tick = () => {
      if (from === null || media.seeking) return;
      const now = performance.now(), to = media.currentTime;
      // what went by faster than it can be played was skipped
      if (to < last || to - last > ((now - at) / 1000) * media.playbackRate + 1.5) {
        end();
        begin();
      } else {
        last = to;
        at = now;
      }
    };
    const report = () => {
      tick();
      keep();
      if (from !== null) from = last;
      const position = Math.round(media.currentTime);
      const seen = parts.map((one) => one.map(Math.round)).filter((one) => one[1] > one[0]);
      if (!seen.length && position === reported) return;
      const sent = parts;
      parts = [];
      send({ position, seen: seen.map((one) => one.join("-")).join(",") }, () => {
        parts = sent.concat(parts).slice(-150);
      });
      reported = position;
    };
    media.addEventListener("playing", () => from === null && begin());
    media.addEventListener("seeking", end);
    media.addEventListener("seeked", () => !media.paused && begin());
    media.addEventListener("timeupdate", tick);
    ["pause", "ended"].forEach((name) => media.addEventListener(name, () => {
      tick();
      end();
      report();
    }));
    media.addEventListener("error", () => {
      document.querySelector("[data-player-error]").hidden = false;
    });
    setInterval(() => !media.paused && report(), EVERY);
    leaving(report);
    reported = Math.round(media.currentTime);
    if (!media.paused) begin();
  };

  // --- an article: how far down, per mille; who has its end before the eyes has read it ---
  const read = (article) => {
    let sent = -1, done = false;
    const place = () => {
      const box = article.getBoundingClientRect();
      const seen = (innerHeight - box.top) / (box.height || 1);
      return Math.max(0, Math.min(999, Math.round(1000 * seen)));
    };
    const report = () => {
      const position = place();
      if (done || Math.abs(position - sent) < 20) return;
      sent = position;
      send({ position });
    };
    const button = document.querySelector("[data-go-on]");
    if (button) {
      button.addEventListener("click", () => {
        const box = article.getBoundingClientRect();
        const line = box.top + scrollY + (box.height * button.dataset.goOn) / 1000;
        scrollTo({ top: Math.max(0, line - innerHeight * 0.8), behavior: "smooth" });
        button.parentElement.remove();
      });
    }
    let scrolled = false;
    addEventListener("scroll", () => { scrolled = true; }, { passive: true });
    setInterval(() => scrolled && !document.hidden && report(), EVERY);
    leaving(() => scrolled && report());
    const mark = article.querySelector("[data-end]");
    if (!mark || !window.IntersectionObserver || state.querySelector(".note-ok")) return;
    let wait = 0;
    new IntersectionObserver((entries, observer) => {
      clearTimeout(wait);
      if (!entries[entries.length - 1].isIntersecting) return;
      wait = setTimeout(() => {
        if (document.hidden) return;
        done = true;
        observer.disconnect();
        send({ position: 1000 }, () => { done = false; });
      }, 3000);
    }).observe(mark);
  };

  const media = document.querySelector("[data-player]");
  const article = document.querySelector("[data-reading]");
  if (media) watch(media);
  else if (article) read(article);
})();
