// What the try saw at the moment that is shown: boxes, the way they came, outlines of what stands there.

import { s } from "/static/js/dom.js";
import { name } from "/static/js/i18n.js";
import { state } from "./model.js";

const TRAIL_S = 6;
const NEAR_S = 0.4;

/** Index of the last look at or before a time of the recording; -1 where none is near. */
export function lookAt(time) {
  const { looks, first_s: first } = state.result ?? { looks: [], first_s: 0 };
  let low = 0;
  let high = looks.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (looks[middle].t + first <= time + 0.02) low = middle + 1;
    else high = middle;
  }
  return low && time - looks[low - 1].t - first < NEAR_S + 0.6 ? low - 1 : -1;
}

const foot = ([x1, , x2, y2]) => `${(x1 + x2) / 2} ${y2}`;

function trail(looks, index, id) {
  const feet = [];
  for (let i = index; i >= 0 && looks[index].t - looks[i].t <= TRAIL_S; i -= 1) {
    const track = looks[i].tracks.find((one) => one.id === id);
    if (track) feet.push(foot(track.box));
  }
  return feet.length > 1 ? `M${feet.join("L")}` : "";
}

/** The first place above, below or inside the box where no other label stands; above if none is free. */
function freeTop(taken, left, width, height, [, y1, , y2]) {
  const most = state.start.recording.frame_px[1] - height;
  const tops = [y1 - height, y2, y1, y2 - height].map((top) => Math.min(most, Math.max(0, top)));
  const isFree = (top) => taken.every((o) => left >= o.left + o.width || left + width <= o.left || top >= o.top + height || top + height <= o.top);
  return tops.find(isFree) ?? tops[0];
}

function tag(svg, text, box, px, taken) {
  const size = 12 * px;
  const words = s("text", { class: "ov-t", "font-size": size.toFixed(2) }, text);
  svg.append(words);
  const width = words.getBBox().width + size * 0.7;
  const left = Math.max(0, Math.min(box[0], state.start.recording.frame_px[0] - width));
  const top = freeTop(taken, left, width, size * 1.5, box);
  taken.push({ left, top, width });
  words.setAttribute("x", left + size * 0.35);
  words.setAttribute("y", top + size * 1.1);
  svg.insertBefore(s("rect", { class: "ov-tag", x: left, y: top, width, height: size * 1.5 }), words);
}

/** Draws into `svg`; `px` is a CSS pixel in pixels of the recording. */
export function drawSeen(svg, px) {
  const index = lookAt(state.t);
  if (index < 0) return;
  const { looks } = state.result;
  const look = looks[index];
  const sights = Object.values(look.sights);
  const inside = new Set(sights.flatMap((sight) => sight.inside));
  for (const outline of sights.flatMap((sight) => sight.outlines)) {
    const d = `M${outline.map((p) => p.join(" ")).join("L")}Z`;
    svg.append(s("path", { class: "z-case", d, "stroke-width": 5 * px }), s("path", { class: "ov-thing", d, "stroke-width": 2 * px }));
  }
  const taken = [];
  for (const track of look.tracks) {
    const [x1, y1, x2, y2] = track.box;
    const place = { x: x1, y: y1, width: Math.max(0, x2 - x1), height: Math.max(0, y2 - y1) };
    const minor = track.now ? "" : " minor";
    svg.append(
      s("path", { class: "ov-trail", d: trail(looks, index, track.id), "stroke-width": 1.6 * px, "stroke-dasharray": `${2 * px} ${3 * px}` }),
      s("rect", { class: "ov-case", ...place, "stroke-width": 4 * px }),
      s("rect", { class: `ov-box${minor}`, ...place, "stroke-width": (inside.has(track.id) ? 2.4 : 1.5) * px }));
    tag(svg, `${name("class", track.class)} ${track.score.toFixed(2)} #${track.id}`, track.box, px, taken);
  }
}
