// Draws an exit on a recording, tries it, corrects it by keyboard, and saves: `linewarden zones` in a browser.
import { misfits, withBrowser } from "./browser.mjs";

const [link, corners, folder] = process.argv.slice(2);
const polygon = JSON.parse(corners);
const shot = (page, file) => (folder ? page.screenshot({ path: `${folder}/${file}.png` }) : null);
const url = new URL(link).origin;

/** Where a pixel of the recording is on the screen. */
const place = (page, [x, y]) => page.evaluate(([px, py]) => {
  const svg = document.querySelector("#drawing");
  const box = svg.getBoundingClientRect();
  const [, , w, h] = svg.getAttribute("viewBox").split(" ").map(Number);
  return [box.left + (px / w) * box.width, box.top + (py / h) * box.height];
}, [x, y]);
const click = async (page, point) => page.mouse.click(...(await place(page, point)));
const text = (page, selector) => page.locator(selector).innerText();
const ready = (page) => page.waitForSelector("html[data-ready=yes]", { state: "attached" });
const checked = async (page, work) => {
  const before = await page.evaluate(() => document.documentElement.dataset.checked ?? "0");
  await work();
  await page.waitForFunction((old) => document.documentElement.dataset.checked !== old, before);
};
const tried = async (page) => {
  await page.keyboard.press("t");
  await page.waitForSelector(".tried:not(.stale)", { timeout: 120000 });
};
const fired = (page) => page.locator("[data-said]").filter({ hasText: "规则成立" }).count();

await withBrowser(async (newPage) => {
  const page = await newPage();
  await page.goto(link);
  await ready(page);
  await page.waitForSelector("#frame[data-shown=yes]");
  const result = { address: page.url(), hint: await text(page, "#hint") };
  await shot(page, "zones-empty");

  await page.keyboard.press("x");
  for (const point of polygon) await click(page, point);
  await checked(page, () => page.keyboard.press("Enter"));
  result.drawn = await page.locator("[data-point]").count();
  await page.fill("#zone-name", "door-3");
  await page.keyboard.press("Enter");

  await page.fill("[data-rule='0'] [data-key=after]", "8");
  result.no_unit = await text(page, "[data-wrong='rules[0].after']");
  result.try_off = await page.locator("[data-act=try]").isDisabled();
  await shot(page, "zones-wrong");
  await checked(page, () => page.fill("[data-rule='0'] [data-key=after]", "30s"));
  await page.keyboard.press("Enter");
  await tried(page);
  result.first = await fired(page);
  await checked(page, () => page.fill("[data-rule='0'] [data-key=after]", "10s"));
  await page.keyboard.press("Enter");
  result.stale = await page.locator(".tried.stale").count();
  await tried(page);
  result.second = await fired(page);
  await page.locator("[data-said]").first().click();
  await page.waitForSelector("#drawing .ov-thing", { state: "attached" });
  result.why = await text(page, "[data-said] .why");
  result.at = await text(page, "#clock");
  await shot(page, "zones-tried");

  await page.keyboard.press("]");
  await page.keyboard.press("]");
  await page.keyboard.press("Shift+ArrowLeft");
  await page.keyboard.press("i");
  result.points = await page.locator("[data-point]").count();
  await page.keyboard.press("Delete");
  await page.keyboard.press("Control+z");
  await page.keyboard.press("Control+z");
  await checked(page, () => page.keyboard.press("Control+z"));
  result.undone = await page.locator("[data-point]").count();

  await page.reload();
  await ready(page);
  result.kept = await text(page, "#banner");
  result.kept_name = await page.inputValue("#zone-name");
  await page.keyboard.press("y");
  await page.waitForSelector("#yaml li.new");
  result.yaml = await text(page, "#yaml");
  await shot(page, "zones-yaml");
  await page.keyboard.press("s");
  await page.waitForSelector("#bar .label:has-text('已保存')");
  await page.keyboard.press("y");

  result.misfits = [];
  for (const lang of ["EN", "中"]) {
    await page.click(`.top button:text-is("${lang}")`);
    for (const [width, height] of [[1440, 900], [1024, 768]]) {
      await page.setViewportSize({ width, height });
      result.misfits.push(...(await misfits(page)).map((what) => `${lang} ${width}: ${what}`));
    }
  }

  const stranger = await newPage();
  const answer = await stranger.goto(link);
  result.stranger = [answer.status(), await text(stranger, "body")];
  const other = await stranger.goto(`${url}/api/start`);
  result.stranger_data = other.status();
  return result;
});
