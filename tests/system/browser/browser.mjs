// Chromium as a test needs it: found on this machine, fresh each time, closed at the end.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

const ARGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--autoplay-policy=user-gesture-required", "--mute-audio"];

export function chromiumPath() {
  const found = [process.env.LINEWARDEN_CHROMIUM, "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"]
    .find((path) => path && existsSync(path));
  if (!found) throw new Error("no Chromium on this machine: apt install chromium, or set LINEWARDEN_CHROMIUM");
  return found;
}

/** Runs `work(newPage)`; `newPage(options)` gives a page in a context of its own. Prints its answer as JSON. */
export async function withBrowser(work) {
  const browser = await chromium.launch({ executablePath: chromiumPath(), args: ARGS });
  const errors = [];
  try {
    const newPage = async (options = {}) => {
      const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "zh-CN", timezoneId: "Asia/Shanghai", ...options });
      const page = await context.newPage();
      page.setDefaultTimeout(45000);
      page.on("pageerror", (e) => errors.push(`page: ${e.message}`));
      page.on("console", (m) => { if (m.type() === "error" && !/Failed to load resource|EventSource|net::ERR/.test(m.text())) errors.push(`console: ${m.text()}`); });
      return page;
    };
    const result = await work(newPage);
    console.log(JSON.stringify({ ...result, errors }));
  } catch (error) {
    console.error([...errors, error.message].join("\n"));
    process.exitCode = 1;
  } finally {
    await browser.close();
    process.stdin.destroy();
  }
}

/** Signs in through the form and waits for the desk. */
export async function signIn(page, url, name, password, path = "/") {
  await page.goto(`${url}/login?next=${encodeURIComponent(path)}`);
  await page.fill("#name", name);
  await page.fill("#password", password);
  await page.press("#password", "Enter");
  await page.waitForSelector("html[data-ready=yes]", { state: "attached" });
}

/** What does not fit: words that are cut off, but for those that may be (`.cut`, `.vh`), and how much wider the page is than the window. */
export const misfits = (page) => page.evaluate(() => {
  const cut = [...document.querySelectorAll("button, label, span, h2, b, p")].filter((node) => node.offsetParent && !node.matches(".cut, .vh")
    && node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).overflowX !== "visible").map((node) => node.textContent);
  const outside = [...document.querySelectorAll("button, select, input")].filter((node) => node.offsetParent && node.getBoundingClientRect().right > innerWidth + 1).map((node) => node.textContent);
  return [...cut, ...outside, ...(document.documentElement.scrollWidth > innerWidth ? ["the page"] : [])];
});
