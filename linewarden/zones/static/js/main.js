// Wires the page: the bar, the moment that is shown, keys, check, try and save.

import "./words.js";
import { byId, h, mark, put } from "/static/js/dom.js";
import { both, lang, onLang, setLang, t, words } from "/static/js/i18n.js";
import * as model from "./model.js";
import { state } from "./model.js";
import * as stage from "./stage.js";
import * as list from "./list.js";
import * as form from "./form.js";
import * as timeline from "./timeline.js";
import { listenKeys, showHelp } from "./keys.js";

const STEP_S = 0.25;
let checking = null;
let loading = false;
let wanted = null;
let playing = false;
let gone = false;

async function ask(path, method = "GET", body = null) {
  let answer;
  try {
    answer = await fetch(path, { method, headers: body ? { "Content-Type": "application/json" } : {}, body: body && JSON.stringify(body) });
  } catch {
    gone = true;
    banner();
    throw new Error("gone");
  }
  gone = false;
  const said = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(said[lang()] ?? answer.statusText), { code: said.error });
  return said;
}

/** What the page itself finds; the server has the last word when it is asked. */
const wrongHere = () => model.faults().some(([, key]) => key !== "shape_differs");
const blocked = () => form.problems().some((one) => one.blocks);

function bar() {
  const wrong = form.problems().filter((one) => one.blocks).length;
  const running = state.progress.state === "running";
  const mode = (name, ready, act, key, label) => h("button", { class: "btn", type: "button", "aria-pressed": ready === null ? null : String(ready), onclick: act, dataset: { act: name } }, ...words(label), h("kbd", {}, key));
  put(byId("bar"),
    mode("draw", state.mode === "draw", () => stage.startDrawing("zone"), "P", "new_zone"),
    mode("insert", null, stage.insertPoint, "I", "add_point"),
    h("button", { class: "btn", type: "button", disabled: !model.canUndo(), onclick: model.undo, dataset: { act: "undo" } }, ...words("undo_edit")),
    h("span", { class: "end" },
      wrong ? h("span", { class: "st bad" }, mark("cross"), t("errors_n", { n: wrong })) : saidSaved(),
      h("button", { class: "btn pri", type: "button", dataset: { act: "try" }, disabled: !running && (blocked() || !state.rules.length), onclick: tryIt }, ...(running ? words("cancel_try") : words("try_it")), h("kbd", {}, "T")),
      h("button", { class: "btn", type: "button", dataset: { act: "save" }, title: state.start.file ?? t("no_config"), disabled: blocked() || !state.start.file || model.isSaved(), onclick: save }, ...words("save_file"), h("kbd", {}, "S"))));
}

function saidSaved() {
  if (state.savedTo && !state.savedTo.whole) return h("span", { class: "label" }, state.savedTo.file);
  if (model.isSaved()) return h("span", { class: "label" }, state.savedTo ? t("saved_as", { file: state.start.name }) : t("all_saved"));
  return h("span", { class: "label" }, state.start.file ? t("unsaved") : t("no_config"));
}

function banner(text = null) {
  const note = (kind, ...inner) => h("div", { class: "banner", role: "alert", dataset: { kind } }, ...inner);
  put(byId("banner"),
    gone ? note("gone", t("server_gone"), h("span", { class: "what" }, t("server_gone_what"))) : null,
    text ? note("said", text) : null,
    state.restored && !gone ? note("restored", t("restored"), h("button", { class: "btn", type: "button", onclick: () => { model.discard(); banner(); } }, t("discard"))) : null);
}

