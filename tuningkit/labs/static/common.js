// Helpers shared by every widget. The text is put in front of each widget's own module, so nothing is exported:
// svg, html, setAttrs · stopKeys, coalesce, observeWidth, announcer · linearTicks, logTicks, formatNumber, formatTicks
// unpackFrame, floatsOf · cssColour, rampColour, onThemeChange

/** Set attributes; null removes, `text` is the text content, functions become listeners ("click": fn). */
function setAttrs(node, attrs) {
  for (const [name, value] of Object.entries(attrs || {})) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (name === "text") { if (node.textContent !== String(value)) node.textContent = value; }
    else if (value === null || value === undefined) node.removeAttribute(name);
    else if (node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }
  return node;
}
function svg(tag, attrs, ...children) {
  const node = setAttrs(document.createElementNS("http://www.w3.org/2000/svg", tag), attrs);
  node.append(...children);
  return node;
}
function html(tag, attrs, ...children) {
  const node = setAttrs(document.createElement(tag), attrs);
  node.append(...children);
  return node;
}

/** Keep key presses inside `el`: JupyterLab would take letters as shortcuts ("b" inserts a cell). Returns the remover. */
function stopKeys(el) {
  const stop = (event) => event.stopPropagation();
  el.addEventListener("keydown", stop);
  // Where shortcuts are looked up before the event arrives here, JupyterLab honours this mark.
  el.setAttribute("data-lm-suppress-shortcuts", "true");
  return () => el.removeEventListener("keydown", stop);
}

/** At most one call of `fn` per painted frame, always with the last state: request(); cancel() when the view goes. */
function coalesce(fn) {
  let handle = 0;
  const run = () => { handle = 0; fn(); };
  return {
    request() { if (!handle) handle = requestAnimationFrame(run); },
    cancel() { if (handle) cancelAnimationFrame(handle); handle = 0; },
  };
}

/** Call `fn(width)` whenever the width of `el` changes by a pixel or more, and once at the start. Returns the remover. */
function observeWidth(el, fn) {
  let last = -1;
  const observer = new ResizeObserver((entries) => {
    const width = Math.floor(entries[entries.length - 1].contentRect.width);
    if (width > 0 && width !== last) { last = width; fn(width); }
  });
  observer.observe(el);
  return () => observer.disconnect();
}

/** A polite live region in `el`: say(text) speaks when the text changes, at most every `every` ms, ending on the last. */
function announcer(el, every = 4000) {
  const node = html("div", { class: "tk-hidden", role: "status", "aria-live": "polite" });
  el.append(node);
  let wanted = "", timer = 0, last = -Infinity;
  const speak = () => { timer = 0; last = performance.now(); setAttrs(node, { text: wanted }); };
  return {
    node,
    say(text) {
      if (text === wanted) return;
      wanted = text;
      if (!timer) timer = setTimeout(speak, Math.max(0, last + every - performance.now()));
    },
    stop() { clearTimeout(timer); node.remove(); },
  };
}

/** A round step (1, 2 or 5 times a power of ten) that divides `span` into about `count` parts. */
function niceStep(span, count) {
  const raw = span / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(raw));
  const ratio = raw / power;
  return power * (ratio <= 1 ? 1 : ratio <= 2 ? 2 : ratio <= 5 ? 5 : 10);
}
/** Round numbers inside [low, high]; the slack lets a float32 0.001 count as 0.001. */
function linearTicks(low, high, count = 5, integers = false) {
  if (!(high > low)) return [low];
  let step = niceStep(high - low, count);
  if (integers) step = Math.max(1, step);
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-6); i * step <= high + step * 1e-6; i++) ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}
/** Ticks of a log axis: powers of ten, thinned when many; 2 and 5 in between when few; linear ones inside one decade. */
function logTicks(low, high, count = 5) {
  const first = Math.floor(Math.log10(low) + 1e-6), last = Math.ceil(Math.log10(high) - 1e-6);
  const decades = Math.log10(high / low);
  if (decades < 0.7) return linearTicks(low, high, count);
  const every = Math.max(1, Math.ceil(decades / count));
  const factors = decades < 1.5 ? [1, 2, 5] : decades < 2.5 ? [1, 3] : [1];
  const ticks = [];
  for (let e = Math.floor(first / every) * every; e <= last; e += every)
    for (const f of factors) {
      const value = Number(`${f}e${e}`);
      if (value >= low * (1 - 1e-6) && value <= high * (1 + 1e-6)) ticks.push(value);
    }
  return ticks.length > 1 ? ticks : linearTicks(low, high, count);
}

