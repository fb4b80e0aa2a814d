// Fetches a file of the page, or a range of its bytes.
export async function fetchFile(name, first, last) {
  const whole = first === undefined;
  const response = await fetch(name, whole ? {} : { headers: { Range: `bytes=${first}-${last}` } });
  if (response.status !== (whole ? 200 : 206)) {
    await response.body?.cancel();
    throw new Error(`${name} was answered with ${response.status}`);
  }
  return response.arrayBuffer();
}
