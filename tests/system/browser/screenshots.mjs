// Pictures of a running page for the docs: looked at as a person would, in three sizes.
import { withBrowser, signIn } from "./browser.mjs";

const [url, name, password, folder] = process.argv.slice(2);
const WAIT_MS = 300_000;
const MORE_MS = 120_000;

/** The newest incident that has its clip and a place: the one that shows most; and how many there are. */
async function look(page) {
  const items = await page.evaluate(() => fetch("/v1/incidents?limit=50").then((r) => r.json()).then((b) => b.items));
  const ready = items.filter((i) => i.clip?.status === "ready" && i.verdict === null);
  const best = ready.find((i) => i.place?.status === "resolved" && i.level === "red") ?? ready[0];
  return { id: best?.incident_id ?? null, count: items.length };
}

/** Waits for a first incident, then a little for the list to have more than one row. */
async function waitForBest(page) {
  const start = performance.now();
  let firstAt = Infinity;
  while (performance.now() < start + WAIT_MS || firstAt < Infinity) {
    const { id, count } = await look(page);
    if (id) firstAt = Math.min(firstAt, performance.now());
    if (id && (count >= 3 || performance.now() > firstAt + MORE_MS)) return id;
    await page.waitForTimeout(2000);
  }
  throw new Error(`no incident with a clip at ${url} within ${WAIT_MS / 1000} s`);
}

async function settle(page) {
  await page.waitForFunction(() => document.querySelector("#picture img")?.naturalWidth > 0);
  await page.waitForFunction(() => document.querySelector("#picture video")?.readyState >= 1);
  await page.keyboard.press("Shift");
  await page.evaluate(() => document.fonts.ready);
  await page.waitForTimeout(700);
}

async function open(newPage, width, height, id) {
  const page = await newPage({ viewport: { width, height }, hasTouch: width < 700 });
  await signIn(page, url, name, password, id ? `/incidents/${id}` : "/");
  if (id) await settle(page);
  return page;
}

await withBrowser(async (newPage) => {
  const made = [];
  const shot = async (page, file) => {
    await page.screenshot({ path: `${folder}/${file}.png` });
    made.push(`${file}.png`);
  };
  const door = await newPage();
  await door.goto(`${url}/login`);
  await shot(door, "login");
  const waiting = await open(newPage, 1440, 900, null);
  const id = await waitForBest(waiting);
  const desk = await open(newPage, 1440, 900, id);
  await shot(desk, "desk");
  await desk.click(".top [data-lang=en]");
  await desk.waitForTimeout(300);
  await shot(desk, "desk-en");
  const phone = await open(newPage, 390, 844, id);
  await shot(phone, "desk-390");
  return { made };
});
