// Keeps the site's own files and one page for "no network"; never a person's page or an answer of the API.
const KEPT = [
  "{{ url('offline') }}",
  "{{ static('css/tokens.css') }}",
  "{{ static('css/lianxue.css') }}",
  "{{ static('js/lianxue.js') }}",
  "{{ static('django_htmx/htmx-2.min.js') }}",
  "{{ static('img/mark.svg') }}",
];
const STORE = "lianxue " + KEPT.join(" ");

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(KEPT)).then(() => self.skipWaiting()));
});
self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name !== STORE).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});
self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match("{{ url('offline') }}")));
  } else if (KEPT.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(() => caches.match(request)));
  }
});
