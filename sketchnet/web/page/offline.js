// Keeps all files of the page, so that it opens without a network, and lets the network use several
// threads: for that a browser wants two headers that few static hosts send.
const VERSION = "unversioned", NAME = `sketchnet-${VERSION}`, AT_ONCE = 8;
const HEADERS = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

async function keepAll() {
  const cache = await caches.open(NAME), { files } = await (await fetch("files.json", { cache: "no-cache" })).json();
  const left = ["./", ...files];
  const keep = async () => {
    for (let name = left.pop(); name !== undefined; name = left.pop()) await cache.add(new Request(name, { cache: "no-cache" }));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, keep));
}

self.addEventListener("install", (event) => event.waitUntil(keepAll().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil((async () => {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("sketchnet-") && name !== NAME).map((name) => caches.delete(name)));
})()));

async function answer(request) {
  const response = (await (await caches.open(NAME)).match(request, { ignoreSearch: true })) ?? (await fetch(request));
  if (request.mode !== "navigate" && request.destination !== "worker") return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(HEADERS)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isOurs = request.method === "GET" && request.url.startsWith(self.registration.scope) && !request.headers.has("Range");
  if (isOurs) event.respondWith(answer(request));
});
