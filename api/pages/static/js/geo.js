// A little plane geometry around one point: metres east and north, good to a few kilometres.

const R = 6378137;
const rad = (deg) => (deg * Math.PI) / 180;

/** Functions between [lon, lat] and metres east, north of `origin`. */
export function plane([lon0, lat0]) {
  const kx = R * rad(1) * Math.cos(rad(lat0));
  const ky = R * rad(1);
  return {
    toMetres: ([lon, lat]) => [(lon - lon0) * kx, (lat - lat0) * ky],
    toLatLng: ([e, n]) => [lat0 + n / ky, lon0 + e / kx],
  };
}

const CHI2_95 = 5.991;

/** Half axes (m) and turn (radians from east) of the 95 % ellipse of covariance (ee, en, nn) m². */
export function ellipse([ee, en, nn]) {
  const middle = (ee + nn) / 2;
  const spread = Math.hypot((ee - nn) / 2, en);
  return {
    a_m: Math.sqrt(CHI2_95 * (middle + spread)),
    b_m: Math.sqrt(CHI2_95 * Math.max(0, middle - spread)),
    turn: 0.5 * Math.atan2(2 * en, ee - nn),
  };
}

/** Its outline in metres around the centre. */
export function ellipsePoints({ a_m: a, b_m: b, turn }, count = 72) {
  return Array.from({ length: count }, (_, i) => {
    const angle = (i / count) * 2 * Math.PI;
    const [x, y] = [a * Math.cos(angle), b * Math.sin(angle)];
    return [x * Math.cos(turn) - y * Math.sin(turn), x * Math.sin(turn) + y * Math.cos(turn)];
  });
}

/** A line moved sideways by `by_m` (left positive), mitred at its corners. */
export function offset(points, by_m) {
  const normals = points.slice(1).map(([x, y], i) => {
    const [px, py] = points[i];
    const long = Math.hypot(x - px, y - py) || 1;
    return [-(y - py) / long, (x - px) / long];
  });
  return points.map(([x, y], i) => {
    const a = normals[Math.max(0, i - 1)] ?? [0, 0];
    const b = normals[Math.min(normals.length - 1, i)] ?? a;
    const dot = Math.max(0.3, 1 + a[0] * b[0] + a[1] * b[1]);
    return [x + ((a[0] + b[0]) / dot) * by_m, y + ((a[1] + b[1]) / dot) * by_m];
  });
}

/** The point of a line that is nearest to (0, 0), and how far. */
export function nearest(points) {
  let best = { at: null, far: Infinity };
  points.slice(1).forEach(([x2, y2], i) => {
    const [x1, y1] = points[i];
    const [dx, dy] = [x2 - x1, y2 - y1];
    const along = Math.max(0, Math.min(1, -(x1 * dx + y1 * dy) / (dx * dx + dy * dy || 1)));
    const at = [x1 + along * dx, y1 + along * dy];
    const far = Math.hypot(...at);
    if (far < best.far) best = { at, far, turn: Math.atan2(dy, dx) };
  });
  return best;
}

/** All lines of a GeoJSON feature, as arrays of [lon, lat]. */
export function lines(feature) {
  const { type, coordinates } = feature.geometry ?? {};
  if (type === "LineString") return [coordinates];
  return type === "MultiLineString" ? coordinates : [];
}
