// Shapes, pure: points are [x, y] in pixels of their zone's own frame.

export const scale = ([x, y], from, to) => [(x * to[0]) / from[0], (y * to[1]) / from[1]];
export const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);
export const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** Whole pixels, or tenths where the frame is small; inside the frame. */
export function settled([x, y], frame) {
  const fine = frame[0] < 640 ? 10 : 1;
  const fit = (v, most) => Math.round(Math.min(Math.max(v, 0), most) * fine) / fine;
  return [fit(x, frame[0]), fit(y, frame[1])];
}

const turn = (a, b, c) => Math.sign((b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]));
const within = (a, b, c) => Math.min(a[0], b[0]) <= c[0] && c[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= c[1] && c[1] <= Math.max(a[1], b[1]);

function touch(a, b, c, d) {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (abc * abd < 0 && cda * cdb < 0) return true;
  return (!abc && within(a, b, c)) || (!abd && within(a, b, d)) || (!cda && within(c, d, a)) || (!cdb && within(c, d, b));
}

/** Numbers (from 1) of the first two edges that cross; null where none do. */
export function crossing(polygon) {
  const n = polygon.length;
  const edge = (i) => [polygon[i], polygon[(i + 1) % n]];
  for (let i = 0; i < n; i += 1) {
    for (let j = i + 2; j < n; j += 1) {
      if ((j + 1) % n !== i && touch(...edge(i), ...edge(j))) return [i + 1, j + 1];
    }
  }
  return null;
}

/** Number (from 1) of the first point outside of the frame; 0 where all are inside. */
export const outside = (polygon, [w, h]) => polygon.findIndex(([x, y]) => x < 0 || y < 0 || x > w || y > h) + 1;

/** Index before which a point near an edge belongs. */
export function edgeAt(polygon, point) {
  const far = polygon.map((a, i) => {
    const b = polygon[(i + 1) % polygon.length];
    const span = distance(a, b) ** 2 || 1;
    const share = Math.min(1, Math.max(0, ((point[0] - a[0]) * (b[0] - a[0]) + (point[1] - a[1]) * (b[1] - a[1])) / span));
    return distance(point, [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]);
  });
  return far.indexOf(Math.min(...far)) + 1;
}

/** Where a name can stand: the uppermost point, a little inside. */
export const topOf = (polygon) => polygon.reduce((best, p) => (p[1] < best[1] ? p : best), polygon[0]);
export const bottomOf = (polygon) => polygon.reduce((best, p) => (p[1] > best[1] ? p : best), polygon[0]);
