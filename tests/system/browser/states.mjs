// The page in states of all kinds, against the store of canned answers. Prints what it found.
import { withBrowser, signIn } from "./browser.mjs";

const [url, folder] = process.argv.slice(2);
const post = (path, body) => fetch(url + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) }).then((r) => r.json());
const text = (page, selector) => page.locator(selector).innerText();
const shot = (page, name) => (folder ? page.screenshot({ path: `${folder}/${name}.png` }) : null);
const verdictOf = (id) => fetch(`${url}/test/verdict/${id}`).then((r) => r.json()).then((b) => b.verdict);
const current = (page) => page.locator(".row.is-current").getAttribute("data-id");

async function door(page) {
  await page.goto(`${url}/`);
  const sentTo = new URL(page.url());
  await page.fill("#name", "周岚");
  await page.fill("#password", "wrong");
  await page.press("#password", "Enter");
  await page.waitForSelector("#wrong:not([hidden])");
  const found = { redirected: sentTo.pathname, wrong: await text(page, "#wrong"), cleared: await page.inputValue("#password") };
  await page.goto(`${url}/login?next=${encodeURIComponent("//example.org/")}`);
  await page.fill("#name", "周岚");
  await page.fill("#password", "night-shift-1");
  await page.press("#password", "Enter");
  await page.waitForSelector("html[data-ready=yes]", { state: "attached" });
  return { ...found, landed: page.url() === `${url}/` };
}

async function reads(page) {
  return {
    groups: await page.locator(".grp h3 .lv").allInnerTexts(),
    count: await text(page, ".list .count"),
    boxes: await page.locator(".overlay .ov-box").count(),
    zone: await page.locator(".overlay .ov-zone").count(),
    bold: await page.locator("#why b").allInnerTexts(),
    clip: await page.locator("#scrub").innerText(),
    place: await text(page, "#place"),
    fault: await text(page, ".faults:not(.check) li"),
    check: await text(page, ".faults.check"),
    simulated: await page.locator(".pic .sim").isVisible(),
    utc: await page.locator(".tlx time").first().getAttribute("title"),
    map_paths: await page.locator("#map svg path").count(),
    scale: await text(page, ".leaflet-control-scale-line"),
    tiles: await page.locator("#map img").count(),
  };
}

async function keyboard(page) {
  const first = await current(page);
  await page.keyboard.press("j");
  const second = await current(page);
  await page.keyboard.press("k");
  const back = await current(page);
  await page.keyboard.press("b");
  const without = await page.locator(".overlay .ov-box").count();
  await page.keyboard.press("b");
  await page.keyboard.press("v");
  const noZone = await page.locator(".overlay .ov-zone").count();
  await page.keyboard.press("v");
  await page.keyboard.press("1");
  const unasked = await page.locator("#decision .done").count();
  await page.keyboard.press("d");
  const asked = await page.locator(".reasons.armed").count();
  const chosen = await page.locator(".reasons [aria-pressed=true]").count();
  await page.keyboard.press("Escape");
  const taken_back = await page.locator(".reasons.armed").count();
  await page.keyboard.press("?");
  const help = await page.locator("#help").isVisible();
  await page.keyboard.press("c");
  await page.keyboard.press("Escape");
  const confirmed_behind_help = await page.locator("#decision .done").count();
  return { moved: first !== second, back: back === first, without, noZone, unasked, asked, chosen, taken_back, help, confirmed_behind_help };
}

async function fields(page) {
  await page.keyboard.press("d");
  await page.keyboard.press("6");
  const before = await current(page);
  await page.keyboard.type("jc dk 1");
  const typed = await page.inputValue("#note");
  const still = before === (await current(page)) && (await page.locator("#decision .done").count()) === 0;
  await page.fill("#note", "");
  await page.keyboard.press("Enter");
  const refused = await text(page, "#decision .wrong");
  await page.fill("#note", "<b>管线迁改</b>");
  await page.keyboard.press("Enter");
  await page.waitForSelector("#decision .done");
  return { typed, still, refused, done: await text(page, "#decision .done") };
}

async function clips(page) {
  const key = { clip: "expected", scene: "yard", cls: "truck", level: "yellow", age_s: 5 };
  const expected = await post("/test/incident", key);
  const missing = await post("/test/incident", { ...key, clip: "missing", camera: "yard-west" });
  const found = {};
  for (const [name, incident] of Object.entries({ expected, missing })) {
    await page.click(`[data-id="${incident.incident_id}"] a`);
    await page.waitForFunction((id) => location.pathname.endsWith(id), incident.incident_id);
    found[name] = await text(page, "#scrub .line");
    found[`${name}_place`] = await text(page, "#place");
    await shot(page, `clip-${name}`);
  }
  return found;
}

