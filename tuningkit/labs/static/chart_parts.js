// Parts of the live chart: from numbers to ranges, pixels and paths. No state but what is handed in.

const MAX_ROWS = 3;
const finite = Number.isFinite;
const sameNumbers = (a, b) => a.length === b.length && a.every((v, i) => Object.is(v, b[i]));
const at = (x, y) => `${x.toFixed(1)},${y.toFixed(1)}`;
// As long as one dash, so that it is whole on a dashed line too.
const DOT = "m-1,0a1,1 0 1,0 2,0a1,1 0 1,0 -2,0m1,0";

/** The snapshot with its numbers cut into the curves they belong to. */
function decode(frame) {
  const { header, floats } = unpackFrame(frame) || { header: NOTHING, floats: new Float32Array() };
  const curves = header.curves.map((c) => {
    const part = (start, n = c.n) => (start === null ? null : floats.subarray(start, start + n));
    const edges = c.kind === "bars" ? part(c.x, c.n + 1) : null;
    const x = edges ? part(c.x).map((v, i) => (v + edges[i + 1]) / 2) : part(c.x);
    return { ...c, edges, x, y: part(c.y), low: part(c.low), high: part(c.high), fan: c.shade !== null && !c.emphasis };
  });
  return { ...header, curves };
}

/** Give every curve its colour: by shade, by palette number, else by role; further labels take further colours. */
function colourCurves(curves) {
  const others = [];
  // Dashes tell validation from training. A fan of one role needs no telling, and is easier to read without.
  const mixed = curves.some((c) => c.shade !== null && c.role !== "validation");
  for (const c of curves) {
    c.dashed = c.role === "validation" && (c.shade === null || mixed);
    if (c.role === "other" && !c.ghost && !others.includes(c.label)) others.push(c.label);
    const place = Math.max(0, others.indexOf(c.label));
    if (c.shade !== null) c.colour = rampColour(c.shade);
    else if (c.palette !== null) c.colour = `var(--tk-c${c.palette})`;
    else c.colour = c.role === "other" ? `var(--tk-c${2 + (place % 4)})` : `var(--tk-${c.role})`;
  }
}

/** Least and greatest of finite (on a log axis: positive) numbers, as [low, high]; [Infinity, -Infinity] of none. */
function extent(arrays, log = false) {
  let low = Infinity, high = -Infinity;
  for (const array of arrays)
    if (array) for (const v of array) if (finite(v) && (!log || v > 0)) { if (v < low) low = v; if (v > high) high = v; }
  return [low, high];
}

const hasZero = (curves) => curves.some((c) => c.y.some((v) => v <= 0));

/** What the vertical axis must show. A crowd (earlier runs, the fan) may not flatten the rest when a few of it explode. */
function wantedRange(curves, log) {
  const arrays = (c) => [c.y, c.low, c.high];
  const crowd = curves.filter((c) => c.ghost || c.fan);
  let [low, high] = extent(curves.filter((c) => !c.ghost && !c.fan).flatMap(arrays), log);
  const [crowdLow, crowdHigh] = extent(crowd.flatMap(arrays), log);
  const tops = crowd.map((c) => extent(arrays(c), log)[1]).filter(finite).sort((a, b) => a - b);
  const usual = tops[Math.floor(0.75 * (tops.length - 1))];
  high = Math.max(high, !log && tops.length > 3 && crowdHigh > 10 * usual ? 1.3 * usual : crowdHigh);
  low = Math.min(low, crowdLow);
  if (curves.some((c) => c.kind === "bars") && !log) low = Math.min(0, low);
  // Zero gets room of its own below the least positive number.
  if (log && hasZero(curves)) low /= 5;
  return [low, high];
}

/** 1, 2 or 5 times a power of ten below (or above) a positive number. */
function roundLog(value, up) {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-6);
  const steps = [1, 2, 5, 10].map((f) => f * power);
  return up ? steps.find((s) => s >= value * (1 - 1e-6)) : steps.reverse().find((s) => s <= value * (1 + 1e-6));
}

