// A sound for red, until it is decided; the browser may refuse, and then we say so.

const KEY = "linewarden.sound";
const EVERY_MS = 4000;
let context = null;
let wanted = localStorage.getItem(KEY) !== "off";
let calling = false;
let timer = null;
let tell = () => {};

export const soundState = () => (!wanted ? "off" : context?.state === "running" ? "on" : "blocked");

export function onSound(listener) { tell = listener; }

/** After a gesture the browser lets sound through. */
export async function unlock() {
  if (!wanted) return;
  context ??= new AudioContext();
  await context.resume().catch(() => {});
  tell();
}

export async function toggleSound() {
  if (soundState() === "blocked") return unlock();
  wanted = !wanted;
  localStorage.setItem(KEY, wanted ? "on" : "off");
  if (wanted) await unlock();
  tell();
}

function tone(hertz, at, length) {
  const wave = context.createOscillator();
  const loud = context.createGain();
  wave.frequency.value = hertz;
  loud.gain.setValueAtTime(0, at);
  loud.gain.linearRampToValueAtTime(0.25, at + 0.02);
  loud.gain.linearRampToValueAtTime(0, at + length);
  wave.connect(loud).connect(context.destination);
  wave.start(at);
  wave.stop(at + length);
}

function call() {
  if (!calling || soundState() !== "on") return;
  tone(880, context.currentTime, 0.18);
  tone(660, context.currentTime + 0.22, 0.26);
}

/** Calls while a red incident waits. */
export function callForRed(waits) {
  if (waits === calling) return;
  calling = waits;
  clearInterval(timer);
  if (waits) {
    call();
    timer = setInterval(call, EVERY_MS);
  }
}
