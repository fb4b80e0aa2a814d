// ONNX Runtime for the web (npm: onnxruntime-web), which takes drawings of any length.
import { moduleOf, textOf } from "./files.js";

export async function openOnnx(load, content, threads) {
  const [script, wasmBinary] = await Promise.all([load("dist/ort.wasm.bundle.min.mjs"), load("dist/ort-wasm-simd-threaded.wasm")]);
  const ort = await import(moduleOf(textOf(script)));
  Object.assign(ort.env.wasm, { numThreads: threads, wasmBinary });
  const session = await ort.InferenceSession.create(content);
  return async (inputs) => {
    const tensors = Object.entries(inputs).map(([name, [numbers, shape]]) => {
      return [name, new ort.Tensor(numbers instanceof Int32Array ? "int32" : "float32", numbers, shape)];
    });
    const outputs = await session.run(Object.fromEntries(tensors));
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data]));
  };
}
