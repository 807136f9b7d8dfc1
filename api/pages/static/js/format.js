// Times are local with the zone shown and UTC on hover; unknown is a dash, never zero.

import { h } from "./dom.js";

const two = (n) => String(n).padStart(2, "0");

/** Local "HH:MM:SS", with `parts` .3 for milliseconds. */
export function clockTime(instant, { millis = false } = {}) {
  const d = new Date(instant);
  if (Number.isNaN(d.getTime())) return "—";
  const base = `${two(d.getHours())}:${two(d.getMinutes())}:${two(d.getSeconds())}`;
  return millis ? `${base}.${String(d.getMilliseconds()).padStart(3, "0")}` : base;
}

export function day(instant) {
  const d = new Date(instant);
  return Number.isNaN(d.getTime()) ? "—" : `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}`;
}

export function zoneOffset(instant = Date.now()) {
  const m = -new Date(instant).getTimezoneOffset();
  return `${m < 0 ? "−" : "+"}${two(Math.floor(Math.abs(m) / 60))}:${two(Math.abs(m) % 60)}`;
}

export function utc(instant) {
  const d = new Date(instant);
  return Number.isNaN(d.getTime()) ? "—" : `${d.toISOString().replace("T", " ").replace("Z", "")} UTC`;
}

/** A <time> with UTC on hover. */
export function when(instant, options) {
  return h("time", { datetime: instant, title: utc(instant) }, clockTime(instant, options));
}

/** "0:36", "12:05", "3 h 19": how long, growing coarser. */
export function duration(seconds) {
  const n = Math.max(0, Math.floor(seconds));
  if (!Number.isFinite(n)) return "—";
  if (n < 3600) return `${Math.floor(n / 60)}:${two(n % 60)}`;
  if (n < 86400) return `${Math.floor(n / 3600)} h ${two(Math.floor((n % 3600) / 60))}`;
  return `${Math.floor(n / 86400)} d ${Math.floor((n % 86400) / 3600)} h`;
}

/** "36 s", "12 min", "3 h 19": an age with its unit. */
export function age(seconds) {
  const n = Math.max(0, Math.floor(seconds));
  if (!Number.isFinite(n)) return "—";
  if (n < 60) return `${n} s`;
  if (n < 3600) return `${Math.floor(n / 60)} min`;
  return duration(n);
}

export const secondsSince = (instant) => (Date.now() - new Date(instant).getTime()) / 1000;

const metres = (value) => (value < 100 ? value.toFixed(1) : Math.round(value).toString());

/** "4.2 ± 0.6" in metres, or null when the place is not resolved. */
export function distance(place) {
  if (place?.status !== "resolved" || place.distance_m === null || place.distance_m === undefined) return null;
  const sigma = place.sigma_m;
  return sigma === null || sigma === undefined ? metres(place.distance_m) : `${metres(place.distance_m)} ± ${metres(sigma)}`;
}

/** Chainage as surveyors write it: K12+345 from 12345 m. */
export function chainage(metre) {
  if (!Number.isFinite(metre)) return "—";
  const m = Math.round(metre);
  return `K${Math.floor(m / 1000)}+${String(m % 1000).padStart(3, "0")}`;
}

const NUMBER = /(?<![\w.-])(?:[<>≥≤−-]\s?)?\d+(?:[.,]\d+)*(?:\s?±\s?\d+(?:\.\d+)?)?(?:\s?(?:km|ms|mm|min|m|s|px|%|米|秒)(?![A-Za-z]))?(?![\w-])/g;

/** A sentence with its numbers bold; the words are not touched. */
export function numbersBold(text) {
  const parts = [];
  let from = 0;
  for (const hit of text.matchAll(NUMBER)) {
    parts.push(text.slice(from, hit.index), h("b", {}, hit[0]));
    from = hit.index + hit[0].length;
  }
  return [...parts, text.slice(from)];
}

/** First and last four of a digest. */
export const short = (digest) => (digest ? `${digest.slice(0, 4)}…${digest.slice(-4)}` : "—");
