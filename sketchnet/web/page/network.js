// The network on ONNX Runtime: from the page's own folder, or from a CDN where every byte that runs is
// compared with a checksum that the page holds.

export async function openNetwork({ script, script_integrity, wasm, wasm_integrity }, content, threads) {
  let source = new URL(script, location.href).href;
  if (script_integrity) {
    const response = await fetch(source, { integrity: script_integrity });
    source = URL.createObjectURL(new Blob([await response.text()], { type: "text/javascript" }));
  }
  const [ort, binary] = await Promise.all([
    import(source),
    fetch(new URL(wasm, location.href), wasm_integrity ? { integrity: wasm_integrity } : {}).then((response) => response.arrayBuffer()),
  ]);
  ort.env.wasm.numThreads = threads;
  ort.env.wasm.wasmBinary = binary;
  return new Network(ort, await ort.InferenceSession.create(new Uint8Array(content)));
}

export class Network {
  constructor(ort, session) { Object.assign(this, { ort, session }); }

  // Inputs by name as [numbers, shape] → outputs by name as arrays of numbers.
  async run(inputs) {
    const tensors = Object.entries(inputs).map(([name, [numbers, shape]]) => {
      return [name, new this.ort.Tensor(numbers instanceof Int32Array ? "int32" : "float32", numbers, shape)];
    });
    const outputs = await this.session.run(Object.fromEntries(tensors));
    return Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, tensor.data]));
  }
}