/** What is offered over the picture: layers that can be switched, and what was drawn. */
const offered = (page) => page.locator(".pic [data-layer]:visible, .pic .bl:visible").count();

async function sensor(page) {
  const with_picture = await offered(page);
  const made = await post("/test/incident", { sensor: "gas-1", level: "yellow", age_s: 4 });
  await page.click(`[data-id="${made.incident_id}"] a`);
  await page.waitForFunction((id) => location.pathname.endsWith(id), made.incident_id);
  await page.waitForSelector(".pic .none:not([hidden])");
  await shot(page, "sensor");
  return { with_picture, without: await offered(page), said: await text(page, ".pic .none") };
}

async function hostile(page) {
  const bad = "<img src=x onerror=window.pwned=1><script>window.pwned=1</script>";
  const made = await post("/test/incident", { zone: bad, rule: bad, cls: bad, camera: bad, zh: `${bad} 8.0 s`, en: bad });
  await page.waitForSelector(`[data-id="${made.incident_id}"]`);
  await page.click(`[data-id="${made.incident_id}"] a`);
  await page.waitForFunction((id) => location.pathname.endsWith(id), made.incident_id);
  await page.waitForTimeout(300);
  return {
    pwned: await page.evaluate(() => window.pwned ?? null),
    injected: await page.locator("img[src=x], #incident script, #list script").count(),
    said: (await text(page, "#why")).includes("<img src=x"),
    drawn: (await page.locator(".overlay").textContent()).includes("<script>"),
  };
}

async function english(page) {
  await page.click(".top [data-lang=en]");
  const words = await text(page, "#decision");
  await page.reload();
  await page.waitForSelector("html[data-ready=yes]", { state: "attached" });
  const kept = await page.locator("html").getAttribute("lang");
  const found = { kept, words, title: await text(page, ".list .count") };
  await shot(page, "english");
  await page.click(".top [data-lang=zh]");
  return found;
}

/** A new red incident, selected. */
async function fresh(page) {
  const { incident_id: id } = await post("/test/incident", { age_s: 3 });
  await page.click(`[data-id="${id}"] a`);
  await page.waitForFunction((wanted) => location.pathname.endsWith(wanted), id);
  await page.waitForSelector("#decision [data-act=confirm]");
  return id;
}

/** In a browser whose clock stands, so that five seconds are as long as the test needs. */
async function undo(newPage) {
  const page = await newPage();
  await signIn(page, url, "周岚", "night-shift-1");
  const id = await fresh(page);
  await page.clock.setFixedTime(Date.now());
  await page.keyboard.press("c");
  await page.waitForSelector("#decision .waits");
  const said = await text(page, "#decision .waits");
  const row = await text(page, `[data-id="${id}"] .st`);
  await shot(page, "undo");
  await page.reload();
  await page.waitForSelector("html[data-ready=yes]", { state: "attached" });
  await page.waitForSelector("#decision .waits");
  await page.keyboard.press("Escape");
  await page.waitForSelector("#decision [data-act=confirm]");
  const announced = await page.locator("#say-polite").textContent();
  const kept = await page.evaluate(() => Object.keys(localStorage).filter((key) => key.startsWith("linewarden.pending")));
  const taken_back = await verdictOf(id);
  await page.keyboard.press("c");
  await page.waitForSelector("#decision .waits");
  await page.clock.setFixedTime(Date.now() + 6000);
  await page.waitForSelector("#decision .done:not(.waits)");
  const { verdict, by, made_at } = await verdictOf(id);
  return { said, row, announced, kept, taken_back, counted: [verdict, by, typeof made_at] };
}

/** The key is pressed before the page has heard that another has decided: what it would read is held back until then. */
async function conflict(page) {
  const id = await fresh(page);
  let pressed;
  const held = new Promise((resolve) => { pressed = resolve; });
  await page.route(`**/v1/incidents/${id}`, async (route) => { await held; await route.continue(); });
  await post("/test/decide", { incident_id: id, verdict: "dismissed", by: "何川" });
  await page.keyboard.press("c");
  await page.waitForSelector("#decision .waits");
  pressed();
  await page.waitForSelector("#decision .wrong");
  await page.unroute(`**/v1/incidents/${id}`);
  const said = await text(page, "#decision .wrong");
  await shot(page, "conflict");
  await page.click("[data-act=read]");
  await page.waitForSelector("#decision .wrong", { state: "detached" });
  return { said, stands: await text(page, "#decision .done") };
}

