// A loss surface from above: canvas bands with level lines, SVG paths, a start point to drag, and buttons that replay.

const LEFT = 40, TOP = 24, RIGHT = 12, FOOT = 38, BANDS = 16, DASHES = ["none", "7 4", "2 4", "10 4 2 4", "5 2"];
const SPEEDS = [["10 steps/s", 10], ["30 steps/s", 30], ["100 steps/s", 100]];
const finite = Number.isFinite;
const page = Math.random().toString(36).slice(2, 8);
let serial = 0;

async function render({ model, el }) {
  const selection = await model.widget_manager.get_model(model.get("_selection").slice("IPY_MODEL_".length));
  const id = `tk-surface-${page}-${++serial}`;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const canvas = html("canvas", { class: "tk-surface-ground", "aria-hidden": "true" });
  const clip = svg("rect"), axes = svg("g"), minima = svg("g"), tracks = svg("g", { class: "tk-surface-tracks", "clip-path": `url(#${id})` }), heads = svg("g"), startMark = svg("g", { class: "tk-surface-start" }, svg("circle", { r: 9, class: "tk-surface-halo" }), svg("circle", { r: 9 }), svg("circle", { r: 1.5 }));
  const picture = svg("svg", { class: "tk-surface-picture", "aria-hidden": "true" }, svg("clipPath", { id }, clip), axes, minima, tracks, startMark, heads);
  const stage = html("div", { class: "tk-surface-stage", tabindex: 0, role: "application", "aria-roledescription": "loss surface", "aria-label": "Loss surface. Arrow keys move the start point, with Shift in small steps." }, canvas, picture);
  const title = html("span", { class: "tk-surface-title" }), legend = html("div", { class: "tk-surface-legend" }), readout = html("div", { class: "tk-surface-readout" });
  const button = (text, label, click) => html("button", { class: "tk-button", type: "button", text, "aria-label": label, click });
  const play = button("▶ Play", "Play the paths step by step", () => (timer ? pause() : begin()));
  const back = button("−1", "One step back", () => moveTo(shown() - 1));
  const next = button("+1", "One step on", () => moveTo(shown() + 1));
  const whole = button("Whole path", "Show the whole paths", () => { pause(); at = null; painter.request(); });
  const scrub = html("input", { type: "range", min: 0, max: 1, step: 1, value: 1, "aria-label": "Step shown", input() { pause(); at = Number(scrub.value); painter.request(); }, keydown: scrubKey });
  const speed = html("select", { "aria-label": "Speed" }, ...SPEEDS.map(([text, value]) => html("option", { value, text })));
  speed.value = 30;
  const stepText = html("output", { class: "tk-surface-step" });
  const bar = html("div", { class: "tk-surface-bar" }, play, back, next, scrub, stepText, speed, whole);
  const root = html("div", { class: "tk-widget tk-surface", role: "figure" }, html("div", { class: "tk-surface-head" }, title), legend, stage, bar, readout);
  el.append(root);
  const told = announcer(root), spoken = announcer(root, 300);

  let ground = null, frame = null, width = 0, side = 0, at = null, timer = 0, since = 0, drag = null, painted = "", axesFor = "", marksFor = "";
  const last = () => (frame ? Math.max(0, frame.header.count - 1) : 0);
  const shown = () => Math.min(last(), at ?? last());
  const sx = (x) => LEFT + side * (x - ground.header.extent[0]) / (ground.header.extent[1] - ground.header.extent[0]);
  const sy = (y) => TOP + side * (1 - (y - ground.header.extent[2]) / (ground.header.extent[3] - ground.header.extent[2]));
  const inside = (x, y) => x >= LEFT - 0.5 && x <= LEFT + side + 0.5 && y >= TOP - 0.5 && y <= TOP + side + 0.5;
  const point = (track, k) => { const i = 2 * (track * frame.header.count + k); return [sx(frame.floats[i]), sy(frame.floats[i + 1])]; };

  // Replay

  function begin() {
    if (calm.matches) { moveTo(at === null ? 0 : shown() + 1); return; }
    if (shown() >= last()) at = 0;
    at ??= 0;
    since = performance.now();
    timer = requestAnimationFrame(tick);
    setAttrs(play, { text: "❚❚ Pause", "aria-label": "Pause" });
    painter.request();
  }
  function tick(now) {
    const steps = Math.floor((now - since) / 1000 * Number(speed.value));
    if (steps > 0) { at += steps; since += steps * 1000 / Number(speed.value); paintPaths(); }
    if (at >= last()) { at = null; pause(); } else timer = requestAnimationFrame(tick);
  }
  function pause() {
    cancelAnimationFrame(timer);
    timer = 0;
    setAttrs(play, { text: "▶ Play", "aria-label": "Play the paths step by step" });
    painter.request();
  }
  function moveTo(step) {
    if (timer) pause();
    at = Math.min(last(), Math.max(0, step));
    painter.request();
    spoken.say(`Step ${at}. ${whereWords()}`);
  }
  function scrubKey(event) {
    const moves = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10, Home: -1e6, End: 1e6 };
    if (!moves[event.key]) return;
    event.preventDefault();
    moveTo(shown() + moves[event.key]);
  }
  const whereWords = () => frame.header.tracks.map((track, place) => {
    const i = 2 * (place * frame.header.count + shown()), [x, y] = [frame.floats[i], frame.floats[i + 1]];
    return `${track.name} ${finite(x) && finite(y) ? `(${formatNumber(x)}, ${formatNumber(y)})` : "beyond all numbers"}`;
  }).join("; ");

  // Pictures

  function paintGround() {
    const { side: n } = ground.header, dense = window.devicePixelRatio || 1, pixels = Math.round(side * dense);
    const key = [pixels, cssColour(root, "var(--tk-surface)"), cssColour(root, "var(--tk-ramp2)"), ground.serial].join();
    if (key === painted) return;
    painted = key;
    canvas.width = canvas.height = pixels;
    canvas.style.cssText = `left:${LEFT}px;top:${TOP}px;width:${side}px;height:${side}px`;
    const low = cssColour(root, "var(--tk-surface)"), high = cssColour(root, "var(--tk-ramp2)");
    const ink = canvas.getContext("2d"), image = ink.createImageData(pixels, pixels), data = image.data, values = ground.floats;
    const bands = new Uint8Array(pixels * pixels);
    for (let row = 0; row < pixels; row++) {
      const v = (1 - row / (pixels - 1)) * (n - 1), i = Math.min(n - 2, Math.floor(v)), fv = v - i;
      for (let column = 0; column < pixels; column++) {
        const u = column / (pixels - 1) * (n - 1), j = Math.min(n - 2, Math.floor(u)), fu = u - j, k = i * n + j;
        const shade = (values[k] * (1 - fu) + values[k + 1] * fu) * (1 - fv) + (values[k + n] * (1 - fu) + values[k + n + 1] * fu) * fv;
        bands[row * pixels + column] = Math.min(BANDS - 1, Math.floor(shade * BANDS));
      }
    }
    for (let row = 0; row < pixels; row++)
      for (let column = 0; column < pixels; column++) {
        const place = row * pixels + column, band = bands[place], to = 4 * place;
        const line = (column + 1 < pixels && bands[place + 1] !== band) || (row + 1 < pixels && bands[place + pixels] !== band);
        const share = 0.04 + 0.4 * band / BANDS + (line ? 0.22 : 0);
        for (let c = 0; c < 3; c++) data[to + c] = low[c] + share * (high[c] - low[c]);
        data[to + 3] = 255;
      }
    ink.putImageData(image, 0, 0);
  }
  function paintAxes() {
    const { extent, minima: places } = ground.header, key = JSON.stringify([extent, places, side]);
    if (key === axesFor) return;
    axesFor = key;
    const parts = [svg("rect", { class: "tk-surface-frame", x: LEFT, y: TOP, width: side, height: side })];
    const xs = linearTicks(extent[0], extent[1], Math.max(3, side / 70)), ys = linearTicks(extent[2], extent[3], Math.max(3, side / 60));
    formatTicks(xs).forEach((text, i) => parts.push(svg("text", { x: sx(xs[i]), y: TOP + side + 15, "text-anchor": "middle", text })));
    formatTicks(ys).forEach((text, i) => parts.push(svg("text", { x: LEFT - 5, y: sy(ys[i]) + 4, "text-anchor": "end", text })));
    parts.push(svg("text", { x: LEFT + side / 2, y: TOP + side + 32, "text-anchor": "middle", text: "weight x" }), svg("text", { x: 0, y: 12, text: "weight y" }));
    axes.replaceChildren(...parts);
    minima.replaceChildren(...places.map(([x, y]) => svg("g", { class: "tk-surface-minimum", transform: `translate(${sx(x).toFixed(1)} ${sy(y).toFixed(1)})` }, svg("path", { d: "M-6,-6L6,6M-6,6L6,-6", class: "tk-surface-halo" }), svg("path", { d: "M-6,-6L6,6M-6,6L6,-6" }))));
    setAttrs(clip, { x: LEFT, y: TOP, width: side, height: side });
    setAttrs(picture, { width: LEFT + side + RIGHT, height: TOP + side + FOOT });
    stage.style.width = `${LEFT + side + RIGHT}px`;
  }
  /** Where the line from an inside point to an outside one crosses the frame. */
  function crossing([x0, y0], [x1, y1]) {
    let share = 1;
    const cut = (from, to, edge) => { if ((to - edge) * (from - edge) < 0) share = Math.min(share, (edge - from) / (to - from)); };
    cut(x0, x1, LEFT); cut(x0, x1, LEFT + side); cut(y0, y1, TOP); cut(y0, y1, TOP + side);
    return [x0 + share * (x1 - x0), y0 + share * (y1 - y0)];
  }
  function paintPaths() {
    if (!frame || !ground || !side) return;
    const until = shown(), { tracks: list, start } = frame.header;
    const key = list.map((track) => [track.name, track.palette, track.shape, track.dash].join()).join("|");
    if (key !== marksFor) {
      marksFor = key;
      tracks.replaceChildren(...list.map((track) => svg("path", { class: "tk-surface-track", "data-name": track.name, "stroke-dasharray": DASHES[track.dash], style: `stroke:var(--tk-c${track.palette})` })));
      heads.replaceChildren(...list.map((track) => svg("g", { class: "tk-surface-headmark", "data-name": track.name }, svg("path", { class: "tk-surface-halo", d: markerPath(track.shape, 6) }), svg("path", { d: markerPath(track.shape, 6), style: `fill:var(--tk-c${track.palette})` }), svg("path", { class: "tk-surface-arrow", d: "M0,-5L11,0L0,5Z", style: `fill:var(--tk-c${track.palette})` }), svg("text"))));
    }
    const labels = [];
    list.forEach((track, place) => {
      let d = "", end = null, out = null;
      // What never comes back is drawn as far as the frame.
      const stop = track.diverged && track.leftAt !== null ? Math.min(until, track.leftAt) : until;
      for (let k = 0; k <= stop; k++) {
        const here = point(place, k);
        if (!finite(here[0]) || !finite(here[1]) || Math.abs(here[0]) > 1e5 || Math.abs(here[1]) > 1e5) { out ??= k; break; }
        d += `${k ? "L" : "M"}${here[0].toFixed(1)},${here[1].toFixed(1)}`;
        if (inside(...here)) { end = here; out = null; } else out ??= k;
      }
      setAttrs(tracks.childNodes[place], { d: d || "M0,0", "data-until": until });
      const mark = heads.childNodes[place], [halo, face, arrow, text] = mark.childNodes, gone = out !== null && end !== null;
      let where = end, label = "";
      if (gone) {
        const from = point(place, out - 1), to = point(place, out).map((v) => (finite(v) ? Math.max(-1e6, Math.min(1e6, v)) : 1e6));
        where = crossing(from, to);
        const angle = Math.atan2(to[1] - from[1], to[0] - from[0]) * 180 / Math.PI;
        setAttrs(arrow, { transform: `rotate(${angle.toFixed(0)})` });
        label = `${track.name} leaves at step ${out}`;
      }
      setAttrs(mark, { transform: where ? `translate(${where[0].toFixed(1)} ${where[1].toFixed(1)})` : null, display: where ? null : "none", "data-left": gone ? out : null });
      for (const node of [halo, face]) setAttrs(node, { display: gone ? "none" : null });
      setAttrs(arrow, { display: gone ? null : "none" });
      setAttrs(text, { text: label });
      if (!label) return;
      // Words stay in the picture, and off each other.
      const wide = textWidth(label), x = Math.min(Math.max(where[0] + 10, LEFT + 2), LEFT + side - wide - 2);
      let y = Math.min(Math.max(where[1], TOP + 24), TOP + side - 8);
      while (labels.some((o) => Math.abs(o.y - y) < 15 && o.x < x + wide && x < o.x + o.wide) && y > TOP + 12 && y < TOP + side) y += where[1] > TOP + side / 2 ? -15 : 15;
      labels.push({ x, y, wide });
      setAttrs(text, { x: x - where[0], y: y - where[1] });
    });
    const [x, y] = drag || start, px = Math.min(Math.max(sx(x), LEFT), LEFT + side), py = Math.min(Math.max(sy(y), TOP), TOP + side);
    setAttrs(startMark, { transform: `translate(${px.toFixed(1)} ${py.toFixed(1)})`, "data-x": x, "data-y": y });
    setAttrs(scrub, { max: last() });
    if (Number(scrub.value) !== until) scrub.value = until;
    setAttrs(stepText, { text: `step ${until} of ${last()}` });
    setAttrs(readout, { text: `Start (${formatNumber(x)}, ${formatNumber(y)}). Drag the ring, click the picture, or use the arrow keys to move it.` });
  }
  function paintLegend() {
    const items = frame ? frame.header.tracks.map((track) => html("span", { class: "tk-surface-key" }, svg("svg", { width: 34, height: 14, viewBox: "-17 -7 34 14", "aria-hidden": "true" }, svg("path", { d: "M-17,0H17", class: "tk-surface-track", "stroke-dasharray": DASHES[track.dash], style: `stroke:var(--tk-c${track.palette})` }), svg("path", { d: markerPath(track.shape, 5), style: `fill:var(--tk-c${track.palette})` })), track.name)) : [];
    if (ground && ground.header.minima.length) items.push(html("span", { class: "tk-surface-key", text: ground.header.minima.length > 1 ? "✕ minima" : "✕ minimum" }));
    items.push(html("span", { class: "tk-surface-key", text: "◎ start" }));
    const words = items.map((item) => item.innerHTML).join();
    if (legend.dataset.words === words) return;
    legend.dataset.words = words;
    legend.replaceChildren(...items);
  }
  function paint() {
    if (!ground || !width) return;
    side = Math.max(160, Math.min(width - LEFT - RIGHT, model.get("_height") - TOP - FOOT));
    setAttrs(title, { text: ground.header.title });
    setAttrs(speed, { hidden: calm.matches ? "" : null });
    setAttrs(play, { hidden: calm.matches ? "" : null });
    paintGround();
    paintAxes();
    paintPaths();
    paintLegend();
    if (frame) { setAttrs(root, { "aria-label": frame.header.sentence }); told.say(frame.header.sentence); }
  }
  const painter = coalesce(paint);

  // The start point

  function put(x, y, say = false) {
    const [x0, x1, y0, y1] = ground.header.extent, tidy = (v) => Number(v.toPrecision(4));
    drag = [tidy(Math.min(x1, Math.max(x0, x))), tidy(Math.min(y1, Math.max(y0, y)))];
    selection.set("value", drag);
    selection.save_changes();
    painter.request();
    if (say) spoken.say(`Start at ${formatNumber(drag[0])}, ${formatNumber(drag[1])}`);
  }
  const pointer = (event) => {
    const box = stage.getBoundingClientRect(), [x0, x1, y0, y1] = ground.header.extent;
    put(x0 + (event.clientX - box.left - LEFT) / side * (x1 - x0), y1 - (event.clientY - box.top - TOP) / side * (y1 - y0));
  };
  let held = false;
  setAttrs(stage, {
    pointerdown(event) { if (!ground || !frame || event.button) return; held = true; stage.setPointerCapture(event.pointerId); pointer(event); },
    pointermove(event) { if (held) pointer(event); },
    pointerup() { held = false; },
    pointercancel() { held = false; },
    keydown(event) {
      const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (!moves || !ground || !frame || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const [x0, x1, y0, y1] = ground.header.extent, [x, y] = drag || frame.header.start, part = event.shiftKey ? 200 : 40;
      put(x + moves[0] * (x1 - x0) / part, y + moves[1] * (y1 - y0) / part, true);
    },
  });

  const onGround = () => { ground = unpackFrame(model.get("_ground")); if (ground) ground.serial = ++serial; painter.request(); };
  const onFrame = () => {
    frame = unpackFrame(model.get("_frame"));
    // The kernel has caught up with the ring, or someone else has moved it.
    if (drag && frame && (!held || frame.header.start.every((v, i) => Math.abs(v - drag[i]) < 1e-9))) {
      const wanted = selection.get("value");
      if (!wanted || frame.header.start.every((v, i) => Math.abs(v - wanted[i]) < 1e-9) || !held) drag = null;
    }
    painter.request();
  };
  model.on("change:_ground", onGround);
  model.on("change:_frame", onFrame);
  const undo = [stopKeys(root), observeWidth(root, (w) => { width = w; painter.request(); }), onThemeChange(() => { painted = ""; painter.request(); })];
  calm.addEventListener("change", painter.request);
  onGround();
  onFrame();
  return () => {
    model.off("change:_ground", onGround);
    model.off("change:_frame", onFrame);
    calm.removeEventListener("change", painter.request);
    cancelAnimationFrame(timer);
    painter.cancel();
    told.stop();
    spoken.stop();
    for (const stop of undo) stop();
    root.remove();
  };
}
export default { render };
