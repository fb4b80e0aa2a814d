// LiteRT for the web (npm: @litertjs/core), in one thread.
import { moduleOf, textOf } from "./files.js";

const LIBRARY = "dist/index.js", LOADER = "wasm/litert_wasm_compat_internal.js", WASM = "wasm/litert_wasm_compat_internal.wasm";

export async function openLitert(load, content) {
  const [library, loader, wasmBinary] = await Promise.all([LIBRARY, LOADER, WASM].map(load));
  // The library wants another package that runs the loader as a classic script, which modules cannot. It
  // gets a module that holds the loader, and that does not report every step.
  self.litertOptions = { wasmBinary, print() {}, printErr() {} };
  const utils = moduleOf(`${textOf(loader)}\nexport const createWasmLib = async (Library) => new Library(await ModuleFactory(self.litertOptions));`);
  const litert = await import(moduleOf(textOf(library).replace('"@litertjs/wasm-utils"', `"${utils}"`)));
  litert.Environment.create = async () => new litert.Environment({ webGpuDevice: null }); // a processor suffices
  await litert.loadLiteRt("loaded.js");
  const network = await litert.loadAndCompile(content, { accelerator: "wasm" });
  return async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, [numbers, shape]]) => [name, new litert.Tensor(numbers, shape)]);
    const outputs = Object.entries(await network.run(Object.fromEntries(tensors)));
    const found = outputs.map(([name, tensor]) => [name, tensor.toTypedArray().slice()]);
    for (const [, tensor] of [...tensors, ...outputs]) tensor.delete();
    return Object.fromEntries(found);
  };
}
