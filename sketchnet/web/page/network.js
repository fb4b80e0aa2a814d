// The network on the runtime of the page, from its own folder or from a CDN: there every byte that runs is
// compared with a checksum that the page holds.
import { fetchFile } from "./files.js";
import { openLitert } from "./litert.js";
import { openOnnx } from "./onnx.js";

const RUNTIMES = { "@litertjs/core": openLitert, "onnxruntime-web": openOnnx };

// A function from inputs by name, as [numbers, shape], to outputs by name, as arrays of numbers.
export function openNetwork({ package: name, base, integrity }, content, threads) {
  const folder = new URL(base, location.href);
  const load = (path) => fetchFile(new URL(path, folder), { integrity: integrity[path] ?? "" }).catch(() => {
    throw new Error(`${name}, which runs the network, did not arrive unchanged from ${folder.host}. Are you offline, or is it blocked?`);
  });
  return RUNTIMES[name](load, new Uint8Array(content), threads);
}
