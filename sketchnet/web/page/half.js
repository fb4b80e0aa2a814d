// Half-precision numbers as ordinary ones; browsers of 2025 have no array of them everywhere.
export function fromHalf(buffer) {
  const halves = new Uint16Array(buffer), bits = new Uint32Array(halves.length);
  // A half shifted by 13 bits is a single whose exponent is 112 too small.
  for (let i = 0; i < halves.length; i++) bits[i] = ((halves[i] & 0x8000) << 16) | ((halves[i] & 0x7fff) << 13);
  const numbers = new Float32Array(bits.buffer);
  for (let i = 0; i < numbers.length; i++) numbers[i] *= 2 ** 112;
  return numbers;
}