function top() {
  const { recording, camera, file, is_new: isNew } = state.start;
  put(byId("top"),
    h("div", { class: "brand" }, "Linewarden"), h("nav", { "aria-label": both("zones_page") }, h("a", { href: "/", "aria-current": "page" }, ...words("zones_page"))),
    h("div", { class: "site" }, h("b", {}, camera), h("span", { class: "cut" }, file ?? t("no_config")), isNew && file ? h("span", { class: "sim" }, t("new_file")) : null, recording.simulated ? h("span", { class: "sim" }, t("simulated")) : null),
    h("div", { class: "stats" }),
    h("button", { class: "tool", type: "button", onclick: showHelp }, ...words("keys_title"), h("kbd", {}, "?")),
    h("div", { class: "tool" }, h("span", { class: "seg", role: "group", "aria-label": both("language") },
      ["zh", "en"].map((one) => h("button", { type: "button", "aria-pressed": String(lang() === one), onclick: () => setLang(one) }, one === "zh" ? "中" : "EN")))));
}

function seek() {
  const end = state.start.recording.duration_s;
  if (!byId("slider")) {
    byId("seek").replaceChildren(
      h("button", { class: "btn", type: "button", id: "play", onclick: play }), h("button", { class: "btn", type: "button", id: "back", onclick: () => goTo(state.t - STEP_S) }, mark("back")),
      h("button", { class: "btn", type: "button", id: "forth", onclick: () => goTo(state.t + STEP_S) }, mark("next")),
      h("input", { type: "range", id: "slider", min: 0, max: end, step: 0.01, oninput: (event) => goTo(Number(event.target.value)) }), h("span", { class: "num", id: "clock" }));
  }
  for (const [id, key] of [["play", playing ? "pause" : "play"], ["back", "frame_back"], ["forth", "frame_next"], ["slider", "time_pos"]]) byId(id).setAttribute("aria-label", t(key));
  byId("slider").value = String(state.t);
  byId("slider").setAttribute("aria-valuetext", `${state.t.toFixed(2)} s`);
  put(byId("play"), mark(playing ? "pause" : "play"));
  put(byId("clock"), h("b", {}, timeline.clock(state.t, 2)), h("span", { class: "u" }, `/ ${timeline.clock(end, 1)}`));
  byId("when").textContent = `${t("recording")} ${timeline.clock(state.t, 2)}`;
}

function readout() {
  const one = model.zone();
  const chosen = one && state.point >= 0 ? one.polygon[state.point] : null;
  put(byId("read"),
    one ? h("span", {}, ...words("point"), h("b", {}, chosen ? t("of_points", { n: state.point + 1, m: one.polygon.length }) : String(one.polygon.length))) : null,
    chosen ? h("span", { class: "num" }, "x ", h("b", {}, String(chosen[0])), " y ", h("b", {}, String(chosen[1])), h("span", { class: "u" }, `px / ${one.frame.join("×")}`)) : null,
    h("span", { class: "end" }, h("kbd", {}, "["), h("kbd", {}, "]"), t("point"), h("kbd", {}, "←"), h("kbd", {}, "→"), "1 px", h("kbd", {}, "Shift"), "10 px", h("kbd", {}, "Del")));
}

/** Shows a moment of the recording; while one picture is on its way only the last wish counts. */
export function goTo(time) {
  state.t = Math.min(Math.max(0, time), state.start.recording.duration_s);
  wanted = state.t;
  seek();
  timeline.markNow();
  stage.render();
  next();
}

function next() {
  if (loading || wanted === null) return;
  loading = true;
  byId("still").src = `/api/frame?t=${wanted.toFixed(3)}&v=${state.start.recording.key}`;
  wanted = null;
}

function shown(event) {
  loading = false;
  byId("frame").dataset.shown = event.type === "load" ? "yes" : "no";
  if (event.type === "error") byId("hint").textContent = t("frame_broken");
  if (playing && wanted === null) {
    if (state.t >= state.start.recording.duration_s) play();
    else requestAnimationFrame(() => playing && goTo(state.t + STEP_S / 2));
  }
  next();
}

function play() {
  playing = !playing;
  goTo(playing && state.t >= state.start.recording.duration_s - STEP_S ? 0 : state.t + (playing ? 0.001 : 0));
}

