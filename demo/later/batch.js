// A season's drawings at once: a table of sketches and their best matches, and the same as CSV. Each
// picture is sent to the endpoint /find, with the filters and wishes that are set.
(() => {
  const sketchnet = window.sketchnet;
  const MOST = 200, SHOWN = 6, LISTED = 10; // pictures; matches in the table, and in the CSV
  const SIDE = 1600, SEND_AS_IS = 2 << 20; // px, bytes: a larger picture is made smaller first
  const dialog = document.createElement("dialog");
  dialog.className = "batch";
  document.body.append(dialog);
  let run = 0, rows = []; // of two runs the later one counts; {name, url, found, error}

  const escape = (text) => String(text).replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);

  // All pictures below folders that were dropped.
  async function within(folder) {
    const reader = folder.createReader(), found = [];
    for (;;) { // a folder is read a hundred entries at a time
      const entries = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
      if (!entries.length) return found;
      for (const entry of entries) {
        if (found.length > MOST) return found;
        if (entry.isDirectory) found.push(...await within(entry));
        else {
          const file = await new Promise((resolve, reject) => entry.file(resolve, reject));
          if (file.type.startsWith("image/")) found.push(file);
        }
      }
    }
  }

  async function dataUrl(file) {
    let picture = file;
    if (file.size > SEND_AS_IS) {
      try {
        const bitmap = await createImageBitmap(file), scale = Math.min(1, SIDE / Math.max(bitmap.width, bitmap.height));
        const canvas = Object.assign(document.createElement("canvas"), { width: bitmap.width * scale, height: bitmap.height * scale });
        canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
        picture = await new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
      } catch { /* the server may read what the browser cannot */ }
    }
    return new Promise((resolve, reject) => {
      const reader = new FileReader();
      Object.assign(reader, { onload: () => resolve(reader.result), onerror: reject });
      reader.readAsDataURL(picture);
    });
  }

  async function find(file) {
    const set = JSON.parse(sketchnet.stored("visit", "filters") || "{}");
    const gallery = document.querySelector("#galleries input")?.value || null;
    const data = [await dataUrl(file), LISTED, null, null, null, set.filters ?? null, set.text ?? null, set.colours ?? null, gallery];
    const answer = await fetch("gradio_api/run/find", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ data }),
    });
    const content = await answer.json().catch(() => ({}));
    if (!answer.ok || content.error) throw new Error(content.error || "the server does not answer");
    return content.data[0];
  }

  const title = (match) => match.fields?.title ?? match.fields?.name ?? match.id;
  const percent = (similarity) => Math.round(100 * similarity);
  const picture = (match) => `gradio_api/file=${match.picture.path.split("/").map(encodeURIComponent).join("/")}`;

  function result({ found, error }) {
    if (error) return `<p class="error">${escape(error)}</p>`;
    if (!found) return "<p>…</p>";
    return `<ol>${found.slice(0, SHOWN).map((match) => `<li title="${escape(title(match))}, similarity ${percent(match.similarity)} %">
      <img src="${escape(picture(match))}" alt=""><span>${escape(title(match))}</span><small>${percent(match.similarity)} %</small></li>`).join("")}</ol>`;
  }
  const line = (row, i) => `<tr><th scope="row"><button data-batch="query" data-row="${i}" title="Search with this picture">
    <img src="${row.url}" alt=""><span>${escape(row.name)}</span></button></th><td>${result(row)}</td></tr>`;

  function show() {
    const done = rows.filter((row) => row.found || row.error).length;
    dialog.setAttribute("aria-label", "Several pictures");
    dialog.innerHTML = `<button class="close" data-batch="close" aria-label="Close">✕</button><h2>Several pictures</h2>
      <p class="of" role="status">${done < rows.length ? `${done} of ${rows.length} searched` : `${rows.length} pictures and their best matches`}</p>
      <table><tbody>${rows.map(line).join("")}</tbody></table>
      <div class="acts"><button class="plain" data-batch="csv" ${done < rows.length ? "disabled" : ""}>CSV</button></div>`;
  }

  // As the command `gallery search --csv` writes it; no cell begins as a formula does.
  function table() {
    const names = [...new Set(rows.flatMap(({ found }) => (found ?? []).flatMap(({ fields }) => Object.keys(fields ?? {}))))];
    const cell = (value) => {
      const text = value == null ? "" : Array.isArray(value) ? value.join("; ") : String(value);
      const safe = typeof value === "number" || !/^[=+\-@\t\r\n]/.test(text) ? text : `'${text}`;
      return /[",\r\n]/.test(safe) ? `"${safe.replace(/"/g, '""')}"` : safe;
    };
    const lines = rows.flatMap(({ name, found }) => (found ?? []).map((match, i) => (
      [name, i + 1, match.id, match.similarity.toFixed(3), ...names.map((each) => match.fields?.[each])])));
    return [["sketch", "rank", "id", "similarity", ...names], ...lines].map((each) => `${each.map(cell).join()}\n`).join("");
  }

  const acts = {
    close: () => dialog.close(),
    csv() {
      const href = URL.createObjectURL(new Blob(["\ufeff", table()], { type: "text/csv" }));
      sketchnet.download(JSON.stringify({ name: "matches.csv", href }));
      setTimeout(() => URL.revokeObjectURL(href), 10_000);
    },
    query({ dataset }) {
      const list = new DataTransfer(), input = document.querySelector("#query-buttons input[type=file]");
      list.items.add(rows[dataset.row].file);
      input.files = list.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      dialog.close();
    },
  };
  dialog.addEventListener("click", ({ target }) => {
    const pressed = target.closest("[data-batch]");
    if (pressed) acts[pressed.dataset.batch](pressed);
    else if (target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => { run++; });

  sketchnet.batch = async (pictures, folders = []) => {
    const mine = ++run, files = [...pictures];
    for (const folder of folders) files.push(...await within(folder).catch(() => []));
    if (!files.length) return sketchnet.say("There are no pictures in it.");
    for (const { url } of rows) URL.revokeObjectURL(url);
    files.sort((a, b) => a.name.localeCompare(b.name, undefined, { numeric: true }));
    rows = files.slice(0, MOST).map((file) => ({ file, name: file.name, url: URL.createObjectURL(file) }));
    if (files.length > MOST) sketchnet.say(`The first ${MOST} of them are searched.`);
    if (!dialog.open) dialog.showModal();
    show();
    for (const row of rows) {
      try { row.found = await find(row.file); } catch (error) { row.error = error.message; }
      if (mine !== run) return;
      const place = dialog.scrollTop;
      show();
      dialog.scrollTop = place;
    }
  };
})();