/** Three cameras that see one machine: one row, one decision, one that is separated. */
async function together(newPage) {
  const page = await newPage();
  await signIn(page, url, "周岚", "night-shift-1");
  const say = () => page.locator("#say-now").textContent();
  const arrive = async (more) => (await post("/test/incident", { age_s: 30, level: "orange", ...more })).incident_id;
  const lead = await arrive({ camera: "k12-north" });
  await page.waitForSelector(`[data-id="${lead}"]`);
  await page.evaluate(() => { document.getElementById("say-now").textContent = document.getElementById("say-polite").textContent = ""; });
  const second = await arrive({ camera: "k12-south", age_s: 20, level: "yellow", joins: [lead] });
  await page.waitForSelector(`[data-id="${lead}"] .also`);
  const quiet = [await page.locator(`[data-id="${second}"]`).count(), await say(), await page.locator("#say-polite").textContent()];
  const third = await arrive({ camera: "yard-west", age_s: 10, level: "red", joins: [lead, second] });
  await page.waitForFunction((id) => document.querySelector(`[data-id="${id}"].L1`), lead);
  const louder = await say();
  await page.click(`[data-id="${lead}"] > a`);
  await page.waitForSelector("#case ul");
  const found = { quiet, louder, beneath: await page.locator(`[data-id="${lead}"] .also b`).allInnerTexts(), case: await text(page, "#case"), also_for: await text(page, ".also-for") };
  await shot(page, "case");
  await page.click(".top [data-lang=en]");
  await shot(page, "case-en");
  await page.click(".top [data-lang=zh]");
  await page.click("#case li:nth-child(2) a");
  await page.waitForFunction((id) => location.pathname.endsWith(id), second);
  await page.waitForSelector("#case li:nth-child(2) a[aria-current]");
  await page.setViewportSize({ width: 390, height: 844 });
  await shot(page, "case-390");
  await page.locator("#case").scrollIntoViewIfNeeded();
  await shot(page, "case-390-below");
  await page.setViewportSize({ width: 1440, height: 900 });
  found.row_stays = await current(page) === lead;
  await page.click("[data-act=split]");
  await page.press("#split-reason", "Enter");
  found.asked = await text(page, "#case .wrong");
  await page.fill("#split-reason", "另一台挖掘机");
  await shot(page, "case-split");
  await page.press("#split-reason", "Enter");
  await page.waitForSelector(`[data-id="${second}"]`);
  found.split = await text(page, "#case");
  await page.click(`[data-id="${lead}"] > a`);
  await page.waitForFunction((id) => location.pathname.endsWith(id), lead);
  await page.clock.setFixedTime(Date.now());
  await page.keyboard.press("c");
  await page.waitForSelector("#decision .waits");
  await page.clock.setFixedTime(Date.now() + 6000);
  await page.waitForSelector("#decision .done:not(.waits)");
  await page.waitForSelector(`[data-id="${lead}"].is-done`);
  await page.click("#case li:nth-child(2) a");
  await page.waitForFunction((id) => location.pathname.endsWith(id), third);
  await page.waitForFunction(() => document.querySelector("#decision .done .dim"));
  found.covered = await text(page, "#decision .done");
  found.apart = (await verdictOf(second)) === null;
  await shot(page, "case-decided");
  return found;
}

/** Not heard of, held back, put away and back again. */
async function standing(newPage) {
  const page = await newPage();
  await signIn(page, url, "周岚", "night-shift-1");
  const id = await fresh(page);
  const row = `[data-id="${id}"]`;
  const stand = (body) => post(`/test/standing/${id}`, body);
  const count = () => text(page, ".list .count");
  await stand({ stale: { what: "box", last_heard: "2026-11-21T01:14:13.480Z", after_s: 90 }, suppressed: { held_back_ms: 540000, until: "2026-11-21T01:14:13.480Z" } });
  await page.waitForSelector("[data-standing=stale]");
  const found = { stale: await text(page, "[data-standing=stale]"), held: await text(page, "[data-standing=held]"), stale_row: await text(page, `${row} .st`) };
  await shot(page, "stale");
  await page.click(".top [data-lang=en]");
  await shot(page, "stale-en");
  await page.click(".top [data-lang=zh]");
  await stand({ stale: null, suppressed: null });
  await page.waitForSelector("[data-standing]", { state: "detached" });
  const before = await count();
  await page.click("[data-act=shelve]");
  await page.press("#shelve-reason", "Enter");
  found.asked = await text(page, "#standing .wrong");
  await page.fill("#shelve-reason", "检修队在现场");
  await shot(page, "shelve");
  await page.click(".top [data-lang=en]");
  await page.click(".top [data-lang=zh]");
  found.typed_stays = await page.inputValue("#shelve-reason");
  await page.click("#standing form button[value='3600']");
  await page.waitForSelector("[data-standing=shelf]");
  await page.waitForSelector(`${row}.is-done`);
  found.shelf = await text(page, "[data-standing=shelf]");
  found.row = await text(page, `${row} .st`);
  found.counted = [before, await count(), await text(page, "[data-filter=shelved]")];
  await shot(page, "shelved");
  await page.click("[data-filter=shelved]");
  found.only = await page.locator(".row").count();
  await page.click("[data-filter=todo]");
  found.gone = await page.locator(row).count();
  await page.click("[data-filter=all]");
  await page.evaluate(() => { document.getElementById("say-now").textContent = ""; });
  await stand({ shelved: null });
  await page.waitForSelector(`${row}:not(.is-done)`);
  found.back = await page.locator("#say-now").textContent();
  return found;
}