/** A number for people: 0.0312, 1,250, 1e-4, 2.5e6; "no value" for NaN. `digits` are significant ones. */
function formatNumber(value, digits = 3) {
  if (!Number.isFinite(value)) return value > 0 ? "∞" : value < 0 ? "−∞" : "no value";
  if (value === 0) return "0";
  const size = Math.abs(value), sign = value < 0 ? "−" : "";
  if (size < 1e-3 || size >= 1e6) {
    const [mantissa, exponent] = size.toExponential(digits - 1).split("e");
    return `${sign}${Number(mantissa)}e${Number(exponent)}`;
  }
  if (size >= 10 ** digits) return sign + Math.round(size).toLocaleString("en-US");
  return sign + size.toPrecision(digits);
}
/** Tick labels: equal decimals on a linear axis, each as short as it can be on a log axis. */
function formatTicks(ticks, log = false) {
  const top = Math.max(...ticks.map(Math.abs));
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : top || 1;
  const short = (t) => (t >= 1e-3 && t < 1e5 ? Number(t.toPrecision(3)).toLocaleString("en-US", { maximumFractionDigits: 6 }) : formatNumber(t, 2));
  if (log) return ticks.map(short);
  if (top >= 1e6 || (top > 0 && top < 1e-3)) return ticks.map((t) => formatNumber(t, 2));
  const decimals = Math.min(6, Math.max(0, Math.ceil(-Math.log10(step) - 1e-6)));
  return ticks.map((t) => t.toLocaleString("en-US", { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).replace("-", "−"));
}

/** Bytes of a trait (DataView, typed array or ArrayBuffer) as float32 from byte `offset`; copied where not aligned. */
function floatsOf(value, offset = 0, count = undefined) {
  const view = ArrayBuffer.isView(value) ? value : new DataView(value);
  const start = view.byteOffset + offset;
  const length = count === undefined ? Math.floor((view.byteLength - offset) / 4) : count;
  if (start % 4 === 0) return new Float32Array(view.buffer, start, length);
  return new Float32Array(view.buffer.slice(start, start + 4 * length));
}
/** The two parts of what Python's `pack_frame` wrote: { header, floats }; null before the first frame. */
function unpackFrame(value) {
  if (!value || !value.byteLength) return null;
  const view = ArrayBuffer.isView(value) ? value : new DataView(value);
  const length = new DataView(view.buffer, view.byteOffset, 4).getUint32(0, true);
  const text = new TextDecoder().decode(new Uint8Array(view.buffer, view.byteOffset + 4, length));
  return { header: JSON.parse(text), floats: floatsOf(view, 4 + length) };
}

/** A CSS colour on the ordered scale, 0 to 1; for `style` or for cssColour. */
function rampColour(share) {
  const place = 4 * Math.min(1, Math.max(0, share)), low = Math.min(3, Math.floor(place));
  return `color-mix(in oklab, var(--tk-ramp${low + 1}) ${Math.round(100 * (place - low))}%, var(--tk-ramp${low}))`;
}
/** Red, green, blue (0 to 255) of any CSS colour as `el` sees it, for canvas pictures: cssColour(el, "var(--tk-c0)"). */
function cssColour(el, colour) {
  const probe = html("span", { style: `display:none;color:color-mix(in srgb, ${colour} 100%, black 0%)` });
  el.append(probe);
  const text = getComputedStyle(probe).color;
  probe.remove();
  const numbers = (text.match(/-?[\d.]+(e-?\d+)?/g) || [0, 0, 0]).slice(0, 3).map(Number);
  return text.startsWith("color(") ? numbers.map((n) => Math.round(255 * Math.min(1, Math.max(0, n)))) : numbers;
}
/** Call `fn` when the page's theme changes (canvas pictures must be painted again; SVG follows by itself). Returns the remover. */
function onThemeChange(fn) {
  const observer = new MutationObserver(() => fn());
  observer.observe(document.body, { attributes: true, attributeFilter: ["class", "data-jp-theme-name", "data-jp-theme-light", "data-vscode-theme-kind"] });
  const query = matchMedia("(prefers-color-scheme: dark)");
  query.addEventListener("change", fn);
  return () => { observer.disconnect(); query.removeEventListener("change", fn); };
}
