// What the record of the canvas (canvas.js) shows: its strokes, without what the eraser took. A record is
// [{points: [[x, y, ms], …], erases: bool}, …] in the order of drawing.
(() => {
  const sketchnet = (window.sketchnet ??= {});
  const ERASER = (sketchnet.eraser = 20), STEP = 4; // radius; units of the canvas

  // The eraser cuts strokes as it cuts pixels: points under it are removed, and a stroke is split.
  function erase(strokes, path) {
    const under = ([x, y]) => path.some(([fromX, fromY], i) => {
      const [toX, toY] = path[Math.min(i + 1, path.length - 1)];
      const dx = toX - fromX, dy = toY - fromY;
      const along = Math.min(1, Math.max(0, ((x - fromX) * dx + (y - fromY) * dy) / (dx * dx + dy * dy || 1)));
      return Math.hypot(x - fromX - along * dx, y - fromY - along * dy) < ERASER;
    });
    return strokes.flatMap((stroke) => {
      const pieces = [[]];
      for (const point of dense(stroke)) {
        if (!under(point)) pieces.at(-1).push(point);
        else if (pieces.at(-1).length) pieces.push([]);
      }
      return pieces.filter((piece) => piece.length);
    });
  }

  // Points at most a step apart, so that the eraser also cuts between distant points; one decimal, as
  // everywhere in a record.
  function dense(stroke) {
    return stroke.flatMap((to, i) => {
      const from = stroke[Math.max(0, i - 1)];
      const steps = Math.max(1, Math.ceil(Math.hypot(to[0] - from[0], to[1] - from[1]) / STEP));
      return Array.from({ length: steps }, (_, step) => to.map((v, axis) => {
        return Math.round((from[axis] + (v - from[axis]) * (step + 1) / steps) * 10) / 10;
      }));
    });
  }

  // The strokes of a record in the official raw Quick, Draw! form: [[[x, …], [y, …], [ms, …]], …].
  sketchnet.rows = (record) => {
    const visible = record.reduce((strokes, { points, erases }) => (erases ? erase(strokes, points) : [...strokes, points]), []);
    const start = visible[0]?.[0][2] ?? 0;
    return visible.map((points) => [0, 1, 2].map((axis) => {
      return points.map((point) => (axis === 2 ? point[2] - start : point[axis]));
    }));
  };
})();
