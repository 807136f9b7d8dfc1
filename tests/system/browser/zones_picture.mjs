// A picture of `linewarden zones` with a rule that was tried, for the docs; with "all", in both languages and two sizes.
import { withBrowser } from "./browser.mjs";

const [link, folder, all] = process.argv.slice(2);
const LOOKS = [["zones", "中", 1440, 900], ["zones-1024", "中", 1024, 768], ["zones-en", "EN", 1440, 900], ["zones-en-1024", "EN", 1024, 768]];

await withBrowser(async (newPage) => {
  const page = await newPage();
  await page.goto(link);
  await page.waitForSelector("html[data-ready=yes]", { state: "attached" });
  await page.keyboard.press("t");
  await page.waitForSelector(".tried:not(.stale)", { timeout: 300000 });
  await page.locator("[data-said]").first().click();
  await page.waitForSelector("#frame[data-shown=yes]");
  const looks = all ? LOOKS : LOOKS.slice(0, 1);
  for (const [file, lang, width, height] of looks) {
    await page.click(`.top button:text-is("${lang}")`);
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(400);
    await page.screenshot({ path: `${folder}/${file}.jpg`, type: "jpeg", quality: 80 });
  }
  return { made: looks.map(([file]) => `${file}.jpg`) };
});
