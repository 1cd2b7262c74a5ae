// Put into every page before it loads: finds the notebook, and tells when the watched part of the page was painted.
(() => {
  window.tkNotebook = () => [...window.jupyterapp.shell.widgets("main")].find((widget) => widget.sessionContext && widget.content.widgets);

  // The error that a cell ended with, if the cell is wanted: "all", or the place of one.
  window.tkFailed = (cell, index, which) => {
    if (cell.model.type !== "code" || (which !== "all" && which !== index)) return null;
    const outputs = Array.from({ length: cell.model.outputs.length }, (_, place) => cell.model.outputs.get(place));
    return outputs.find((output) => output.type === "error")?.toJSON() ?? null;
  };

  const probe = (window.tkProbe = { root: null, value: null, before: null, down: null, dirty: false, frames: [], latencies: [] });
  addEventListener("keydown", () => {
    probe.down = performance.now();
    if (probe.root && probe.value) probe.before = probe.value(probe.root);
  }, true);
  for (const name of ["stroke", "fill", "fillRect", "clearRect", "drawImage", "putImageData"]) {
    const original = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...rest) {
      if (probe.root && probe.root.contains(this.canvas)) probe.dirty = true;
      return original.apply(this, rest);
    };
  }
  const observer = new MutationObserver(() => { probe.dirty = true; });
  // The handler of a message that is posted in a frame runs after that frame was painted.
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    if (!probe.root || !probe.dirty) return;
    probe.dirty = false;
    const now = performance.now();
    probe.frames.push(now);
    if (probe.down === null || (probe.value && probe.value(probe.root) === probe.before)) return;
    probe.latencies.push(now - probe.down);
    probe.down = null;
  };
  const loop = () => {
    if (!probe.root) return;
    channel.port2.postMessage(0);
    requestAnimationFrame(loop);
  };
  probe.watch = (root, value) => {
    Object.assign(probe, { root, value, before: null, down: null, dirty: false, frames: [], latencies: [] });
    observer.disconnect();
    observer.observe(root, { subtree: true, attributes: true, childList: true, characterData: true });
    requestAnimationFrame(loop);
  };
  probe.rest = () => { probe.root = null; observer.disconnect(); };
})();
