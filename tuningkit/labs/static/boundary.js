// A decision boundary: background canvas (answers), point canvas (data), SVG axes, a cross-hair that reads out.

const TEXT = 12, NARROW = 11, EDGE = { top: 8, right: 10, bottom: 40, left: 50 };
// Every shape has the same area to the eye, as corners on a circle of the given radius (in marker sizes).
const corners = (count, radius, turn = 0) => Array.from({ length: count }, (_, i) => {
  const angle = 2 * Math.PI * (i / count) + turn - Math.PI / 2;
  return [radius * Math.cos(angle), radius * Math.sin(angle)];
});
const SHAPES = [
  { word: "circles", corners: null },
  { word: "squares", corners: corners(4, 1.25, Math.PI / 4) },
  { word: "triangles", corners: corners(3, 1.4) },
  { word: "diamonds", corners: corners(4, 1.3) },
  { word: "upside-down triangles", corners: corners(3, 1.4, Math.PI) },
  { word: "stars", corners: corners(10, 1).map(([x, y], i) => (i % 2 ? [0.7 * x, 0.7 * y] : [1.55 * x, 1.55 * y])) },
];
// The numbers of a regression: an ordered scale, whose lightness alone tells low from high.
const RAMP = [0, 1, 2, 3, 4].map((step) => `var(--tk-ramp${step})`), STRENGTH = 0.85;

/** Three digits without idle zeros: 0.08, −1.2. */
const tidy = (value) => formatNumber(value, 3).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");
/** The bytes behind the header of a frame that holds bytes instead of floats. */
function bytesOf(value) {
  const view = ArrayBuffer.isView(value) ? value : new DataView(value);
  const length = new DataView(view.buffer, view.byteOffset, 4).getUint32(0, true);
  return new Uint8Array(view.buffer, view.byteOffset + 4 + length, view.byteLength - 4 - length);
}
function trace(ink, shape, x, y, size) {
  ink.beginPath();
  if (!shape.corners) ink.arc(x, y, size, 0, 2 * Math.PI);
  else shape.corners.forEach(([dx, dy], i) => ink[i ? "lineTo" : "moveTo"](x + size * dx, y + size * dy));
  ink.closePath();
}
// In a regression the fill tells the target, so the shape sets validation points apart.
const REGRESSION_TRAINING = SHAPES[0], REGRESSION_VALIDATION = SHAPES[1];
/** A marker as a small SVG, for the legend. */
function sample(shape, colour, hollow) {
  const style = hollow ? `fill:var(--tk-surface);stroke:${colour};stroke-width:2` : `fill:${colour}`;
  const mark = shape.corners
    ? svg("polygon", { points: shape.corners.map(([x, y]) => `${8 + 4.5 * x},${8 + 4.5 * y}`).join(" "), style })
    : svg("circle", { cx: 8, cy: 8, r: 4.5, style });
  return svg("svg", { width: 16, height: 16, "aria-hidden": "true" }, mark);
}

