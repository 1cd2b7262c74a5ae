// A table of runs: headings sort, rows are picked, a button saves it as CSV. Rows are kept and updated by their id.

const MISSING = "–";

function cellText(value, column, typed) {
  if (value === null || value === undefined) return MISSING;
  if (typeof value === "object") return "not finite";
  if (column.kind === "text") return value;
  if (column.kind === "integer") return value.toLocaleString("en-US").replace("-", "−");
  if (column.format === "percent") return `${(100 * value).toFixed(1).replace("-", "−")} %`;
  const text = formatNumber(value, 3);
  return typed ? text.replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") : text;
}
const isNumber = (value) => typeof value === "number";
/** Ascending or descending; missing and not finite values last in both; equal ones stay as given. */
function sorted(rows, order) {
  if (!order) return rows;
  const [name, direction] = order, sign = direction === "descending" ? -1 : 1;
  const empty = (value) => value === null || value === undefined || typeof value === "object";
  return [...rows].sort((a, b) => {
    const [v, w] = [a[name], b[name]];
    if (empty(v) || empty(w)) return empty(v) - empty(w);
    return sign * (isNumber(v) ? v - w : v.localeCompare(w, "en", { numeric: true }));
  });
}
/** Rates that were typed in read as typed (0.1); a column of measured losses keeps equal digits (0.310). */
function allTyped(rows, column) {
  const values = rows.map((row) => row[column.name]).filter(isNumber);
  return !column.better && values.every((v) => Math.abs(Number(v.toPrecision(3)) - v) <= 1e-9 * Math.abs(v));
}
function bestValue(rows, column) {
  const values = rows.map((row) => row[column.name]).filter(isNumber);
  if (!column.better || values.length < 2) return null;
  return column.better === "lower" ? Math.min(...values) : Math.max(...values);
}
function csvOf(rows, columns) {
  const names = [...new Set(["id", ...columns.map((column) => column.name)])];
  const plain = (value) => (value === null || value === undefined ? "" : typeof value === "object" ? value.notFinite : String(value));
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [names, ...rows.map((row) => names.map((name) => row[name]))]
    .map((line) => line.map((value) => quoted(plain(value))).join(",") + "\r\n").join("");
}

