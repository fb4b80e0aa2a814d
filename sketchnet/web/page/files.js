// Fetches a file of the page or of the CDN; `range` asks for some of its bytes only, `integrity` for a checksum.
export async function fetchFile(name, { range, integrity } = {}) {
  const response = await fetch(name, range ? { headers: { Range: `bytes=${range.join("-")}` } } : { integrity });
  if (response.status !== (range ? 206 : 200)) {
    await response.body?.cancel();
    throw new Error(`${name} was answered with ${response.status}`);
  }
  return response.arrayBuffer();
}

export const textOf = (buffer) => new TextDecoder().decode(buffer);

// The address of a script that was fetched already, and so checked.
export const moduleOf = (text) => URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
