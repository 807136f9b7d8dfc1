// The main job in two browsers, against a real store. At each `stage` the caller does its part:
// it reads {"stage": name} from our output and answers with a line when it is done.
import { createInterface } from "node:readline";
import { withBrowser, signIn } from "./browser.mjs";

const [url, name, password, folder] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const stage = async (what) => {
  console.log(JSON.stringify({ stage: what }));
  return JSON.parse((await lines.next()).value);
};
const text = (page, selector) => page.locator(selector).innerText();
const shot = (page, file) => (folder ? page.screenshot({ path: `${folder}/${file}.png` }) : null);

await withBrowser(async (newPage) => {
  const first = await newPage();
  await signIn(first, url, name, password);
  const second = await newPage({ viewport: { width: 1920, height: 1080 } });
  await signIn(second, url, name, password);
  const result = { empty: await text(first, ".list .empty") };
  await shot(first, "empty");

  await first.evaluate(() => { window.sameDocument = true; });
  const { incident_id: id } = await stage("event");
  const row = `[data-id="${id}"]`;
  await first.waitForSelector(row);
  await second.waitForSelector(row);
  result.live = await first.evaluate(() => window.sameDocument === true);
  result.announced = await first.locator("#say-now").textContent();
  await first.waitForSelector("#picture .overlay .ov-box");
  result.snapshot = await first.waitForFunction(() => document.querySelector("#picture img").naturalWidth).then((h) => h.jsonValue());
  result.expected = await text(first, "#scrub .line");

  await stage("clip");
  await first.waitForFunction(() => document.querySelector("#picture video")?.readyState >= 1);
  await first.keyboard.press("Space");
  await first.waitForFunction(() => document.querySelector("#picture video").currentTime > 0.5);
  result.boxes_while_playing = await first.locator("#picture .overlay .ov-box").count();
  result.played_s = await first.evaluate(() => document.querySelector("#picture video").currentTime);
  await shot(first, "playing");
  await first.keyboard.press("Escape");
  result.boxes_on_still = await first.locator("#picture .overlay .ov-box").count();

  result.place = await text(first, "#place");
  result.people = await text(first, "#people");
  result.proof = await text(first, "#proof");
  await shot(first, "desk");
  const download = first.waitForEvent("download");
  await first.keyboard.press("e");
  result.evidence = (await download).suggestedFilename();

  await first.keyboard.press("c");
  await first.waitForSelector("#decision .waits [data-act=undo]");
  result.undo = await text(first, "#decision .waits");
  result.second_knows_yet = await second.locator(`${row}.is-done`).count();
  await first.waitForSelector("#decision .done:not(.waits)");
  await second.waitForSelector(`${row}.is-done`);
  result.second_sees = await text(second, `${row} .st`);
  result.second_detail = await text(second, "#decision .done");

  const { incident_id: other } = await stage("another");
  await second.waitForSelector(`[data-id="${other}"]`);
  await second.click(`[data-id="${other}"] a`);
  await second.waitForSelector("#decision [data-act=dismiss]");
  await second.keyboard.press("2");
  result.without_asking = await second.locator("#decision .done").count();
  await second.keyboard.press("d");
  await second.keyboard.press("2");
  await second.waitForSelector("#decision .done:not(.waits)");
  result.dismissed = await text(second, "#decision .done");
  await shot(second, "second");

  await first.click("[data-act=sign-out]");
  await first.waitForURL(/\/login/);
  await first.goto(`${url}/incidents/${id}`);
  result.after_sign_out = new URL(first.url()).pathname + new URL(first.url()).search;
  await signIn(first, url, name, password, `/incidents/${id}`);
  result.returned = new URL(first.url()).pathname === `/incidents/${id}`;
  return result;
});
