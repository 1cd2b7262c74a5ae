// A heat map: canvas cells, SVG labels, one picked cell. Bright is better; crossed out has no value.

async function render({ model, el }) {
  const labels = model.get("_labels");
  const selection = await model.widget_manager.get_model(model.get("_selection").slice("IPY_MODEL_".length));
  const root = html("div", { class: `tk-widget tk-heat${labels.compact ? " tk-heat-compact" : ""}` });
  const sentence = html("div", { class: "tk-heat-sentence" });
  const canvas = html("canvas", { class: "tk-heat-cells", "aria-hidden": "true" });
  const picture = svg("svg", { class: "tk-heat-picture", "aria-hidden": "true" });
  const axes = svg("g", {}), marks = svg("g", {});
  picture.append(axes, marks);
  const stage = html("div", {
    class: "tk-heat-stage", tabindex: 0, role: "application", "aria-roledescription": "heat map",
    "aria-label": `${labels.value} over ${labels.x} and ${labels.y}. Arrow keys pick a cell, Escape clears.`,
  }, canvas, picture);
  const readout = html("div", { class: "tk-heat-readout" });
  const legend = html("div", { class: "tk-heat-legend" });
  root.append(sentence, stage, readout, legend);
  el.append(root);
  const told = announcer(root), spoken = announcer(root, 150);

  let frame = null, width = 0, plot = null, hover = null, look = null, axesFor = "";
  const readFrame = () => { frame = unpackFrame(model.get("_frame")); hover = null; };
  const valueAt = ([row, column]) => frame.floats[row * frame.header.columns + column];
  const picked = () => {
    const cell = selection.get("value"), h = frame && frame.header;
    return cell && h && cell[0] < h.rows && cell[1] < h.columns ? cell : null;
  };
  const shareOf = (value) => {
    const [low, high] = frame.header.range;
    const share = (value - low) / (high - low);
    return frame.header.lowerIsBetter ? 1 - share : share;
  };
  const isBest = (cell) => frame.header.best && frame.header.best[0] === cell[0] && frame.header.best[1] === cell[1];
  const isHidden = (value) => value === Infinity;
  const pointsIn = ([row, column]) => frame.header.points.filter((p) => Math.floor(p.u * frame.header.columns) === column && Math.floor(p.v * frame.header.rows) === row);
  const inWords = (cell) => {
    const value = valueAt(cell), { x, y } = frame.header;
    let what = Number.isFinite(value) ? `${labels.value} ${shortName(value, 4)}` : isHidden(value) ? "not looked at yet" : labels.missing;
    const here = pointsIn(cell).map((p) => p.words);
    if (here.length) what += `; ${here.join(", ")}`;
    return `${labels.x} ${shortName(x[cell[1]])}, ${labels.y} ${shortName(y[cell[0]])}: ${what}${isBest(cell) ? " (best)" : ""}`;
  };

  function layOut() {
    const { rows, columns, x, y, range } = frame.header;
    const ticks = linearTicks(range[0], range[1], 5);
    const tickTexts = formatTicks(ticks);
    const yRoom = Math.min(width / 4, Math.max(...y.map((v) => textWidth(shortName(v)))));
    const barRoom = Math.max(...tickTexts.map((t) => textWidth(t, SMALL))) + 18;
    const left = 22 + yRoom + GAP, top = 18, bottom = 42, right = 22 + BAR + barRoom + (labels.compact ? 4 : 20);
    const high = Math.max(60, labels.height - top - bottom);
    // Cells wider than twice their height look like stripes: leave the rest of a wide page empty.
    const wide = Math.max(60, Math.min(width - left - right, Math.max(240, columns * Math.max(72, 2 * high / rows))));
    plot = { left, top, wide, high, cw: wide / columns, ch: high / rows, ticks, tickTexts, total: left + wide + right };
  }
  const boxOf = ([row, column]) => {
    const { left, top, cw, ch, high } = plot;
    return { x: left + column * cw, y: top + high - (row + 1) * ch, width: cw, height: ch };
  };
  const cellAt = (event) => {
    if (!plot || !frame) return null;
    const box = stage.getBoundingClientRect(), { left, top, wide, high, cw, ch } = plot;
    const px = event.clientX - box.left - left, py = event.clientY - box.top - top;
    if (px < 0 || py < 0 || px >= wide || py >= high) return null;
    return [frame.header.rows - 1 - Math.floor(py / ch), Math.floor(px / cw)];
  };

  function paintCells() {
    const { rows, columns } = frame.header, { cw, ch, wide, high, left, top } = plot;
    const dense = window.devicePixelRatio || 1;
    canvas.width = Math.round(wide * dense);
    canvas.height = Math.round(high * dense);
    canvas.style.cssText = `left:${left}px;top:${top}px;width:${wide}px;height:${high}px`;
    const ink = canvas.getContext("2d");
    ink.scale(dense, dense);
    const gap = Math.min(cw, ch) > 12 ? 1 : 0;
    look ||= { quiet: cssColour(root, "var(--tk-grid)"), strong: cssColour(root, "var(--tk-muted)"), font: getComputedStyle(root).fontFamily };
    const { quiet, strong } = look;
    const texts = Array.from(frame.floats, (v) => (Number.isFinite(v) ? formatNumber(v, 3) : "×"));
    const writes = !frame.header.points.length && ch >= 18 && texts.every((t) => textWidth(t, SMALL) + 6 <= cw);
    ink.font = `${SMALL}px ${look.font}`;
    ink.textAlign = "center";
    ink.textBaseline = "middle";
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++) {
        const value = valueAt([row, column]);
        const x = column * cw, y = high - (row + 1) * ch, w = cw - gap, h = ch - gap;
        if (isHidden(value)) { ink.fillStyle = `rgba(${quiet}, 0.6)`; ink.fillRect(x, y, w, h); continue; }
        if (!Number.isFinite(value)) { crossOut(ink, x, y, w, h, quiet, strong); continue; }
        const colour = viridis(shareOf(value));
        ink.fillStyle = `rgb(${colour})`;
        ink.fillRect(x, y, w, h);
        if (!writes) continue;
        ink.fillStyle = inkOn(colour);
        ink.fillText(texts[row * columns + column], x + w / 2, y + h / 2 + 0.5);
      }
  }
  function crossOut(ink, x, y, w, h, quiet, strong) {
    ink.save();
    ink.beginPath();
    ink.rect(x, y, w, h);
    ink.fillStyle = `rgb(${quiet})`;
    ink.fill();
    ink.clip();
    ink.strokeStyle = `rgba(${strong}, 0.55)`;
    ink.lineWidth = 1;
    ink.beginPath();
    for (let d = -h; d < w; d += 6) { ink.moveTo(x + d, y + h); ink.lineTo(x + d + h, y); }
    ink.stroke();
    const r = Math.min(w, h) * 0.22;
    ink.strokeStyle = `rgb(${strong})`;
    ink.lineWidth = 1.75;
    ink.beginPath();
    ink.moveTo(x + w / 2 - r, y + h / 2 - r); ink.lineTo(x + w / 2 + r, y + h / 2 + r);
    ink.moveTo(x + w / 2 + r, y + h / 2 - r); ink.lineTo(x + w / 2 - r, y + h / 2 + r);
    ink.stroke();
    ink.restore();
  }

  function paintLabels() {
    const { header } = frame, { left, top, wide, high, cw, ch, total } = plot;
    // Most redraws change the values only: the words around the map stay.
    const key = JSON.stringify([header.x, header.y, header.range, header.lowerIsBetter, left, wide, total]);
    if (key === axesFor) return;
    axesFor = key;
    const text = (content, attrs) => svg("text", { "font-size": FONT, text: content, ...attrs });
    const parts = [];
    const everyX = thinning(cw, Math.max(...header.x.map((v) => textWidth(shortName(v)))) + 8);
    header.x.forEach((v, i) => {
      if (i % everyX) return;
      parts.push(text(shortName(v), { class: "tk-heat-tick", x: left + (i + 0.5) * cw, y: top + high + 15, "text-anchor": "middle" }));
    });
    const everyY = thinning(ch, FONT + 2);
    header.y.forEach((v, i) => {
      if (i % everyY) return;
      parts.push(text(shortName(v), { class: "tk-heat-tick", x: left - GAP, y: top + high - (i + 0.5) * ch + 4, "text-anchor": "end" }));
    });
    parts.push(text(labels.x, { class: "tk-heat-axis", x: left + wide / 2, y: top + high + 35, "text-anchor": "middle" }));
    parts.push(text(labels.y, { class: "tk-heat-axis", "text-anchor": "middle", transform: `translate(13 ${top + high / 2}) rotate(-90)` }));
    parts.push(...colourBar());
    axes.replaceChildren(...parts);
    setAttrs(picture, { width: total, height: labels.height, viewBox: `0 0 ${total} ${labels.height}` });
  }
  function colourBar() {
    const { header } = frame, { left, top, wide, high, ticks, tickTexts } = plot, [low, highest] = header.range;
    const x = left + wide + 22, id = `tk-heat-${model.get("_selection").slice(-8)}`;
    const share = (i) => (header.lowerIsBetter ? 1 - i / 16 : i / 16);
    const stops = Array.from({ length: 17 }, (_, i) => svg("stop", { offset: i / 16, "stop-color": `rgb(${viridis(share(i))})` }));
    const parts = [
      svg("defs", {}, svg("linearGradient", { id, x1: 0, x2: 0, y1: 1, y2: 0 }, ...stops)),
      svg("rect", { class: "tk-heat-bar", x, y: top, width: BAR, height: high, fill: `url(#${id})` }),
    ];
    // A small map says above what is coloured.
    if (!labels.compact) parts.push(svg("text", { "font-size": FONT, class: "tk-heat-axis", "text-anchor": "middle", transform: `translate(${plot.total - 5} ${top + high / 2}) rotate(-90)`, text: labels.value }));
    ticks.forEach((tick, i) => {
      const y = top + high * (1 - (tick - low) / (highest - low));
      parts.push(svg("line", { class: "tk-heat-bartick", x1: x + BAR, x2: x + BAR + 4, y1: y, y2: y }));
      parts.push(svg("text", { "font-size": SMALL, class: "tk-heat-tick", x: x + BAR + 7, y: y + 4, text: tickTexts[i] }));
    });
    return parts;
  }
  /** The points of a search, and for one method the values it has tried, as strokes along the edges. */
  function pointMarks() {
    const { points } = frame.header, { left, top, wide, high, cw, ch } = plot;
    const group = svg("g", { class: "tk-points-layer" });
    const size = Math.min(9, Math.max(5, Math.min(cw, ch) * 0.55));
    for (const p of points) {
      const x = left + p.u * wide, y = top + high * (1 - p.v);
      if (p.rug && !p.next) group.append(svg("line", { class: "tk-rug", x1: x, x2: x, y1: top - 9, y2: top - 2, style: `stroke:var(--tk-c${p.palette})` }), svg("line", { class: "tk-rug", x1: left + wide + 3, x2: left + wide + 10, y1: y, y2: y, style: `stroke:var(--tk-c${p.palette})` }));
    }
    for (const p of points) group.append(pointMark(p, left + p.u * wide, top + high * (1 - p.v), size));
    return group;
  }
  function bestMark() {
    const group = svg("g", { class: "tk-heat-best" });
    if (!frame.header.best) return group;
    const box = boxOf(frame.header.best);
    const ring = { x: box.x + 1.5, y: box.y + 1.5, width: Math.max(2, box.width - 4), height: Math.max(2, box.height - 4), rx: Math.min(8, box.height / 3), fill: "none" };
    // The tag sits on the upper edge of a large cell, and above a small one, which it would hide.
    const wide = textWidth("best", SMALL) + 10, middle = box.x + box.width / 2;
    const x = Math.min(Math.max(middle - wide / 2, plot.left), plot.left + plot.wide - wide);
    const y = box.y - (box.height < 30 || box.width < wide + 6 ? 17 : 8);
    group.append(
      svg("rect", { ...ring, class: "tk-heat-halo" }), svg("rect", { ...ring, class: "tk-heat-ring" }),
      svg("rect", { class: "tk-heat-tag", x, y, width: wide, height: 15, rx: 7.5 }),
      svg("text", { class: "tk-heat-tagtext", "font-size": SMALL, x: x + wide / 2, y: y + 11.5, "text-anchor": "middle", text: "best" }),
    );
    return group;
  }
  function pickedMark() {
    const group = svg("g", { class: "tk-heat-picked" }), cell = picked();
    if (!cell) return group;
    const box = boxOf(cell), at = { x: box.x - 1.5, y: box.y - 1.5, width: box.width + 2, height: box.height + 2, fill: "none" };
    group.append(svg("rect", { ...at, class: "tk-heat-pickedhalo" }), svg("rect", { ...at, class: "tk-heat-pickedline" }));
    return group;
  }

  function paintWords() {
    const cell = frame && (hover || picked());
    const hint = !frame ? "Nothing to show yet." : labels.compact ? "" : "Click a cell, or move to it with the arrow keys, to read its value.";
    setAttrs(readout, { text: cell ? inWords(cell) : hint });
    readout.classList.toggle("tk-heat-hint", !cell);
  }
  function paintLegend() {
    const items = [html("span", { class: "tk-heat-key", text: "the brighter, the better" })];
    const key = (mark, text) => items.push(html("span", { class: "tk-heat-key" }, html("span", { class: `tk-heat-sample ${mark}`, "aria-hidden": "true" }), text));
    const { header } = frame;
    if (header.best) key("tk-heat-sample-best", "best cell");
    if (picked()) key("tk-heat-sample-picked", "picked cell");
    if (frame.floats.some(Number.isNaN)) key("tk-heat-sample-diverged", `${labels.missing} (no finite value)`);
    if (frame.floats.some(isHidden)) key("tk-heat-sample-hidden", "not looked at yet");
    const named = new Map(header.points.filter((p) => !p.next).map((p) => [p.name, p]));
    for (const [name, p] of named) {
      const sample = svg("svg", { width: 16, height: 16, viewBox: "-8 -8 16 16", "aria-hidden": "true" }, svg("path", { class: "tk-point-face", d: markerPath(p.shape, 5.5), style: `--tk-point:var(--tk-c${p.palette})` }));
      items.push(html("span", { class: "tk-heat-key" }, sample, name));
    }
    if (header.points.some((p) => p.next)) items.push(html("span", { class: "tk-heat-key" }, svg("svg", { width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true", class: "tk-point-next" }, svg("path", { class: "tk-point-face", d: markerPath("circle", 6.5) })), "outline: next"));
    if (header.points.some((p) => p.rug)) items.push(html("span", { class: "tk-heat-key", text: "strokes at the edges: values tried" }));
    if (header.above) items.push(html("span", { class: "tk-heat-key", text: `above ${formatNumber(header.range[1])}: same colour as the top of the scale` }));
    if (header.below) items.push(html("span", { class: "tk-heat-key", text: `below ${formatNumber(header.range[0])}: same colour as the bottom of the scale` }));
    const words = items.map((item) => item.textContent).join("|") + [...named.values()].map((p) => p.shape);
    if (legend.dataset.words === words) return;
    legend.dataset.words = words;
    legend.replaceChildren(...items);
  }
  function paint() {
    root.classList.toggle("tk-heat-narrow", width < 420);
    legend.hidden = Boolean(labels.compact);
    sentence.hidden = !(frame && frame.header.sentence);
    stage.style.height = frame ? `${labels.height}px` : "0";
    paintWords();
    if (!frame || !width) return;
    setAttrs(sentence, { text: frame.header.sentence });
    told.say(frame.header.sentence);
    layOut();
    paintCells();
    paintLabels();
    // The best cell's tag stays readable when that cell is picked.
    marks.replaceChildren(pickedMark(), pointMarks(), bestMark());
    paintLegend();
  }
  const painter = coalesce(paint);

  function pick(cell) {
    selection.set("value", cell);
    selection.save_changes();
  }
  function onKey(event) {
    if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
    const { rows, columns, best } = frame.header, at = picked();
    const moves = { ArrowUp: [1, 0], ArrowDown: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -columns], End: [0, columns] };
    if (event.key === "Escape" && at) pick(null);
    else if (moves[event.key]) {
      const inside = (place, count) => Math.min(count - 1, Math.max(0, place));
      const [up, along] = moves[event.key];
      pick(at ? [inside(at[0] + up, rows), inside(at[1] + along, columns)] : best || [0, 0]);
    } else return;
    // The keys speak now, not a mouse that rests on the map.
    hover = null;
    event.preventDefault();
  }
  const onFrame = () => { readFrame(); painter.request(); };
  const onPick = () => { if (frame && picked()) spoken.say(inWords(picked())); painter.request(); };
  const onHover = (event) => { hover = cellAt(event); stage.classList.toggle("tk-heat-over", Boolean(hover)); paintWords(); };
  const onLeave = () => { hover = null; paintWords(); };
  const onClick = (event) => { const cell = cellAt(event); if (cell) pick(cell); };

  stage.addEventListener("keydown", onKey);
  stage.addEventListener("pointermove", onHover);
  stage.addEventListener("pointerleave", onLeave);
  stage.addEventListener("click", onClick);
  model.on("change:_frame", onFrame);
  selection.on("change:value", onPick);
  const undo = [stopKeys(root), observeWidth(root, (w) => { width = w; painter.request(); }), onThemeChange(() => { look = null; painter.request(); })];
  readFrame();
  paint();
  return () => {
    model.off("change:_frame", onFrame);
    selection.off("change:value", onPick);
    painter.cancel();
    told.stop();
    spoken.stop();
    for (const stop of undo) stop();
  };
}
export default { render };
