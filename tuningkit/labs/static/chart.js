// The live chart. Python sends snapshots; each painted frame shows the latest one. Nothing is sent back.

const TOP = 26, RIGHT = 14, BOTTOM = 40, ROW = 16, WIDE = 560, GAP = 20;
const NOTHING = { seq: 0, sentence: "", xMax: null, curves: [], markers: [] };
// Every widget is a module of its own, so a counter alone would give two charts on a page the same ids.
const page = Math.random().toString(36).slice(2, 8);
let serial = 0;

/** One pair of axes with its title, legend, read-out and keys. `chart` holds what panels share. */
function makePanel(spec, index, height, chart) {
  const id = `tk-${page}-${++serial}`;
  const legend = makeLegend();
  const button = html("button", { class: "tk-button", type: "button", text: "log scale", "aria-label": `Logarithmic ${spec.yLabel} axis`, "aria-pressed": spec.yLog, click() { log = !log; left = 0; setAttrs(button, { "aria-pressed": log }); chart.redraw(); } });
  const readout = html("div", { class: "tk-readout", hidden: "" });
  const clip = svg("rect"), layers = {};
  for (const name of ["grid", "band", "ghost", "curve", "strong", "axis", "mark", "cross"]) layers[name] = svg("g", { class: `tk-layer-${name}` });
  for (const name of ["band", "ghost", "curve", "strong"]) setAttrs(layers[name], { "clip-path": `url(#${id})` });
  // What stands still is a picture of its own behind the moving one, so that it is not painted again in each frame.
  const still = svg("svg", { class: "tk-still", "aria-hidden": "true", height }, layers.grid, layers.ghost, layers.axis);
  const picture = svg("svg", { role: "img", height }, svg("clipPath", { id }, clip), layers.band, layers.curve, layers.strong, layers.mark, layers.cross);
  const plot = html("div", { class: "tk-plot", tabindex: 0, role: "application", "aria-roledescription": "chart", "aria-label": `${spec.title}. Left and right arrow keys read the values.` }, still, picture, readout);
  const node = html("section", { class: "tk-panel", "data-panel": spec.name }, html("div", { class: "tk-head" }, html("span", { class: "tk-title", text: spec.title }), ...(spec.toggle ? [button] : [])), legend.node, plot);
  const lines = pool(layers.grid, () => svg("path", { class: "tk-grid" })), labels = pool(layers.axis, () => svg("text"));
  const bands = pool(layers.band, () => svg("path")), marksPool = pool(layers.mark, () => svg("g", { class: "tk-mark" }, svg("line"), svg("circle", { r: 5 }), svg("text"), svg("title")));
  const paths = Object.fromEntries(["ghost", "curve", "strong"].map((name) => [name, pool(layers[name], () => svg("path"))]));
  let log = spec.yLog, yRange = null, xRange = null, left = 0, width = 0, curves = [], marks = [], notes = [], read = [], stops = null, kept = [], sx = null, sy = null, plotTop = TOP;

  function ranges(xMax) {
    const range = (low, high, log = false) => ({ low, high, log });
    const young = !curves.some((c) => c.n >= 8);
    const logY = log && (!curves.length || extent(curves.flatMap((c) => [c.y, c.high]), true)[1] > 0);
    yRange = spec.yRange && !(logY && spec.yRange[0] <= 0) ? range(...spec.yRange, logY)
      : steadyRange(...wantedRange(curves, logY), yRange, logY, young) || range(0, 1);
    let [low, high] = extent(curves.map((c) => c.edges || c.x), spec.xLog);
    const sharing = chart.sharesAxis(index) && xMax !== null;
    if (sharing) { low = finite(low) || spec.xLog ? low : 0; high = Math.max(high, xMax); }
    if (!(high >= low)) xRange = spec.xLog ? range(0.1, 10, true) : range(0, 1, null);
    else if (spec.xLog) { const pad = low < high ? (high / low) ** 0.03 : 3; xRange = range(low / pad, high * pad, true); }
    else if (curves.some((c) => c.edges)) xRange = range(low, high);
    else {
      if (low > 0 && (low <= 0.1 * high || low <= 1)) low = 0;
      // In finer steps than upwards: an axis of shares that reach 1.22 ends at 1.25, not at 1.5.
      xRange = sharing ? range(low, high > low ? high : low + 1) : steadyRange(low, high, xRange, false, false, 25);
    }
  }

  function axes() {
    const yTicks = (yRange.log ? logTicks : linearTicks)(yRange.low, yRange.high, Math.max(3, height / 50));
    const yTexts = formatTicks(yTicks, yRange.log);
    const empty = !curves.some((c) => c.n);
    if (yRange.log && hasZero(curves)) {
      while (yTicks.length && yTicks[0] < yRange.low * 2) { yTicks.shift(); yTexts.shift(); }
      yTicks.unshift(0);
      yTexts.unshift("≤ 0");
    }
    if (empty && !spec.yRange) yTexts.fill("");
    left = chart.margin(Math.max(left, 10 + Math.ceil(Math.max(...yTexts.map((t) => textWidth(t, plot))))));
    const zero = spec.xLog && curves.some((c) => c.x.some((v) => v <= 0)) ? left + 12 : NaN;
    const right = width - RIGHT, from = finite(zero) ? zero + 34 : left + 2;
    sx = makeScale(xRange, from, right, zero);
    layoutMarks(right);
    const bottom = height - BOTTOM;
    sy = makeScale(yRange, bottom, plotTop, bottom);
    setAttrs(clip, { x: left - 2, y: plotTop - 4, width: Math.max(0, right - left + 8), height: bottom - plotTop + 8 });
    const rule = (d, grid) => lines.next({ d, class: grid ? "tk-grid" : "tk-base" });
    const label = (x, y, text, anchor, hint = null) => labels.next({ x, y, text, "text-anchor": anchor, class: hint });
    for (const v of yTicks) rule(`M${left},${Math.round(sy(v)) + 0.5}H${right}`, true);
    rule(`M${left},${bottom + 0.5}H${right}`);
    const whole = !spec.xLog && curves.every((c) => !c.edges && c.x.every(Number.isInteger));
    const count = Math.max(2, (right - left) / 62);
    const xTicks = xRange.log ? logTicks(xRange.low, xRange.high, count) : linearTicks(xRange.low, xRange.high, count, whole);
    const xTexts = formatTicks(xTicks, xRange.log);
    if (finite(zero)) { xTicks.unshift(0); xTexts.unshift("0"); rule(`M${zero + 15},${bottom + 4}l4,-8m3,0l-4,8`); }
    if (empty && !chart.hasEnd(index)) xTicks.length = 0;
    xTicks.forEach((v, i) => {
      const x = sx(v);
      rule(`M${Math.round(x) + 0.5},${bottom}v5`);
      label(Math.min(x, width - textWidth(xTexts[i], plot) / 2 - 1), bottom + 18, xTexts[i], "middle");
    });
    const middle = (left + right) / 2;
    yTicks.forEach((v, i) => label(left - 7, sy(v) + 4, yTexts[i], "end"));
    label(middle, height - 6, spec.xLabel, "middle");
    label(0, 11, spec.yLabel, "start");
    if (empty) label(middle, (plotTop + bottom) / 2 + 4, "Curves appear here.", "middle", "tk-hint");
    lines.end();
    labels.end();
  }

  function layoutMarks(right) {
    for (const m of marks) Object.assign(m, { px: sx(m.x), row: null, tag: m.label });
    const lined = marks.filter((m) => m.y === null && m.px >= left - 1 && m.px <= right + 1);
    const measure = () => marks.forEach((m) => { m.width = textWidth(m.tag, plot); });
    const place = () => { measure(); return placeLabels(lined, left, width, notes.length > 0); };
    notes = [];
    let placed = place();
    // Too many words for the room: numbers above the axes, the words in the legend.
    if (placed.length < lined.length) { notes = lined; notes.forEach((m, i) => { m.tag = i + 1; m.row = null; }); placed = place(); }
    plotTop = TOP + ROW * Math.max(0, ...placed.map((m) => m.row + 1));
  }

  function drawMarks() {
    const bottom = height - BOTTOM;
    for (const m of marks) {
      const [line, ring, text, title] = marksPool.next({}).childNodes;
      setAttrs(title, { text: m.label });
      const point = m.y !== null, x = m.px, y = point ? sy(m.y) : 0;
      const inside = x >= left - 1 && x <= width && (!point || finite(y));
      const top = m.row === null ? plotTop : plotTop + 2 - ROW * (notes.length ? m.row : m.row + 1) - (notes.length ? 4 : 0);
      setAttrs(line, { x1: x, x2: x, y1: top, y2: bottom, display: inside && !point ? null : "none" });
      setAttrs(ring, { cx: x, cy: Math.max(plotTop, y), display: inside && point ? null : "none" });
      const before = x - 10 - m.width, flip = x + 10 + m.width > width || (m.before && before >= left), above = y - 10 > plotTop + 10;
      if (point) setAttrs(text, { x: flip ? Math.max(left, before) : x + 10, y: above ? y - 9 : y + 20, text: m.tag, display: inside ? null : "none" });
      else setAttrs(text, { x: m.from, y: plotTop - 5 - m.row * ROW, text: m.tag, display: inside && m.row !== null ? null : "none" });
    }
    marksPool.end();
  }

  function drawCurves() {
    const behind = curves.some((c) => c.emphasis), scales = JSON.stringify([xRange, yRange, left, width, plotTop]);
    // Most curves of a frame are those of the frame before: only the others are worked out again.
    const remembered = (place, c) => {
      const old = kept[place];
      if (!old || old.scales !== scales || !sameNumbers(old.x, c.x) || !sameNumbers(old.y, c.y)) kept[place] = { scales, x: c.x, y: c.y, d: linePath(c.x, c.y, sx, sy) };
      return kept[place].d;
    };
    kept.length = Math.min(kept.length, curves.length);
    curves.forEach((c, place) => {
      if (c.low && !c.ghost) bands.next({ d: bandPath(c, sx, sy), class: "tk-band", "data-label": c.label }).style.fill = c.colour;
      const layer = paths[c.ghost ? "ghost" : c.emphasis ? "strong" : "curve"];
      const ghost = c.ghost ? " tk-ghost" : "";
      const about = { "data-label": c.label, "data-role": c.role, "data-n": c.n };
      const drawn = c.kind === "bars" ? { d: barsPath(c, sx, sy, sy(yRange.log ? yRange.low : Math.max(0, yRange.low))), class: `tk-bars${ghost}` }
        : c.kind === "points" ? { d: pointsPath(c, sx, sy), class: `tk-points${ghost}` }
          : { d: remembered(place, c), class: lineClass(c, behind) };
      // A rim in the colour of the surface lets the chosen curve stand out of the fan.
      if (c.emphasis && c.kind === "line") layer.next({ d: drawn.d, class: "tk-halo", "data-label": null, "data-role": null, "data-n": null, style: null }).look = null;
      const path = layer.next({ ...drawn, ...about });
      const look = `stroke:${c.kind === "points" ? "none" : c.colour};fill:${c.kind === "line" || (c.kind === "bars" && c.ghost) ? "none" : c.colour}`;
      if (path.look !== look) path.style.cssText = path.look = look;
    });
    bands.end();
    Object.values(paths).forEach((p) => p.end());
  }

  /** Every place that has a value; looked for when a reader asks, not in each frame. */
  function places() {
    stops ||= [...new Set(read.flatMap((c) => [...c.x]))].sort((a, b) => a - b);
    return stops;
  }
  /** Values of all curves at `x`: what the read-out and the screen reader say. */
  function valuesAt(x) {
    const near = Math.abs(x) * 1e-6;
    const rows = [];
    for (const c of read) {
      const i = c.x.findIndex((v) => Math.abs(v - x) <= near);
      if (i < 0) continue;
      const spread = c.low && finite(c.low[i]) ? ` (${formatNumber(c.low[i])} to ${formatNumber(c.high[i])})` : "";
      rows.push({ c, y: c.y[i], text: formatNumber(c.y[i]) + spread });
    }
    return rows;
  }

  function drawCross() {
    const x = chart.cross(index);
    const own = chart.owner() === index;
    layers.cross.replaceChildren();
    setAttrs(readout, { hidden: x !== null && own ? null : "" });
    if (x === null || !places().length) return;
    const px = sx(x), rows = valuesAt(x);
    layers.cross.append(svg("line", { x1: px, x2: px, y1: plotTop, y2: height - BOTTOM }));
    for (const row of rows) {
      const y = sy(row.y);
      if (!(y >= plotTop - 4 && y <= height - BOTTOM + 1)) continue;
      const dot = svg("circle", { cx: px, cy: y, r: 4 });
      dot.style.fill = row.c.colour;
      layers.cross.append(dot);
    }
    if (!own) return;
    const fit = Math.max(4, Math.floor((height - plotTop - 34) / 18)), columns = rows.length > fit && width > 400 ? 2 : 1;
    const shown = rows.slice(0, columns * fit).map((row) => html("div", { class: "tk-row" }, keyPicture(row.c), html("span", { text: row.c.label }), html("output", { text: row.text })));
    const more = rows.length - columns * fit;
    const said = marks.filter((m) => m.y === null && Math.abs(m.px - px) < 3).map((m) => m.label);
    if (more > 0) said.push(`and ${more} more`);
    readout.replaceChildren(html("b", { text: `${spec.xLabel} ${xText(x)}` }), html("div", { style: `columns:${columns}` }, ...shown), ...said.map((text) => html("div", { text })));
    const wide = readout.offsetWidth, room = width - wide, beside = room > px ? Math.min(px + 12, room) : px - 12 - wide;
    readout.style.cssText = `top:${plotTop + 4}px;left:${Math.max(0, beside)}px`;
  }
  const xText = (x) => (Number.isInteger(x) ? x.toLocaleString("en-US") : formatNumber(x));

  const moveTo = (x) => chart.setCross(index, x);
  const pointer = (event) => {
    if (!places().length) return;
    const px = event.clientX - plot.getBoundingClientRect().left;
    moveTo(places().reduce((best, x) => (Math.abs(sx(x) - px) < Math.abs(sx(best) - px) ? x : best)));
  };
  setAttrs(plot, {
    pointermove: pointer,
    pointerdown: pointer,
    pointerleave() { moveTo(null); },
    blur() { moveTo(null); },
    keydown(event) {
      const now = chart.cross(index), all = places();
      let at = now === null ? all.length : all.findIndex((x) => x >= now);
      if (event.key === "ArrowLeft") at -= 1;
      else if (event.key === "ArrowRight") at += 1;
      else if (event.key === "Home") at = 0;
      else if (event.key === "End") at = all.length - 1;
      else if (event.key !== "Escape") return;
      event.preventDefault();
      if (event.key === "Escape" || !all.length) return moveTo(null);
      const x = all[Math.min(all.length - 1, Math.max(0, at))];
      moveTo(x);
      chart.speak(`${spec.xLabel} ${xText(x)}: ${valuesAt(x).map((row) => `${row.c.label} ${row.text}`).join(", ")}`);
    },
  });

  return {
    node,
    draw(state, newWidth) {
      if (width !== newWidth) left = 0;
      width = newWidth;
      curves = state.curves.filter((c) => c.panel === index);
      colourCurves(curves);
      marks = state.markers.filter((m) => m.panel === index || (m.panel === null && chart.sharesAxis(index)));
      read = curves.filter((c) => !c.ghost).sort((a, b) => b.emphasis - a.emphasis);
      stops = null;
      ranges(state.xMax);
      axes();
      drawCurves();
      drawMarks();
      legend.draw(curves, notes);
      drawCross();
      const last = read.slice(0, 6).filter((c) => c.n).map((c) => `${c.label} ${formatNumber(c.y[c.n - 1])}`);
      setAttrs(picture, { width, "aria-label": `${spec.title}: ${spec.yLabel} by ${spec.xLabel}. ${last.length ? `Latest: ${last.join(", ")}.` : "No curve yet."}` });
    },
    drawCross,
  };
}

