// Products of rows of signed bytes in WebAssembly, eight numbers at once, which makes local scores several
// times as fast as in plain JavaScript. The text of the program below, assembled by wat2wasm (npm: wabt):
//
// (module
//   (import "" "memory" (memory 1))
//   (func (export "product") (param $a i32) (param $b i32) (param $length i32) (result i32)
//     (local $sum v128) (local $end i32)
//     (local.set $end (i32.add (local.get $a) (local.get $length)))
//     (loop $next
//       (local.set $sum (i32x4.add (local.get $sum)
//         (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $a)) (v128.load8x8_s (local.get $b)))))
//       (local.set $a (i32.add (local.get $a) (i32.const 8)))
//       (local.set $b (i32.add (local.get $b) (i32.const 8)))
//       (br_if $next (i32.lt_u (local.get $a) (local.get $end))))
//     (local.set $sum (i32x4.add (local.get $sum) (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7
//       (local.get $sum) (local.get $sum))))
//     (i32.add (i32x4.extract_lane 0 (local.get $sum)) (i32x4.extract_lane 1 (local.get $sum)))))
const PROGRAM = "AGFzbQEAAAABCAFgA39/fwF/AgwBAAZtZW1vcnkCAAEDAgEABwsBB3Byb2R1Y3QAAAplAWMCAXsBfyAAIAJqIQQDQCADIAD9AQMAIAH9AQMA/boB/a4BIQMgAEEIaiEAIAFBCGohASAAIARJDQALIAMgAyAD/Q0ICQoLDA0ODwABAgMEBQYH/a4BIQMgA/0bACAD/RsBags=";
const memory = new WebAssembly.Memory({ initial: 1 });
const program = new WebAssembly.Module(Uint8Array.from(atob(PROGRAM), (letter) => letter.charCodeAt(0)));

// product(a, b, length) of `length` numbers, a multiple of 8, from the places a and b of the memory on.
export const { product } = new WebAssembly.Instance(program, { "": { memory } }).exports;

// Lays arrays of bytes one behind the other into the memory; returns the place of each.
export function lay(...arrays) {
  const places = [];
  let end = 0;
  for (const { length } of arrays) {
    places.push(end);
    end += length;
  }
  if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65_536));
  const bytes = new Int8Array(memory.buffer);
  arrays.forEach((array, i) => bytes.set(array, places[i]));
  return places;
}