/** A range with round ends that grows in steps: the previous one stays while the numbers fit and fill a good part of it. */
function steadyRange(low, high, previous, log, young = false, parts = 5) {
  if (!(high >= low)) return null;
  const place = log ? Math.log10 : Number;
  const fits = previous && previous.log === log && low >= previous.low * (1 - 1e-6) - 1e-12 && high <= previous.high * (1 + 1e-6);
  if (log) {
    if (fits && place(high / low) >= 0.4 * place(previous.high / previous.low)) return previous;
    const far = high / low > 1e4;
    const range = { low: far ? 10 ** Math.floor(place(low)) : roundLog(low, false), high: far ? 10 ** Math.ceil(place(high)) : roundLog(high, true), log };
    if (range.high <= range.low) { range.low /= 2; range.high *= 2; }
    return range;
  }
  if (low > 0 && (low < 0.6 * high || young)) low = 0;
  if (fits && high - low >= 0.45 * (previous.high - previous.low)) return previous;
  if (high - low < 1e-9 * Math.max(1e-20, Math.abs(high))) { const pad = Math.abs(high) / 10 || 1; low -= pad; high += pad; }
  const step = niceStep(high - low, parts);
  return { low: Math.floor(low / step + 1e-6) * step, high: Math.ceil(high / step - 1e-6) * step, log };
}

/** From numbers to pixels. On a log axis zero and less go to `zero`; far outside is cut off, which drawing needs. */
function makeScale({ low, high, log }, from, to, zero = NaN) {
  const cut = (p) => Math.min(4000, Math.max(-4000, p));
  if (!log) return (v) => (finite(v) ? cut(from + ((v - low) / (high - low)) * (to - from)) : NaN);
  const a = Math.log10(low), span = Math.log10(high) - a;
  return (v) => (!finite(v) ? NaN : v > 0 ? cut(from + ((Math.log10(v) - a) / span) * (to - from)) : zero);
}

/** A path through the points; a gap where a number is missing, a dot where one stands alone. */
function linePath(xs, ys, sx, sy) {
  let path = "", open = false;
  for (let i = 0; i < ys.length; i++) {
    const x = sx(xs[i]), y = sy(ys[i]);
    if (!(finite(x) && finite(y))) { open = false; continue; }
    path += `${open ? "L" : "M"}${at(x, y)}`;
    if (!open && !finite(sy(ys[i + 1]))) path += DOT;
    open = true;
  }
  return path;
}
function bandPath(c, sx, sy) {
  let path = "", start = 0;
  const whole = (i) => finite(sy(c.low[i])) && finite(sy(c.high[i]));
  for (let i = 0; i <= c.n; i++) {
    if (i < c.n && whole(i)) continue;
    const there = [], back = [];
    for (let k = start; k < i; k++) {
      there.push(at(sx(c.x[k]), sy(c.high[k])));
      back.unshift(at(sx(c.x[k]), sy(c.low[k])));
    }
    if (there.length) path += `M${there.concat(back).join("L")}Z`;
    start = i + 1;
  }
  return path;
}
function barsPath(c, sx, sy, floor) {
  let path = "";
  for (let i = 0; i < c.n; i++) {
    const left = sx(c.edges[i]), right = sx(c.edges[i + 1]), top = sy(c.y[i]);
    if ([left, right, top].every(finite)) path += `M${at(left, floor)}L${at(left, top)}L${at(right, top)}L${at(right, floor)}Z`;
  }
  return path;
}
function pointsPath(c, sx, sy) {
  const r = c.emphasis ? 5 : 3.5;
  let path = "";
  for (let i = 0; i < c.n; i++) {
    const x = sx(c.x[i]), y = sy(c.y[i]);
    if (finite(x) && finite(y)) path += `M${at(x - r, y)}a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0`;
  }
  return path;
}

const widths = new Map();
/** Width of a text of the chart in pixels; measured once, since asking for the font makes the browser lay out. */
function textWidth(text, el) {
  if (widths.size > 999) widths.clear();
  if (!widths.has(text)) {
    const ruler = document.createElement("canvas").getContext("2d");
    ruler.font = `12px ${getComputedStyle(el).fontFamily}`;
    widths.set(text, ruler.measureText(text).width);
  }
  return widths.get(text);
}