function render({ model, el }) {
  const specs = model.get("_panels"), height = model.get("_height");
  const grid = html("div", { class: "tk-panels" });
  const root = html("div", { class: "tk-widget tk-chart", role: "figure", "aria-label": model.get("_description") }, grid);
  const state = announcer(root), values = announcer(root, 300);
  let width = 0, owner = null, place = null, snapshot = NOTHING, margin = 0;
  const stacked = model.get("_stacked");
  const alike = (a, b) => specs[a].xLabel === specs[b].xLabel && specs[a].xLog === specs[b].xLog;
  const chart = {
    sharesAxis: (index) => alike(index, 0),
    hasEnd: (index) => alike(index, 0) && snapshot.xMax !== null,
    owner: () => owner,
    cross: (index) => (owner !== null && alike(index, owner) ? place : null),
    setCross(index, x) { owner = x === null ? null : index; place = x; panels.forEach((p) => p.drawCross()); },
    speak: (text) => values.say(text),
    redraw: () => frames.request(),
    // Panels below each other begin in line: the widest labels decide, for those above them in the next frame.
    margin(wanted) {
      if (!stacked || wanted <= margin) return stacked ? margin : wanted;
      if (margin) frames.request();
      return (margin = wanted);
    },
  };
  const panels = specs.map((spec, index) => makePanel(spec, index, height, chart));
  grid.append(...panels.map((p) => p.node));
  const frames = coalesce(() => {
    if (!width) return;
    snapshot = decode(model.get("_frame"));
    const columns = width >= WIDE && !stacked ? Math.min(specs.length, Math.floor((width + GAP) / 290)) : 1;
    grid.style.gridTemplateColumns = `repeat(${columns}, minmax(0, 1fr))`;
    const each = (width - GAP * (columns - 1)) / columns;
    // A last panel alone in its row takes the whole of it.
    panels.forEach((p, i) => {
      const alone = columns > 1 && i === specs.length - 1 && i % columns === 0;
      p.node.style.gridColumn = alone ? "1 / -1" : "";
      p.draw(snapshot, Math.floor(alone ? width : each));
    });
    state.say(snapshot.sentence);
    root.dataset.seq = snapshot.seq;
  });
  el.append(root);
  const releaseKeys = stopKeys(root), releaseWidth = observeWidth(root, (w) => { width = w; frames.request(); });
  model.on("change:_frame", frames.request);
  return () => {
    model.off("change:_frame", frames.request);
    frames.cancel();
    releaseWidth();
    releaseKeys();
    state.stop();
    values.stop();
    root.remove();
  };
}

export default { render };
