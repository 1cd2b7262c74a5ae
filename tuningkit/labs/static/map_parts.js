// Parts of the heat map: colours, short names, and the points of a search that lie on it.

// Viridis (Smith and van der Walt, 2015) at 17 even places: lightness rises steadily for every kind of colour vision.
const VIRIDIS = ("440154 48186a 472d7b 424086 3b528b 33638d 2c728e 26828e 21918c 1fa088 28ae80 3fbc73 5ec962 84d44b addc30 d8e219 fde725")
  .split(" ").map((hex) => [0, 2, 4].map((i) => parseInt(hex.slice(i, i + 2), 16)));
const FONT = 12, SMALL = 11, GAP = 6, BAR = 14;

function viridis(share) {
  const place = Math.min(1, Math.max(0, share)) * (VIRIDIS.length - 1);
  const low = Math.min(VIRIDIS.length - 2, Math.floor(place));
  return VIRIDIS[low].map((c, i) => Math.round(c + (place - low) * (VIRIDIS[low + 1][i] - c)));
}
/** Black or white, whichever stands out more (relative luminance as in WCAG 2). */
function inkOn(colour) {
  const [r, g, b] = colour.map((c) => (c / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.179 ? "#000" : "#fff";
}

/** A hyperparameter's value, as short as it can be: 0.1, 5e-4, 32, adam. */
function shortName(value, digits = 3) {
  if (typeof value === "string") return value;
  if (value === 0) return "0";
  const short = Number(value.toPrecision(digits)), size = Math.abs(short);
  const text = size < 1e-3 || size >= 1e5 ? short.toExponential().replace("e+", "e") : String(short);
  return text.replace(/^-/, "−");
}
let ruler = null;
function textWidth(text, size = FONT) {
  ruler ||= document.createElement("canvas").getContext("2d");
  ruler.font = `${size}px system-ui, sans-serif`;
  return Math.ceil(ruler.measureText(text).width);
}
/** Show every how many labels, so that each has `room` pixels for its `size`. */
const thinning = (room, size) => Math.max(1, Math.ceil(size / room));

/** The outline of a marker of radius r around (0, 0): a shape for each searcher, so that colour is not needed. */
function markerPath(shape, r) {
  const polygon = (...points) => `M${points.map(([x, y]) => `${(x * r).toFixed(1)},${(y * r).toFixed(1)}`).join("L")}Z`;
  if (shape === "square") return polygon([-0.85, -0.85], [0.85, -0.85], [0.85, 0.85], [-0.85, 0.85]);
  if (shape === "diamond") return polygon([0, -1.2], [1.2, 0], [0, 1.2], [-1.2, 0]);
  if (shape === "triangle") return polygon([0, -1.15], [1.15, 0.85], [-1.15, 0.85]);
  if (shape === "cross") return polygon([-1.1, -0.4], [-0.4, -0.4], [-0.4, -1.1], [0.4, -1.1], [0.4, -0.4], [1.1, -0.4], [1.1, 0.4], [0.4, 0.4], [0.4, 1.1], [-0.4, 1.1], [-0.4, 0.4], [-1.1, 0.4]);
  return `M${-r},0a${r},${r} 0 1,0 ${2 * r},0a${r},${r} 0 1,0 ${-2 * r},0Z`;
}
/** One point of a search: a marker, its number inside, "×3" beside it where three lie on the same place. */
function pointMark(point, x, y, size) {
  const r = point.next ? size + 3 : point.small ? Math.max(2.5, size * 0.5) : point.text ? size : Math.max(3.5, size * 0.65);
  const group = svg("g", { class: `tk-point${point.next ? " tk-point-next" : ""}${point.faint ? " tk-point-faint" : ""}${point.latest ? " tk-point-latest" : ""}`, "data-name": point.name, "data-text": point.text || null, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` });
  const d = markerPath(point.shape, r);
  group.append(svg("path", { class: "tk-point-halo", d }), svg("path", { class: "tk-point-face", d, style: `--tk-point:var(--tk-c${point.palette})` }));
  if (point.text && !point.small) group.append(svg("text", { class: "tk-point-text", "font-size": point.text.length > 2 ? 8 : 10, "text-anchor": "middle", y: point.shape === "triangle" ? 4.5 : 3.5, text: point.text }));
  if (point.times > 1) {
    const label = `×${point.times}`, wide = textWidth(label, SMALL) + 6;
    group.append(svg("rect", { class: "tk-heat-tag", x: r + 1, y: -8, width: wide, height: 15, rx: 4 }), svg("text", { class: "tk-heat-tagtext", "font-size": SMALL, x: r + 1 + wide / 2, y: 3.5, "text-anchor": "middle", text: label }));
  }
  return group;
}