async function boxes(page) {
  await post("/test/devices", [{ refused_total: 12, tampered: true, conflicts: 1, token_revoked_at: "2026-11-21T01:14:13.480Z" }]);
  await page.waitForSelector("[data-banner=tampered]");
  const found = {};
  for (const kind of ["refused_total", "tampered", "token_revoked"]) found[kind] = await text(page, `[data-banner=${kind}]`);
  await shot(page, "boxes");
  for (const kind of Object.keys(found)) await page.click(`[data-banner=${kind}] button`);
  await page.waitForSelector("[data-banner]", { state: "detached" });
  found.lines = await page.locator(".faults [data-trouble]").count();
  await post("/test/devices", [{ refused_total: 13, tampered: true, conflicts: 1, token_revoked_at: "2026-11-21T01:14:13.480Z" }]);
  await page.waitForSelector("[data-banner=refused_total]");
  found.again = await page.locator("[data-banner]").count();
  await post("/test/devices", [{ refused_total: 0, tampered: false, conflicts: 0, token_revoked_at: null }]);
  await page.waitForSelector("[data-banner]", { state: "detached" });
  return found;
}

async function trouble(page) {
  const id = await fresh(page);
  await post("/test/devices", [{ outbox_full: true, queued: 812 }]);
  await page.waitForSelector("[data-banner=outbox_full]");
  const full = await text(page, "[data-banner=outbox_full]");
  await post("/test/down", { down: true });
  await page.waitForSelector("[data-banner=lost]");
  const lost = await text(page, "[data-banner=lost]");
  const said = await page.locator("#say-now").textContent();
  await page.keyboard.press("c");
  await page.waitForSelector("#decision .waits.queued");
  const queued = await text(page, "#decision .waits");
  await page.waitForSelector("[data-banner=lost] .queue");
  await shot(page, "lost");
  await page.reload();
  await page.waitForSelector("[data-banner=lost]");
  await post("/test/down", { down: false });
  await page.click("[data-banner=lost] button");
  await page.waitForSelector("[data-banner=lost]", { state: "detached" });
  await page.waitForSelector("#decision .done:not(.waits)");
  const sent = await verdictOf(id);
  return { full, lost, said, queued, sent: sent.verdict };
}

async function narrow(newPage) {
  const page = await newPage({ viewport: { width: 390, height: 844 }, hasTouch: true });
  await signIn(page, url, "秦朗", "night-shift-2");
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  const reachable = await page.locator("#decision [data-act=confirm]").isVisible().catch(() => false);
  await page.locator("#levels button").first().tap();
  const list = await page.locator("#list").isVisible();
  const wideList = await page.evaluate(() => document.documentElement.scrollWidth);
  await shot(page, "narrow-list");
  await page.locator(".row a").first().tap();
  const back = await page.locator("#picture").isVisible();
  return { wide, wideList, reachable, list, back };
}

await withBrowser(async (newPage) => {
  const page = await newPage();
  const result = { door: await door(page), reads: await reads(page) };
  result.keyboard = await keyboard(page);
  result.fields = await fields(page);
  result.clips = await clips(page);
  result.sensor = await sensor(page);
  result.hostile = await hostile(page);
  result.english = await english(page);
  result.narrow = await narrow(newPage);
  result.undo = await undo(newPage);
  result.conflict = await conflict(page);
  result.together = await together(newPage);
  result.standing = await standing(newPage);
  result.boxes = await boxes(page);
  result.trouble = await trouble(page);
  return result;
});