function recheck() {
  clearTimeout(checking);
  checking = setTimeout(async () => {
    try {
      state.check = await ask("/api/check", "POST", model.drawn());
    } catch (error) {
      if (error.message !== "gone") banner(error.message);
      return;
    }
    document.documentElement.dataset.checked = String(Number(document.documentElement.dataset.checked ?? 0) + 1);
    form.showWrong();
    if (state.tab === "yaml") form.renderForm();
    bar();
    banner();
  }, 150);
}

async function tryIt() {
  if (state.progress.state === "running") {
    state.progress = await ask("/api/try", "DELETE");
    view();
    return;
  }
  if (wrongHere() || !state.rules.length) return;
  const text = model.drawnText();
  try {
    await ask("/api/try", "POST", model.drawn());
    do {
      state.progress = await ask("/api/try");
      view();
      await new Promise((done) => setTimeout(done, 200));
    } while (state.progress.state === "running");
    if (state.progress.state !== "done") return;
    state.result = await ask("/api/try/result");
    state.tried = text;
    view();
    stage.announce(`${t("would_fire")} ${state.result.said.filter((one) => one.kind === "opened").length}`);
  } catch (error) {
    if (error.message !== "gone") banner(error.message);
  }
}

async function save() {
  if (wrongHere() || !state.start.file || model.isSaved()) return;
  try {
    const { file, whole } = await ask("/api/save", "POST", model.drawn());
    state.start.is_new &&= !whole;
    model.markSaved(file, whole);
    top();
    banner(whole ? null : t("saved_beside", { file }));
    stage.announce(t("saved_as", { file }));
    recheck();
  } catch (error) {
    if (error.message !== "gone") banner(error.message);
  }
}

function view() {
  stage.render();
  list.render();
  readout();
  bar();
  timeline.render(goTo);
}

function all() {
  top();
  banner();
  seek();
  form.renderForm();
  view();
}

const moves = { arrowleft: [-1, 0], arrowright: [1, 0], arrowup: [0, -1], arrowdown: [0, 1] };

listenKeys({
  p: () => stage.startDrawing("zone"), x: () => stage.startDrawing("exit"),
  enter: () => (state.mode === "draw" ? stage.close() : false), escape: () => (state.mode === "select" && state.point < 0 ? false : (state.point = -1, stage.stop())),
  arrow: (key, shift) => {
    const by = shift ? 10 : 1;
    const [dx, dy] = moves[key];
    if (stage.nudge(dx * by, dy * by) === false && dx) goTo(state.t + dx * (shift ? 1 : STEP_S));
  },
  space: () => (state.mode === "select" ? play() : stage.place()), bracket: (key) => stage.choosePoint(key === "]" ? 1 : -1),
  i: stage.insertPoint, delete: (_, shift) => (shift ? form.dropZone() : stage.deletePoint()),
  jk: (key) => { const n = state.zones.length; if (n) list.choose((state.zone + (key === "j" ? 1 : n - 1) + n) % n); },
  a: () => { const found = model.rulesOf(model.zoneId()).find(({ rule }) => model.useOf(rule)?.extras.includes("along")); if (found && model.zone()) stage.startAlong(found.i); },
  r: model.addRule, comma: (key, shift) => goTo(state.t + (key === "." || key === ">" ? 1 : -1) * (shift ? 1 : STEP_S)),
  t: tryIt, s: save, y: () => form.showTab(state.tab === "yaml" ? "form" : "yaml"), undo: model.undo, redo: model.redo, help: showHelp,
});
byId("still").addEventListener("load", shown);
byId("still").addEventListener("error", shown);
model.onChange((what) => {
  if (what === "structure") form.renderForm();
  if (what === "drawn") { recheck(); form.showWrong(); }
  view();
});
onLang(() => { all(); document.title = both("zones_page"); });

model.begin(await ask("/api/start"));
byId("sim").hidden = !state.start.recording.simulated;
byId("frame").style.aspectRatio = state.start.recording.frame_px.join(" / ");
document.documentElement.style.setProperty("--shape", String(state.start.recording.frame_px[0] / state.start.recording.frame_px[1]));
setLang(lang());
recheck();
goTo(0);
document.documentElement.dataset.ready = "yes";