async function render({ model, el }) {
  const { columns, empty, maxHeight, file, thing } = model.get("_labels");
  const stateOf = (name) => model.widget_manager.get_model(model.get(name).slice("IPY_MODEL_".length));
  const [selection, order] = await Promise.all([stateOf("_selection"), stateOf("_order")]);

  const root = html("div", { class: "tk-widget tk-runs" });
  const count = html("span", { class: "tk-runs-count" });
  const save = html("button", { class: "tk-button", type: "button", text: "Download CSV" });
  const head = html("tr", {}), body = html("tbody", {});
  const table = html("table", { role: "grid", "aria-label": `Table of ${thing}s. Arrow keys pick a row, Escape clears.` }, html("thead", {}, head), body);
  const pane = html("div", { class: "tk-runs-pane", style: `max-height:${maxHeight}px` }, table);
  const nothing = html("div", { class: "tk-runs-empty", text: empty });
  const bar = html("div", { class: "tk-runs-bar" }, count, save);
  root.append(bar, pane, nothing);
  el.append(root);
  const spoken = announcer(root, 300);

  let rows = [], shown = [], cursor = null;
  const known = new Map();
  const sameId = (a, b) => String(a) === String(b);
  const headings = columns.map((column) => {
    const arrow = html("span", { class: "tk-runs-arrow", "aria-hidden": "true" });
    const title = column.unit ? `${column.title} (${column.unit})` : column.title;
    const button = html("button", { type: "button", class: "tk-runs-sort", click: () => sortBy(column) }, html("span", { text: title }), arrow);
    const cell = html("th", { scope: "col", class: `tk-runs-${column.kind}` }, button);
    head.append(cell);
    return { column, cell, arrow };
  });

  function sortBy(column) {
    const now = order.get("value");
    // The first click shows the best on top, or the smallest.
    const first = column.better === "higher" ? "descending" : "ascending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = now && now[0] === column.name ? (now[1] === first ? other : null) : first;
    order.set("value", direction && [column.name, direction]);
    order.save_changes();
    spoken.say(direction ? `Sorted by ${column.title}, ${direction}.` : `In the order of the ${thing}s.`);
  }
  function pick(id) {
    selection.set("value", id);
    selection.save_changes();
  }
  function makeRow(id) {
    const cells = columns.map((column, i) => html(i ? "td" : "th", { class: `tk-runs-${column.kind}`, scope: i ? null : "row" }));
    const node = html("tr", { tabindex: -1, class: "tk-runs-row" }, ...cells);
    node.dataset.id = id;
    node.addEventListener("click", () => { cursor = id; pick(id); });
    node.addEventListener("focus", () => { cursor = id; tabStop(); });
    return { node, cells };
  }
  function tabStop() {
    const target = shown.some((row) => sameId(row.id, cursor)) ? cursor : shown.length ? shown[0].id : null;
    for (const [key, { node }] of known) setAttrs(node, { tabindex: sameId(key, target) ? 0 : -1 });
  }

  function paint() {
    const at = order.get("value"), chosen = selection.get("value");
    for (const { column, cell, arrow } of headings) {
      const direction = at && at[0] === column.name ? at[1] : null;
      setAttrs(cell, { "aria-sort": direction || "none" });
      setAttrs(arrow, { text: direction === "ascending" ? "▲" : direction === "descending" ? "▼" : "↕" });
    }
    shown = sorted(rows, at);
    const best = columns.map((column) => bestValue(rows, column));
    const typed = columns.map((column) => allTyped(rows, column));
    const present = new Set(shown.map((row) => String(row.id)));
    for (const [key, { node }] of known) if (!present.has(key)) { node.remove(); known.delete(key); }
    // Moving a node takes its focus away, and adding rows above would shift what is read: put both back.
    const focused = body.contains(document.activeElement) ? document.activeElement : null;
    const left = pane.scrollLeft, top = pane.scrollTop;
    shown.forEach((row, place) => {
      const key = String(row.id);
      if (!known.has(key)) known.set(key, makeRow(row.id));
      const { node, cells } = known.get(key);
      columns.forEach((column, i) => paintCell(cells[i], row[column.name], best[i], cellText(row[column.name], column, typed[i])));
      setAttrs(node, { "aria-selected": String(chosen !== null && sameId(row.id, chosen)) });
      if (body.children[place] !== node) body.insertBefore(node, body.children[place] || null);
    });
    pane.scrollLeft = left;
    pane.scrollTop = top;
    if (focused && focused.isConnected && document.activeElement !== focused) focused.focus({ preventScroll: true });
    tabStop();
    setAttrs(count, { text: `${rows.length} ${thing}${rows.length === 1 ? "" : "s"}` });
    pane.hidden = bar.hidden = !rows.length;
    nothing.hidden = Boolean(rows.length);
  }
  function paintCell(node, value, best, text) {
    const isBest = best !== null && value === best;
    const key = `${isBest ? "★" : ""}${text}`;
    if (node.dataset.key === key) return;
    node.dataset.key = key;
    node.classList.toggle("tk-runs-best", isBest);
    node.classList.toggle("tk-runs-none", value === null || value === undefined || typeof value === "object");
    const star = isBest ? [html("span", { class: "tk-runs-star", "aria-hidden": "true", text: "★" }), html("span", { class: "tk-hidden", text: "best: " })] : [];
    node.replaceChildren(...star, text);
  }
  const painter = coalesce(paint);

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const row = event.target.closest("tr.tk-runs-row");
    if (!row) return;
    const place = shown.findIndex((item) => sameId(item.id, row.dataset.id)), last = shown.length - 1;
    const goal = { ArrowUp: place - 1, ArrowDown: place + 1, Home: 0, End: last, " ": place, Enter: place }[event.key];
    if (event.key === "Escape") pick(null);
    else if (goal !== undefined) {
      const { id } = shown[Math.min(last, Math.max(0, goal))];
      pick(id);
      known.get(String(id)).node.focus();
    } else return;
    event.preventDefault();
  }
  function download() {
    const link = html("a", { href: URL.createObjectURL(new Blob([csvOf(rows, columns)], { type: "text/csv;charset=utf-8" })), download: file });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
    spoken.say(`Saved ${file}.`);
  }
  const readFrame = () => { rows = unpackFrame(model.get("_frame"))?.header.rows || []; };
  const onFrame = () => { readFrame(); painter.request(); };
  const onState = () => painter.request();

  body.addEventListener("keydown", onKey);
  save.addEventListener("click", download);
  model.on("change:_frame", onFrame);
  selection.on("change:value", onState);
  order.on("change:value", onState);
  const undo = [stopKeys(root)];
  readFrame();
  paint();
  return () => {
    model.off("change:_frame", onFrame);
    selection.off("change:value", onState);
    order.off("change:value", onState);
    painter.cancel();
    spoken.stop();
    for (const stop of undo) stop();
  };
}
export default { render };