/** Rows for the marker labels above the axes: no word lies on another one or on a line; a number stands on its own line. */
function placeLabels(marks, left, right, numbers) {
  const placed = [];
  for (const mark of [...marks].sort((a, b) => b.px - a.px)) {
    // A label to the left would stand in the way of earlier lines, so that comes last.
    const starts = numbers ? [mark.px - mark.width / 2] : [mark.px + 4, mark.px - 4 - mark.width];
    search: for (const from of starts)
      for (let row = 0; row < MAX_ROWS; row++) {
        const to = from + mark.width, gap = numbers ? 2 : 8;
        if (from < left - 8 || to > right) continue;
        const clash = placed.some((p) => (p.row === row && from < p.to + gap && to > p.from - gap)
          || (!numbers && p.row <= row && mark.px > p.from - 3 && mark.px < p.to + 3)
          || (!numbers && p.row >= row && p.px > from - 3 && p.px < to + 3));
        if (clash) continue;
        Object.assign(mark, { row, from, to });
        placed.push(mark);
        break search;
      }
  }
  return placed;
}

/** Children of `parent` used again from frame to frame: next(attributes) for each wanted, then end(). */
function pool(parent, make) {
  let used = 0;
  return {
    next(attrs) { return setAttrs(parent.childNodes[used++] || parent.appendChild(make()), attrs); },
    end() { while (parent.childNodes.length > used) parent.lastChild.remove(); used = 0; },
  };
}

/** The small picture of a curve in the legend and the read-out. */
function keyPicture(c) {
  const look = c.kind === "bars" ? svg("rect", { x: 5, y: 1, width: 14, height: 8, class: "tk-bars" })
    : c.kind === "points" ? svg("circle", { cx: 12, cy: 5, r: 3.5 })
      : svg("path", { d: "M1,5H23", class: lineClass(c) });
  look.style.cssText = (c.kind === "points" ? "" : `stroke:${c.colour};`) + (c.kind === "line" ? "" : `fill:${c.colour}`);
  return svg("svg", { width: 24, height: 10, "aria-hidden": "true" }, look);
}
function lineClass(c, behind = false) {
  return ["tk-line", c.dashed && "tk-dashed", c.dash && `tk-dash${c.dash}`, c.ghost && "tk-ghost", c.fan && "tk-fan", c.fan && behind && "tk-behind", c.emphasis && "tk-strong"].filter(Boolean).join(" ");
}

/** The legend: a key for each curve, one for the fan, one for the runs behind, by the label they share; and the words of numbered markers. */
function makeLegend() {
  const node = html("div", { class: "tk-legend" });
  let known = "";
  return {
    node,
    draw(curves, notes) {
      const single = new Map(), fans = new Map();
      let earlier = "";
      for (const c of curves) {
        if (c.ghost) earlier = c.role === "other" && ["", c.label].includes(earlier) ? c.label : "earlier runs";
        else if (c.fan) fans.set(c.role, [...(fans.get(c.role) || []), c]);
        else single.set(`${c.role}|${c.label}`, c);
      }
      for (const [role, fan] of fans) if (fan.length < 4) { fan.forEach((c) => single.set(`${role}|${c.label}`, c)); fans.delete(role); }
      const key = JSON.stringify([[...single.values()].map((c) => [c.label, c.dashed, c.dash, c.kind, c.colour, c.emphasis]), [...fans].map(([r, f]) => [r, f.length, f[0].label, f[f.length - 1].label]), earlier, notes.map((m) => m.label)]);
      if (key === known) return;
      known = key;
      const entry = (drawing, text) => html("span", { class: "tk-key" }, drawing, html("span", { text, title: text }));
      const entries = [...single.values()].map((c) => entry(keyPicture(c), c.label));
      for (const fan of fans.values()) {
        const order = [...fan].sort((a, b) => a.shade - b.shade);
        entries.push(entry(html("i", { class: "tk-ramp" }), `${order[0].label} to ${order[order.length - 1].label}`));
      }
      if (earlier) entries.push(entry(keyPicture({ kind: "line", ghost: true, colour: "var(--tk-text)" }), earlier));
      for (const m of notes) entries.push(entry(html("b", { text: m.tag }), m.label));
      node.replaceChildren(...entries);
    },
  };
}
