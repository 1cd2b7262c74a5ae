// A network: links (SVG), the units' maps (one canvas), frames and words of the units (SVG), one map large beside it.

const TOP = 44, LEFT = 52, RIGHT = 10, LARGE = 190, BESIDE = 620, CLOSE = 60, MOST = 6;
const LOW = "var(--tk-c0)", HIGH = "var(--tk-c1)";
const short = (value) => formatNumber(value, 2);

function render({ model, el }) {
  const root = html("div", { class: "tk-widget tk-net" });
  const sentence = html("div", { class: "tk-net-sentence" });
  const links = svg("svg", { class: "tk-net-links", "aria-hidden": "true" });
  const maps = html("canvas", { class: "tk-net-maps", "aria-hidden": "true" });
  const frames = svg("svg", { class: "tk-net-frames", "aria-hidden": "true" });
  const stage = html("div", {
    class: "tk-net-stage", tabindex: 0, role: "application", "aria-roledescription": "network picture",
    "aria-label": "The network from its inputs to its output. Arrow keys pick a unit and read it out, Escape goes back to the output.",
  }, links, maps, frames);
  const title = html("div", { class: "tk-net-title" });
  const large = html("canvas", { class: "tk-net-large", width: LARGE, height: LARGE, "aria-hidden": "true" });
  const about = html("div", { class: "tk-net-about" });
  const weights = html("div", { class: "tk-net-weights" });
  const beside = html("div", { class: "tk-net-side" }, title, large, about, weights);
  const readout = html("div", { class: "tk-net-readout tk-net-hint", text: "Point at a line to read its weight, at a unit to see its map large. Arrow keys work too." });
  const mark = (colour, dash) => svg("svg", { width: 26, height: 10, "aria-hidden": "true" }, svg("line", { x1: 0, x2: 26, y1: 5, y2: 5, "stroke-width": 3, "stroke-dasharray": dash, style: `stroke:${colour}` }));
  const square = (colour) => svg("svg", { width: 12, height: 12, "aria-hidden": "true" }, svg("rect", { width: 12, height: 12, style: `fill:${colour}` }));
  const key = (sign, text) => html("span", { class: "tk-net-key" }, sign, text);
  const legend = html("div", { class: "tk-net-legend" },
    key(mark(HIGH, null), "positive weight"), key(mark(LOW, "5 3"), "negative weight (dashed)"), key("", "thicker: larger"),
    key(square(HIGH), "output above 0"), key(square(LOW), "output below 0 (striped)"), key("", "paler: nearer to 0"), key("", "mark at a corner: bias, hollow if negative"), key("", "points: training"));
  root.append(sentence, html("div", { class: "tk-net-body" }, stage, beside), readout, legend);
  el.append(root);
  const told = announcer(root), spoken = announcer(root, 150);
  const small = document.createElement("canvas");

  // places: one per unit, {column, row, x, y, label}; lines: one per weight, {from, to, node, at}
  let frame = null, points = null, shades = null, colours = null, width = 0, size = 0, built = "", places = [], lines = [], boxes = [], picked = -1;
  const first = (column) => frame.header.columns.slice(0, column).reduce((sum, one) => sum + one.units.length, 0);
  const count = () => places.length;
  const shown = () => (picked >= 0 && picked < count() ? picked : first(frame.header.columns.length - 1));

  function readFrame() {
    const value = model.get("_frame");
    frame = unpackFrame(value);
    if (!frame) return;
    const { columns, side } = frame.header;
    const view = ArrayBuffer.isView(value) ? value : new DataView(value);
    let numbers = 0, units = columns[0].units.length;
    for (let c = 1; c < columns.length; c++) { numbers += (columns[c - 1].units.length + 1) * columns[c].units.length; units += columns[c].units.length; }
    const bytes = units * side * side;
    shades = new Uint8Array(view.buffer, view.byteOffset + view.byteLength - bytes, bytes);
    frame.numbers = numbers;
  }
  const nameOf = (place) => (place.column === 0 ? `input ${place.label}` : place.column === frame.header.columns.length - 1 ? place.label : `layer ${place.column}, unit ${place.label}`);

  function layOut() {
    const { columns } = frame.header;
    // The large map stands beside the network where both have room, else below it.
    const left = width - LARGE - 34, stacked = width < BESIDE || left - LEFT < CLOSE * columns.length;
    const room = stacked ? width : left;
    const most = Math.max(...columns.map((one) => one.units.length));
    const gap = (room - LEFT - RIGHT) / (columns.length - 0.4);
    size = Math.round(Math.max(18, Math.min(40, gap * 0.62)));
    const pitch = size + (size > 30 ? 10 : 8), high = TOP + most * pitch + 4;
    const across = (room - LEFT - RIGHT - size) / (columns.length - 1);
    places = columns.flatMap((one, column) => one.units.map((label, row) => ({
      column, row, label,
      x: LEFT + column * across,
      y: TOP + ((most - one.units.length) * pitch) / 2 + row * pitch,
    })));
    for (const layer of [links, frames]) setAttrs(layer, { width: room, height: high });
    stage.style.width = `${room}px`;
    stage.style.height = `${high}px`;
    maps.style.width = `${room}px`;
    maps.style.height = `${high}px`;
    const dense = window.devicePixelRatio || 1;
    maps.width = Math.round(room * dense);
    maps.height = Math.round(high * dense);
    root.classList.toggle("tk-net-stacked", stacked);
    root.classList.toggle("tk-net-tight", across < CLOSE);
  }
  function buildLinks() {
    const drawn = [], touched = [];
    lines = [];
    let at = 0;
    for (let c = 1; c < frame.header.columns.length; c++) {
      const before = places.filter((one) => one.column === c - 1), here = places.filter((one) => one.column === c);
      before.forEach((from, i) => here.forEach((to, j) => {
        const x0 = from.x + size + 1, y0 = from.y + size / 2, x1 = to.x - 2;
        const y1 = to.y + size / 2 + ((i - (before.length - 1) / 2) / before.length) * size * 0.6, middle = (x0 + x1) / 2;
        const d = `M${x0.toFixed(1)} ${y0.toFixed(1)}C${middle.toFixed(1)} ${y0.toFixed(1)} ${middle.toFixed(1)} ${y1.toFixed(1)} ${x1.toFixed(1)} ${y1.toFixed(1)}`;
        const node = svg("path", { class: "tk-net-link", d });
        drawn.push(node);
        touched.push(svg("path", { class: "tk-net-touch", d, "data-line": lines.length }));
        lines.push({ from, to, node, at: at + i * here.length + j });
      }));
      at += (before.length + 1) * here.length;
    }
    links.replaceChildren(...drawn, ...touched);
  }
  function buildFrames() {
    const parts = [];
    frame.header.columns.forEach((one, column) => {
      const x = places[first(column)].x + size / 2;
      parts.push(svg("text", { class: "tk-net-head", x, y: 14, "text-anchor": "middle", text: one.title }));
      parts.push(svg("text", { class: "tk-net-words", x, y: 29, "text-anchor": "middle", text: one.words }));
    });
    boxes = places.map((place, index) => {
      if (place.column === 0) parts.push(svg("text", { class: "tk-net-label", x: place.x - 6, y: place.y + size / 2 + 4, "text-anchor": "end", text: place.label }));
      const box = svg("rect", { class: "tk-net-unit", x: place.x, y: place.y, width: size, height: size, "data-unit": index });
      parts.push(box);
      // A bias is no line: a small mark at the corner, filled above zero and hollow below.
      place.bias = place.column ? svg("circle", { class: "tk-net-bias", cx: place.x - 1, cy: place.y + size - 1, r: 3.5 }) : null;
      if (place.bias) parts.push(place.bias);
      return box;
    });
    frames.replaceChildren(...parts);
  }
  /** Where the bias of a unit stands among the numbers. */
  function biasOf(place) {
    const { columns } = frame.header;
    let at = 0;
    for (let c = 1; c < place.column; c++) at += (columns[c - 1].units.length + 1) * columns[c].units.length;
    return frame.floats[at + columns[place.column - 1].units.length * columns[place.column].units.length + place.row];
  }
  function paintLinks() {
    for (const line of lines) {
      const weight = frame.floats[line.at], known = Number.isFinite(weight);
      const node = line.node;
      node.style.strokeWidth = known ? Math.min(MOST, 0.4 + 1.4 * Math.abs(weight)).toFixed(2) : 1;
      node.style.opacity = known ? Math.min(0.9, 0.25 + 0.65 * Math.abs(weight)).toFixed(2) : 0.5;
      node.dataset.sign = !known ? "none" : weight < 0 ? "minus" : "plus";
      node.dataset.weight = known ? weight.toPrecision(4) : "none";
    }
    for (const place of places) if (place.bias) place.bias.dataset.sign = biasOf(place) < 0 ? "minus" : "plus";
  }
  function image(unit) {
    const { side, discrete } = frame.header;
    if (small.width !== side) small.width = small.height = side;
    const brush = small.getContext("2d"), picture = brush.createImageData(side, side), data = picture.data;
    const from = unit * side * side;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const shade = shades[from + row * side + column], to = 4 * ((side - 1 - row) * side + column);
        let share = (shade - 128) / 127;
        if (discrete) share = shade < 128 ? -0.65 : 0.65;
        const colour = shade === 0 ? colours.text : share < 0 ? colours.low : colours.high;
        data[to] = colour[0]; data[to + 1] = colour[1]; data[to + 2] = colour[2];
        // Stripes below zero: in grey both colours are the same.
        const stripe = share < -0.05 && (row + column) % 6 < 2 ? 90 : 0;
        data[to + 3] = shade === 0 ? ((row + column) % 4 ? 12 : 120) : Math.max(0, Math.round(230 * Math.abs(share)) - stripe);
      }
    brush.putImageData(picture, 0, 0);
    return small;
  }
  function paintMaps() {
    const dense = window.devicePixelRatio || 1, ink = maps.getContext("2d");
    ink.setTransform(dense, 0, 0, dense, 0, 0);
    ink.clearRect(0, 0, maps.width / dense, maps.height / dense);
    ink.fillStyle = `rgb(${colours.surface})`;
    places.forEach((place, unit) => {
      ink.fillRect(place.x, place.y, size, size);
      ink.drawImage(image(unit), place.x, place.y, size, size);
    });
  }
  function paintLarge() {
    const unit = shown(), place = places[unit], dense = window.devicePixelRatio || 1;
    const pixels = Math.round(LARGE * dense);
    if (large.width !== pixels) large.width = large.height = pixels;
    const ink = large.getContext("2d");
    ink.setTransform(dense, 0, 0, dense, 0, 0);
    ink.clearRect(0, 0, LARGE, LARGE);
    ink.imageSmoothingEnabled = !frame.header.discrete;
    ink.imageSmoothingQuality = "high";
    ink.drawImage(image(unit), 0, 0, LARGE, LARGE);
    paintPoints(ink);
    boxes.forEach((box, index) => box.classList.toggle("tk-net-picked", index === unit));
    const name = nameOf(place);
    setAttrs(title, { text: name[0].toUpperCase() + name.slice(1) });
    setAttrs(about, { text: `output from ${ends(unit).map(short).join(" to ")}` });
    const parts = incoming(unit).map(([label, value]) => html("span", { class: "tk-net-weight", text: `${label} ${short(value)}` }));
    if (!parts.length) parts.push(html("span", { text: "an input: made of the coordinates, nothing is learned here" }));
    weights.replaceChildren(...parts);
  }
  /** The training points: circles below zero, squares above, paler nearer to it. */
  function paintPoints(ink) {
    if (!points) return;
    const { count } = points.header, f = points.floats, [x0, x1, y0, y1] = frame.header.extent;
    ink.lineWidth = 1;
    for (let i = 0; i < count; i++) {
      const x = (LARGE * (f[2 * i] - x0)) / (x1 - x0), y = LARGE * (1 - (f[2 * i + 1] - y0) / (y1 - y0)), height = f[2 * count + i];
      const known = Number.isFinite(height), share = known ? Math.min(1, Math.abs(height)) : 0, strong = height < 0 ? colours.low : colours.high;
      ink.beginPath();
      if (height > 0) ink.rect(x - 2, y - 2, 4, 4);
      else ink.arc(x, y, 2.25, 0, 2 * Math.PI);
      ink.fillStyle = `rgb(${strong.map((c, k) => Math.round(c * share + colours.surface[k] * (1 - share)))})`;
      ink.strokeStyle = share > 0.6 ? `rgb(${colours.surface})` : `rgb(${colours.text})`;
      ink.fill();
      ink.stroke();
    }
  }
  /** Smallest and largest output of a unit over the map. */
  function ends(unit) {
    const { side, scales } = frame.header;
    let low = Infinity, high = -Infinity;
    for (const shade of shades.subarray(unit * side * side, (unit + 1) * side * side))
      if (shade) { low = Math.min(low, shade); high = Math.max(high, shade); }
    return low > high ? [NaN, NaN] : [low, high].map((shade) => ((shade - 128) / 127) * scales[unit]);
  }
  function incoming(unit) {
    const place = places[unit];
    if (!place.column) return [];
    const found = lines.filter((line) => line.to === place).map((line) => [place.column === 1 ? line.from.label : `unit ${line.from.label}`, frame.floats[line.at]]);
    return [...found.map(([label, value]) => [`${label}:`, value]), ["bias:", biasOf(place)]];
  }
  const inWords = (unit) => `${nameOf(places[unit])}. Output from ${ends(unit).map(short).join(" to ")}. ${incoming(unit).map(([label, value]) => `${label} ${short(value)}`).join(", ")}`;

  function paint() {
    root.classList.toggle("tk-net-empty", !frame);
    if (!frame || !width) return;
    if (!colours) colours = { low: cssColour(root, LOW), high: cssColour(root, HIGH), surface: cssColour(root, "var(--tk-surface)"), text: cssColour(root, "var(--tk-text)") };
    setAttrs(sentence, { text: frame.header.sentence });
    told.say(frame.header.sentence);
    const structure = JSON.stringify(frame.header.columns) + width;
    if (structure !== built) {
      built = structure;
      picked = -1;
      layOut();
      buildLinks();
      buildFrames();
    }
    paintLinks();
    paintMaps();
    paintLarge();
  }
  const painter = coalesce(paint);

  function pick(unit) {
    if (!frame || unit === picked) return;
    picked = unit;
    paintLarge();
  }
  function onKey(event) {
    if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }, move = moves[event.key];
    if (event.key === "Escape") pick(-1);
    else if (move) {
      const { columns } = frame.header, at = places[shown()];
      const column = Math.min(columns.length - 1, Math.max(0, at.column + move[0])), units = columns[column].units.length;
      // Sideways to the unit at about the same height.
      const row = move[0] ? Math.round(((at.row + 0.5) / columns[at.column].units.length) * units - 0.5) : at.row + move[1];
      pick(first(column) + Math.min(units - 1, Math.max(0, row)));
    } else return;
    event.preventDefault();
    spoken.say(inWords(shown()));
  }
  function say(text) {
    setAttrs(readout, { text: text || "Point at a line to read its weight, at a unit to see its map large. Arrow keys work too." });
    readout.classList.toggle("tk-net-hint", !text);
  }
  function onHover(event) {
    if (!frame) return;
    const { unit, line } = event.target.dataset || {};
    if (unit !== undefined) pick(Number(unit));
    for (const old of links.querySelectorAll(".tk-net-near")) old.classList.remove("tk-net-near");
    if (line === undefined || !lines[line]) { say(unit === undefined ? "" : inWords(Number(unit))); return; }
    const { from, to, at, node } = lines[line];
    node.classList.add("tk-net-near");
    say(`weight from ${nameOf(from)} to ${nameOf(to)}: ${formatNumber(frame.floats[at])}`);
  }
  const onLeave = () => { say(""); if (document.activeElement !== stage) pick(-1); };
  const onBlur = () => pick(-1);
  const onFrame = () => { readFrame(); painter.request(); };
  const onPoints = () => { points = unpackFrame(model.get("_points")); painter.request(); };
  const onTheme = () => { colours = null; painter.request(); };

  stage.addEventListener("keydown", onKey);
  stage.addEventListener("pointermove", onHover);
  stage.addEventListener("pointerleave", onLeave);
  stage.addEventListener("blur", onBlur);
  model.on("change:_frame", onFrame);
  model.on("change:_points", onPoints);
  const undo = [stopKeys(root), observeWidth(root, (w) => { width = w; painter.request(); }), onThemeChange(onTheme)];
  readFrame();
  points = unpackFrame(model.get("_points"));
  paint();
  return () => {
    model.off("change:_frame", onFrame);
    model.off("change:_points", onPoints);
    painter.cancel();
    told.stop();
    spoken.stop();
    for (const stop of undo) stop();
  };
}
export default { render };
