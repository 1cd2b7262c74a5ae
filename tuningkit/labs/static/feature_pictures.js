// Filters and feature maps as small pictures: the image at the left, a column per filter, and the window behind a number.

const KERNEL_BOX = 48, NAME_ROOM = 112, GAP = 8;
const INK = "ink", SIGNED = "signed";

function render({ model, el }) {
  const root = html("div", { class: "tk-widget tk-features" });
  const sentence = html("div", { class: "tk-features-sentence" });
  const caption = html("div", { class: "tk-features-caption" });
  const inputCanvas = html("canvas", { "data-picture": "image" });
  const lines = html("div", { class: "tk-features-lines" });
  const stage = html("div", {
    class: "tk-features-stage", tabindex: 0, role: "application", "aria-roledescription": "feature maps",
    "aria-label": "Filters and feature maps. Arrow keys move over a feature map, Page Up and Page Down change the filter, Escape clears.",
  }, html("div", { class: "tk-features-input" }, caption, inputCanvas), lines);
  const readout = html("div", { class: "tk-features-readout" }), legend = html("div", { class: "tk-features-legend" });
  root.append(sentence, stage, legend, readout);
  el.append(root);
  const told = announcer(root), spoken = announcer(root, 300);

  let frame = null, parts = null, width = 0, look = null, builtFor = "", pictures = [], picked = null, hover = null;

  /** Split the numbers: image (rows, columns), kernels and biases and maps one filter after the other. */
  function readFrame() {
    frame = unpackFrame(model.get("_frame"));
    parts = null;
    if (!frame || !frame.header.filters) return;
    const { header, floats } = frame;
    let at = 0;
    const take = ([rows, columns], count) => Array.from({ length: count }, () => {
      const values = floats.subarray(at, at + rows * columns);
      at += rows * columns;
      return { rows, columns, values };
    });
    const n = header.filters;
    parts = { image: take(header.image, 1)[0], kernels: take(header.kernel, n), biases: floats.subarray(at, (at += n)), maps: take(header.map, n), pooled: header.pooled ? take(header.pooled, n) : null };
    if (picked && !(picked.filter < n && picked.row < header.map[0] && picked.column < header.map[1])) picked = null;
    hover = null;
  }

  // Words

  const span = (first, last, what) => (first === last ? `${what} ${first}` : `${what}s ${first} to ${last}`);
  const reach = (array) => array.reduce((high, v) => (Number.isFinite(v) ? Math.max(high, Math.abs(v)) : high), 0);
  function windowOf({ row, column }) {
    const { stride, zeros, kernel } = frame.header;
    return { row: row * stride - zeros.top, column: column * stride - zeros.left, rows: kernel[0], columns: kernel[1] };
  }
  function inWords(place) {
    const { filter, row, column, pooled } = place, { header } = frame;
    if (pooled) {
      const s = header.poolSize, value = parts.pooled[filter].values[row * header.pooled[1] + column];
      const what = header.pooling === "max" ? "the largest" : "the mean";
      return `Filter ${filter + 1}, after pooling, row ${row + 1}, column ${column + 1}: ${what} of the ${s * s} numbers in rows ${row * s + 1} to ${row * s + s}, columns ${column * s + 1} to ${column * s + s} of the map above is ${formatNumber(value)}.`;
    }
    const box = windowOf(place), kernel = parts.kernels[filter], { image } = parts;
    let sum = 0, outside = 0;
    for (let u = 0; u < box.rows; u++)
      for (let v = 0; v < box.columns; v++) {
        const i = box.row + u, j = box.column + v;
        if (i < 0 || j < 0 || i >= image.rows || j >= image.columns) outside++;
        else sum += kernel.values[u * kernel.columns + v] * image.values[i * image.columns + j];
      }
    const covers = [span(Math.max(0, box.row) + 1, Math.min(image.rows, box.row + box.rows), "row"), span(Math.max(0, box.column) + 1, Math.min(image.columns, box.column + box.columns), "column")];
    const zeros = outside ? ` and ${outside} of the zeros around it` : "";
    const value = parts.maps[filter].values[row * header.map[1] + column], bias = parts.biases[filter];
    const relu = sum + bias < 0 ? ", which ReLU makes 0" : "";
    return `Filter ${filter + 1}, row ${row + 1}, column ${column + 1}: the window lies on ${covers[0]}, ${covers[1]} of the image${zeros}. Weights times pixels ${formatNumber(sum)}, plus bias ${formatNumber(bias)}: ${formatNumber(relu ? sum + bias : value)}${relu}.`;
  }

  // Pictures

  /** Pixels of a cell, as large as lets all filters stand in one line; beyond that, several lines. */
  function fit() {
    const { header } = frame, side = Math.max(...header.image);
    const small = Math.max(2, Math.min(10, Math.floor(84 / side))), room = width - 16;
    const imageCell = Math.max(2, Math.min(20, Math.floor(180 / side)));
    const cells = [3, 2.4, 2, 1.6, 1.4, 1.2].map((factor) => Math.floor(small * factor)).filter((cell) => cell <= 16 && cell * header.map[1] <= 110);
    for (const cell of [...cells, small]) {
      const wide = Math.max(KERNEL_BOX, Math.min(80, 5 * cell), cell * header.map[1]);
      const beside = room - imageCell * (header.image[1] + header.zeros.left + header.zeros.right) - 24;
      const fitting = (free) => Math.max(1, Math.min(header.filters, Math.floor((free - NAME_ROOM) / (wide + GAP))));
      // Below the image where there is no room for four columns beside it.
      const below = fitting(beside) < Math.min(4, header.filters), perLine = fitting(below ? room : beside);
      if (perLine === header.filters || cell === small) return { cell, imageCell, wide, perLine, below };
    }
  }
  function layOut() {
    const { header } = frame, { cell, imageCell, wide, perLine, below } = fit();
    stage.classList.toggle("tk-features-below", below);
    const tall = Math.max(1, Math.floor(Math.max(KERNEL_BOX, Math.min(80, 5 * cell)) / header.kernel[0]));
    const sizes = { kernels: tall, maps: cell, pooled: cell };
    const key = JSON.stringify([header.filters, header.image, header.zeros, header.kernel, header.map, header.pooled, header.names, cell, perLine]);
    if (key === builtFor) return;
    builtFor = key;
    pictures = [];
    const rows = [["kernels", SIGNED], ["maps", INK], ...(parts.pooled ? [["pooled", INK]] : [])];
    const blocks = [];
    for (let first = 0; first < header.filters; first += perLine) {
      const count = Math.min(perLine, header.filters - first);
      const block = html("div", { class: "tk-features-line", style: `grid-template-columns:${NAME_ROOM - GAP}px repeat(${perLine}, ${wide}px)` });
      block.append(html("span", { class: "tk-features-name", text: "filter" }));
      for (let f = first; f < first + count; f++) block.append(html("span", { class: "tk-features-number", text: f + 1, style: `grid-column:${f - first + 2}` }));
      rows.forEach(([what, kind], r) => {
        block.append(html("span", { class: "tk-features-name", text: header.names[r], style: "grid-column:1" }));
        for (let f = first; f < first + count; f++) {
          const canvas = html("canvas", { "data-picture": what, "data-filter": f + 1, "aria-hidden": "true", class: what === "kernels" ? null : "tk-features-map" });
          block.append(canvas);
          pictures.push({ canvas, what, kind, filter: f, cell: sizes[what] });
        }
      });
      blocks.push(block);
    }
    lines.replaceChildren(...blocks);
    pictures.push({ canvas: inputCanvas, what: "image", kind: INK, filter: 0, cell: imageCell });
  }
  const mix = (a, b, share) => a.map((c, i) => Math.round(c + share * (b[i] - c)));
  function colourOf(kind, share) {
    if (kind === INK) return mix(look.surface, look.text, Math.max(0, share));
    return mix(look.surface, share < 0 ? look.negative : look.positive, Math.abs(share));
  }
  /** Cells of `cell` pixels, with `zeros` around them where the image is padded. */
  function paintPicture({ canvas, what, kind, filter, cell }, scale) {
    const data = what === "image" ? parts.image : parts[what][filter];
    const edge = what === "image" ? frame.header.zeros : { top: 0, left: 0, bottom: 0, right: 0 };
    const columns = data.columns + edge.left + edge.right, rows = data.rows + edge.top + edge.bottom;
    const dense = window.devicePixelRatio || 1;
    const wide = Math.round(columns * cell * dense), high = Math.round(rows * cell * dense);
    if (canvas.width !== wide || canvas.height !== high) {
      canvas.width = wide;
      canvas.height = high;
      canvas.style.cssText = `width:${columns * cell}px;height:${rows * cell}px`;
    }
    const ink = canvas.getContext("2d");
    ink.setTransform(dense, 0, 0, dense, 0, 0);
    ink.fillStyle = `rgb(${look.zeros})`;
    ink.fillRect(0, 0, columns * cell, rows * cell);
    for (let i = 0; i < data.rows; i++)
      for (let j = 0; j < data.columns; j++) {
        const value = data.values[i * data.columns + j], x = (j + edge.left) * cell, y = (i + edge.top) * cell;
        const share = Math.max(-1, Math.min(1, value / scale));
        const known = Number.isFinite(value);
        ink.fillStyle = `rgb(${known ? colourOf(kind, share) : look.zeros})`;
        ink.fillRect(x, y, cell, cell);
        if (known && !(kind === SIGNED && share < -0.03 && cell >= 5)) continue;
        // Colour is not the only sign of a negative weight, nor of a number that is none.
        ink.strokeStyle = `rgb(${known && share < -0.5 ? look.surface : look.text})`;
        ink.lineWidth = 1;
        ink.beginPath();
        ink.moveTo(x + cell * 0.3, y + cell * (known ? 0.5 : 0.3));
        ink.lineTo(x + cell * 0.7, y + cell * (known ? 0.5 : 0.7));
        ink.stroke();
      }
    return { ink, edge };
  }
  /** A frame that stands out on light and dark ground alike. */
  function outline(ink, x, y, wide, high) {
    ink.strokeStyle = `rgb(${look.surface})`;
    ink.lineWidth = 4;
    ink.strokeRect(x, y, wide, high);
    ink.strokeStyle = `rgb(${look.mark})`;
    ink.lineWidth = 2;
    ink.strokeRect(x, y, wide, high);
  }
  function mark(picture, { ink, edge }, place) {
    const { what, filter, cell } = picture, { header } = frame;
    const box = (r, c, rows, columns) => outline(ink, c * cell, r * cell, columns * cell, rows * cell);
    if (what === "image" && !place.pooled) {
      const w = windowOf(place);
      box(w.row + edge.top, w.column + edge.left, w.rows, w.columns);
    } else if (filter !== place.filter) return;
    else if (what === "maps" && place.pooled) box(place.row * header.poolSize, place.column * header.poolSize, header.poolSize, header.poolSize);
    else if (what === (place.pooled ? "pooled" : "maps")) box(place.row, place.column, 1, 1);
  }
  function paintLegend(scales) {
    const { header } = frame;
    const key = JSON.stringify([scales, header.zeros, header.names.length]);
    if (legend.dataset.key === key) return;
    legend.dataset.key = key;
    const bar = (words, low, kind, high) => html("span", { class: "tk-features-key" }, `${words}: ${low}`, html("span", { class: `tk-features-bar tk-features-${kind}`, "aria-hidden": "true" }), high);
    const top = (value) => formatNumber(value, 2);
    const items = [bar("filters, – marks a negative weight", `−${top(scales.kernels)}`, SIGNED, top(scales.kernels)), bar("image", "0", INK, top(scales.image)), bar("all maps", "0", INK, top(scales.maps))];
    if (Object.values(header.zeros).some(Boolean)) items.push(html("span", { class: "tk-features-key" }, html("span", { class: "tk-features-zeros", "aria-hidden": "true" }), "zeros added around the image"));
    legend.replaceChildren(...items);
  }
  function paint() {
    root.classList.toggle("tk-features-narrow", width < 560);
    stage.hidden = legend.hidden = !parts;
    setAttrs(sentence, { text: frame ? frame.header.sentence : "" });
    paintWords();
    if (!parts || !width) return;
    told.say(frame.header.sentence);
    setAttrs(caption, { text: frame.header.caption });
    setAttrs(inputCanvas, { role: "img", "aria-label": frame.header.caption });
    look ||= Object.fromEntries([["surface", "--tk-surface"], ["text", "--tk-text"], ["negative", "--tk-c0"], ["positive", "--tk-c1"], ["zeros", "--tk-grid"], ["mark", "--tk-c1"]].map(([name, variable]) => [name, cssColour(root, `var(${variable})`)]));
    layOut();
    const all = (list) => list.reduce((high, one) => Math.max(high, reach(one.values)), 0) || 1;
    const scales = { kernels: all(parts.kernels), maps: all(parts.maps), image: reach(parts.image.values) || 1 };
    scales.pooled = scales.maps;
    const place = hover || picked;
    for (const picture of pictures) {
      const painted = paintPicture(picture, scales[picture.what]);
      if (place) mark(picture, painted, place);
    }
    lines.querySelectorAll(".tk-features-number").forEach((node, f) => node.classList.toggle("tk-features-picked", Boolean(place && place.filter === f)));
    paintLegend(scales);
  }
  function paintWords() {
    const place = parts && (hover || picked);
    const hint = parts ? "Point at a number in a map, or use the arrow keys, to see what it is made of. Page Up and Page Down change the filter." : "";
    setAttrs(readout, { text: place ? inWords(place) : hint });
    readout.classList.toggle("tk-features-hint", !place);
  }
  const painter = coalesce(paint);

  // What the learner does

  function onKey(event) {
    if (!parts || event.ctrlKey || event.metaKey || event.altKey) return;
    const [rows, columns] = frame.header.map, inside = (place, count) => Math.min(count - 1, Math.max(0, place));
    const moves = { ArrowUp: [0, -1, 0], ArrowDown: [0, 1, 0], ArrowLeft: [0, 0, -1], ArrowRight: [0, 0, 1], PageUp: [-1, 0, 0], PageDown: [1, 0, 0] };
    const move = moves[event.key];
    if (event.key === "Escape" && picked) picked = null;
    else if (move) picked = picked ? { filter: inside(picked.filter + move[0], frame.header.filters), row: inside(picked.row + move[1], rows), column: inside(picked.column + move[2], columns) } : { filter: 0, row: 0, column: 0 };
    else return;
    // The keys speak now, not a mouse that rests on the pictures.
    hover = null;
    if (picked) spoken.say(inWords(picked));
    event.preventDefault();
    painter.request();
  }
  function placeAt(event) {
    const picture = pictures.find(({ canvas, what }) => canvas === event.target && (what === "maps" || what === "pooled"));
    if (!picture || !parts) return null;
    const box = picture.canvas.getBoundingClientRect(), data = parts[picture.what][picture.filter];
    const row = Math.floor((event.clientY - box.top) / picture.cell), column = Math.floor((event.clientX - box.left) / picture.cell);
    if (row < 0 || column < 0 || row >= data.rows || column >= data.columns) return null;
    return { filter: picture.filter, row, column, pooled: picture.what === "pooled" };
  }
  const onHover = (event) => { hover = placeAt(event); painter.request(); };
  const onLeave = () => { hover = null; painter.request(); };
  const onClick = (event) => { const place = placeAt(event); if (place && !place.pooled) { picked = place; painter.request(); } };
  const onFrame = () => { const was = hover; readFrame(); hover = parts && was && fits(was) ? was : null; painter.request(); };
  const fits = (place) => { const list = place.pooled ? parts.pooled : parts.maps, one = list && list[place.filter]; return Boolean(one && place.row < one.rows && place.column < one.columns); };

  stage.addEventListener("keydown", onKey);
  stage.addEventListener("pointermove", onHover);
  stage.addEventListener("pointerleave", onLeave);
  stage.addEventListener("click", onClick);
  model.on("change:_frame", onFrame);
  const undo = [stopKeys(root), observeWidth(root, (w) => { width = w; painter.request(); }), onThemeChange(() => { look = null; painter.request(); })];
  readFrame();
  paint();
  return () => {
    model.off("change:_frame", onFrame);
    painter.cancel();
    told.stop();
    spoken.stop();
    for (const stop of undo) stop();
  };
}
export default { render };