function render({ model, el }) {
  const labels = model.get("_labels"), regression = labels.kind === "regression";
  const root = html("div", { class: "tk-widget tk-plane" });
  const sentence = html("div", { class: "tk-plane-sentence" });
  const ground = html("canvas", { class: "tk-plane-ground", "aria-hidden": "true" });
  const dots = html("canvas", { class: "tk-plane-dots", "aria-hidden": "true" });
  const picture = svg("svg", { class: "tk-plane-picture", "aria-hidden": "true" });
  const hair = svg("svg", { class: "tk-plane-hair", "aria-hidden": "true" });
  const stage = html("div", {
    class: "tk-plane-stage", tabindex: 0, role: "application", "aria-roledescription": "decision map",
    "aria-label": `The network's answer over ${labels.x} and ${labels.y}. Arrow keys move a cross-hair, Escape hides it.`,
  }, ground, dots, picture, hair);
  const readout = html("div", { class: "tk-plane-readout" });
  const legend = html("div", { class: "tk-plane-legend" });
  const beside = html("div", { class: "tk-plane-side" }, readout, legend);
  root.append(sentence, html("div", { class: "tk-plane-body" }, stage, beside));
  el.append(root);
  const told = announcer(root), spoken = announcer(root, 150);
  const small = document.createElement("canvas");

  let frame = null, answers = null, points = null, width = 0, plot = null, probe = null, axesFor = "", colours = null;
  function readFrame() {
    const value = model.get("_frame");
    frame = unpackFrame(value);
    answers = frame && (regression ? frame.floats : bytesOf(value));
  }
  const readPoints = () => { points = unpackFrame(model.get("_points")); };
  function rangeOfValues() {
    if (frame && frame.header.range) return frame.header.range;
    const count = points ? points.header.count : 0;
    const from = count ? points.floats.subarray(2 * count, 3 * count) : answers || [];
    let low = Infinity, high = -Infinity;
    for (const v of from) if (Number.isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); }
    return low < high ? [low, high] : low === high ? [low - 1, high + 1] : [-1, 1];
  }
  function readColours() {
    colours = {
      classes: labels.classes.map((_, i) => cssColour(root, `var(--tk-c${i})`)),
      ramp: RAMP.map((colour) => cssColour(root, colour)), surface: cssColour(root, "var(--tk-surface)"), text: cssColour(root, "var(--tk-text)"),
    };
  }
  /** Colour of a value between the two ends. */
  function ordered(value, [low, high]) {
    const place = 4 * Math.min(1, Math.max(0, (value - low) / (high - low))), step = Math.min(3, Math.floor(place)), share = place - step;
    return colours.ramp[step].map((c, k) => c + share * (colours.ramp[step + 1][k] - c));
  }

  function layOut() {
    const bar = regression ? 78 : 0;
    const room = Math.min(width - EDGE.left - EDGE.right - bar, labels.height - EDGE.top - EDGE.bottom);
    const side = Math.max(90, Math.floor(room));
    plot = { side, wide: EDGE.left + side + EDGE.right + bar, high: EDGE.top + side + EDGE.bottom };
    stage.style.width = `${plot.wide}px`;
    stage.style.height = `${plot.high}px`;
  }
  const place = (x, y) => {
    const [x0, x1, y0, y1] = frame.header.extent;
    return [plot.side * (x - x0) / (x1 - x0), plot.side * (1 - (y - y0) / (y1 - y0))];
  };
  function sized(canvas) {
    const dense = window.devicePixelRatio || 1, pixels = Math.round(plot.side * dense);
    if (canvas.width !== pixels) canvas.width = canvas.height = pixels;
    canvas.style.cssText = `left:${EDGE.left}px;top:${EDGE.top}px;width:${plot.side}px;height:${plot.side}px`;
    const ink = canvas.getContext("2d");
    ink.setTransform(dense, 0, 0, dense, 0, 0);
    ink.clearRect(0, 0, plot.side, plot.side);
    return ink;
  }
  function paintGround() {
    const { side, discrete } = frame.header, ink = sized(ground);
    small.width = small.height = side;
    const brush = small.getContext("2d"), image = brush.createImageData(side, side), data = image.data;
    const range = regression ? rangeOfValues() : null;
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const from = row * side + column, to = 4 * ((side - 1 - row) * side + column);
        let colour, alpha;
        if (!regression) {
          // From "no better than guessing" (nearly the page's colour) to certain.
          const guess = 1 / labels.classes.length;
          const sure = discrete ? 1 : Math.max(0, (answers[side * side + from] / 255 - guess) / (1 - guess));
          colour = colours.classes[answers[from]];
          alpha = 0.1 + 0.5 * sure;
        } else if (Number.isFinite(answers[from])) { colour = ordered(discrete ? range[answers[from] < (range[0] + range[1]) / 2 ? 0 : 1] : answers[from], range); alpha = STRENGTH; }
        else { colour = colours.text; alpha = (row + column) % 4 ? 0.05 : 0.5; }
        data[to] = colour[0]; data[to + 1] = colour[1]; data[to + 2] = colour[2]; data[to + 3] = Math.round(255 * alpha);
      }
    brush.putImageData(image, 0, 0);
    ink.imageSmoothingEnabled = !discrete;
    ink.imageSmoothingQuality = "high";
    // The outermost answers lie on the frame: from the middle of the first pixel to the middle of the last.
    ink.drawImage(small, 0.5, 0.5, side - 1, side - 1, 0, 0, plot.side, plot.side);
  }
  function paintDots() {
    const ink = sized(dots);
    if (!points) return;
    const { count } = points.header, f = points.floats, range = regression ? rangeOfValues() : null;
    const size = Math.max(2, Math.min(4.5, plot.side / 60) * (count > 600 ? 0.75 : 1));
    const edge = `rgb(${colours.surface})`;
    ink.lineJoin = "round";
    for (let i = 0; i < count; i++) {
      const [x, y] = place(f[2 * i], f[2 * i + 1]), target = f[2 * count + i], held = f[3 * count + i] > 0;
      const hollow = held && !regression;
      let colour = null;
      if (regression) colour = ordered(target, range).map((c, k) => Math.round(c * STRENGTH + colours.surface[k] * (1 - STRENGTH)));
      else colour = colours.classes[target];
      trace(ink, !regression ? SHAPES[target] : held ? REGRESSION_VALIDATION : REGRESSION_TRAINING, x, y, size);
      // The rim parts a point from a background of its own colour; in a regression both may be the same.
      ink.strokeStyle = regression ? `rgba(${colours.text}, 0.75)` : edge;
      ink.lineWidth = hollow ? 4 : 2;
      ink.stroke();
      ink.fillStyle = hollow ? edge : `rgb(${colour})`;
      ink.fill();
      if (!hollow) continue;
      ink.strokeStyle = `rgb(${colour})`;
      ink.lineWidth = 1.75;
      ink.stroke();
    }
  }
  function paintAxes() {
    const [x0, x1, y0, y1] = frame.header.extent, { side } = plot, { left, top } = EDGE;
    const range = regression ? rangeOfValues() : null;
    const key = [x0, x1, y0, y1, side, range].join(" ");
    if (key === axesFor) return;
    axesFor = key;
    const parts = [svg("rect", { class: "tk-plane-frame", x: left, y: top, width: side, height: side })];
    const count = Math.max(2, Math.round(side / 55));
    const xTicks = linearTicks(x0, x1, count), yTicks = linearTicks(y0, y1, count);
    formatTicks(xTicks).forEach((text, i) => {
      const x = left + place(xTicks[i], y0)[0];
      parts.push(svg("line", { class: "tk-plane-tickline", x1: x, x2: x, y1: top + side, y2: top + side + 4 }));
      parts.push(svg("text", { class: "tk-plane-tick", "font-size": NARROW, x, y: top + side + 16, "text-anchor": "middle", text }));
    });
    formatTicks(yTicks).forEach((text, i) => {
      const y = top + place(x0, yTicks[i])[1];
      parts.push(svg("line", { class: "tk-plane-tickline", x1: left - 4, x2: left, y1: y, y2: y }));
      parts.push(svg("text", { class: "tk-plane-tick", "font-size": NARROW, x: left - 7, y: y + 4, "text-anchor": "end", text }));
    });
    parts.push(svg("text", { class: "tk-plane-axis", "font-size": TEXT, x: left + side / 2, y: top + side + 33, "text-anchor": "middle", text: labels.x }));
    parts.push(svg("text", { class: "tk-plane-axis", "font-size": TEXT, "text-anchor": "middle", transform: `translate(12 ${top + side / 2}) rotate(-90)`, text: labels.y }));
    if (regression) parts.push(...colourBar(range));
    picture.replaceChildren(...parts);
    for (const layer of [picture, hair]) setAttrs(layer, { width: plot.wide, height: plot.high });
  }
  function colourBar(range) {
    const { side } = plot, { top } = EDGE, x = EDGE.left + side + 14, id = `tk-plane-${Math.random().toString(36).slice(2)}`;
    const stop = (offset, colour, opacity) => svg("stop", { offset, style: `stop-color:${colour};stop-opacity:${opacity}` });
    const parts = [
      svg("defs", {}, svg("linearGradient", { id, x1: 0, x2: 0, y1: 1, y2: 0 }, ...RAMP.map((colour, step) => stop(step / 4, colour, STRENGTH)))),
      svg("rect", { class: "tk-plane-frame", x, y: top, width: 12, height: side, fill: `url(#${id})`, style: `fill:url(#${id})` }),
      svg("text", { class: "tk-plane-axis", "font-size": TEXT, "text-anchor": "middle", transform: `translate(${plot.wide - 4} ${top + side / 2}) rotate(-90)`, text: labels.value }),
    ];
    const ticks = linearTicks(range[0], range[1], 4);
    formatTicks(ticks).forEach((text, i) => {
      const y = top + side * (1 - (ticks[i] - range[0]) / (range[1] - range[0]));
      parts.push(svg("text", { class: "tk-plane-tick", "font-size": NARROW, x: x + 16, y: y + 4, text }));
    });
    return parts;
  }

  function paintLegend() {
    const held = points && points.floats.subarray(3 * points.header.count).some((v) => v > 0);
    const key = (mark, text) => html("span", { class: "tk-plane-key" }, mark, text);
    const items = labels.classes.map((name, i) => key(sample(SHAPES[i], `var(--tk-c${i})`, false), `${name} (${SHAPES[i].word})`));
    const grey = (shape, hollow) => sample(shape, "var(--tk-muted)", hollow);
    if (held && regression) items.push(key(grey(REGRESSION_TRAINING, false), "circles: training"), key(grey(REGRESSION_VALIDATION, false), "squares: validation"));
    else if (held) items.push(key(grey(SHAPES[0], false), "filled: training"), key(grey(SHAPES[0], true), "hollow: validation"));
    if (!regression && !frame.header.discrete) items.push(key("", "stronger background: the network is surer"));
    const words = items.map((item) => item.textContent).join("|");
    if (legend.dataset.words === words) return;
    legend.dataset.words = words;
    legend.replaceChildren(...items);
  }
  function inWords() {
    const [x0, x1, y0, y1] = frame.header.extent, { side } = frame.header;
    const x = x0 + probe[0] * (x1 - x0), y = y0 + probe[1] * (y1 - y0);
    const cell = Math.round(probe[1] * (side - 1)) * side + Math.round(probe[0] * (side - 1));
    const where = `${labels.x} ${tidy(x)}, ${labels.y} ${tidy(y)}: `;
    if (regression) return where + (Number.isFinite(answers[cell]) ? `${labels.value} ${formatNumber(answers[cell])}` : "no finite answer");
    return `${where}${labels.classes[answers[cell]]}, ${Math.round(answers[side * side + cell] / 2.55)} % sure`;
  }
  function paintProbe() {
    setAttrs(readout, { text: !frame ? "Nothing to show yet." : probe ? inWords() : "Point, or use the arrow keys, to read an answer." });
    readout.classList.toggle("tk-plane-hint", !probe);
    if (!probe || !plot || !frame) { hair.replaceChildren(); return; }
    const x = EDGE.left + probe[0] * plot.side, y = EDGE.top + (1 - probe[1]) * plot.side;
    hair.replaceChildren(
      svg("line", { x1: x, x2: x, y1: EDGE.top, y2: EDGE.top + plot.side }), svg("line", { x1: EDGE.left, x2: EDGE.left + plot.side, y1: y, y2: y }),
    );
  }
  let stale = { ground: true, dots: true };
  function paint() {
    root.classList.toggle("tk-plane-empty", !frame);
    root.classList.toggle("tk-plane-narrow", width < 420);
    sentence.hidden = !(frame && frame.header.sentence);
    if (!frame || !width) { paintProbe(); return; }
    colours || readColours();
    const before = plot && plot.side;
    layOut();
    setAttrs(sentence, { text: frame.header.sentence });
    told.say(frame.header.sentence);
    const where = frame.header.extent.join(" ");
    if (stale.ground || before !== plot.side) paintGround();
    if (stale.dots || before !== plot.side || dots.dataset.where !== where) paintDots();
    dots.dataset.where = where;
    stale = { ground: false, dots: false };
    paintAxes();
    paintLegend();
    paintProbe();
  }
  const painter = coalesce(paint);

  function onKey(event) {
    if (!frame || event.ctrlKey || event.metaKey || event.altKey) return;
    const moves = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }, move = moves[event.key];
    if (event.key === "Escape" && probe) probe = null;
    else if (move) probe = probe ? probe.map((p, i) => Math.min(1, Math.max(0, p + move[i] * (event.shiftKey ? 0.1 : 0.02)))) : [0.5, 0.5];
    else return;
    event.preventDefault();
    paintProbe();
    if (probe) spoken.say(inWords());
  }
  function onHover(event) {
    if (!frame || !plot) return;
    const box = stage.getBoundingClientRect();
    const at = [(event.clientX - box.left - EDGE.left) / plot.side, 1 - (event.clientY - box.top - EDGE.top) / plot.side];
    probe = at.every((p) => p >= 0 && p <= 1) ? at : null;
    paintProbe();
  }
  const onLeave = () => { probe = null; paintProbe(); };
  const onFrame = () => { readFrame(); stale.ground = true; painter.request(); };
  // A regression takes its colours from the targets' range: new points repaint the background too.
  const onPoints = () => { readPoints(); stale = { ground: true, dots: true }; painter.request(); };
  const onTheme = () => { colours = null; stale = { ground: true, dots: true }; painter.request(); };

  stage.addEventListener("keydown", onKey);
  stage.addEventListener("pointermove", onHover);
  stage.addEventListener("pointerleave", onLeave);
  stage.addEventListener("blur", onLeave);
  model.on("change:_frame", onFrame);
  model.on("change:_points", onPoints);
  const undo = [stopKeys(root), observeWidth(root, (w) => { width = w; painter.request(); }), onThemeChange(onTheme)];
  readFrame();
  readPoints();
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
