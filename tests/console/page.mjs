// Drives the page through a browser; test_page.py starts the server and says where it is.
import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

const { HEADROOM_URL: url, HEADROOM_READER: reader, HEADROOM_OPERATOR: operator } = process.env;
const complaints = [];

async function commands(list) {
  const answer = await fetch(`${url}/v1/commands`, {
    method: 'POST', body: JSON.stringify(list),
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${operator}` },
  });
  for (const result of await answer.json()) {
    assert.equal(result.result, 'ok');
  }
}

const context = await chromium.launchPersistentContext(process.env.PROFILE, {
  executablePath: process.env.CHROMIUM, headless: true, locale: 'en-GB',
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const page = await context.newPage();
page.setDefaultTimeout(15000);
page.on('pageerror', error => complaints.push(error.message));
page.on('dialog', dialog => complaints.push(`dialog: ${dialog.message()}`));
page.on('request', request => {
  if (!request.url().startsWith(url)) {
    complaints.push(`asks elsewhere: ${request.url()}`);
  }
});

const figure = name => page.locator(`#figures [data-figure="${name}"]`);
const becomes = (locator, text) => locator.filter({ hasText: text }).waitFor();

// A wrong token is refused and nothing is kept.
await page.goto(url);
await page.fill('#token', `hr_${'A'.repeat(43)}`);
await page.press('#token', 'Enter');
await becomes(page.locator('#gate-error'), 'not accepted');
assert.equal(await page.evaluate(() => sessionStorage.length), 0);

// Signing in, searching by the keyboard alone.
await page.fill('#token', reader);
await page.press('#token', 'Enter');
await page.locator('#results li').first().waitFor();
await page.fill('#query', 'nothing like this');
await becomes(page.locator('#search-note'), 'No limit matches');
await page.fill('#query', '集团');
await becomes(page.locator('#search-note'), '1 limit');
await page.press('#query', 'ArrowDown');
await page.press('#query', 'Enter');
await becomes(page.locator('#limit-id'), '集团甲');
await becomes(figure('used'), '200,000.00');
await becomes(figure('available'), '800,000.00');
assert.equal(await page.locator('#tree tbody tr').count(), 2);
await becomes(page.locator('#movements tbody tr').first(), 'Drawn');

// What is reserved elsewhere is seen at once, here and in the tree, and the row flashes.
await becomes(page.locator('#live-text'), 'live');
await commands([{ op: 'reserve', id: 'r1', limit: 'line', amount: '12345.67' }]);
await becomes(figure('reserved'), '12,345.67');
await becomes(figure('available'), '787,654.33');
await becomes(page.locator('#tree tbody tr[data-limit="line"] [data-figure="reserved"]'),
  '12,345.67');
await becomes(page.locator('#movements tbody tr').first(), 'Reserved');
const width = await page.locator('#limit-bar .reserved').evaluate(bar => bar.style.width);
assert.equal(width, '1.23%');

// Stored text is text.
assert.equal(await page.locator('#movements img').count(), 0);
await becomes(page.locator('#movements tbody'), '<img src=x');

// A limit that is over says so; going there from the list.
await page.fill('#query', 'soft');
await page.locator('#results li').filter({ hasText: '<b>H-2</b>' }).click();
await becomes(page.locator('#alert'), 'Over by 50.00 CNY');
await becomes(figure('available'), '-50.00');

// The other language, kept over a reload; the limit in the address too.
await page.click('#language');
await becomes(page.locator('#alert'), '已超限 50.00 CNY');
await page.reload();
await becomes(page.locator('#limit-id'), 'soft');
await becomes(page.locator('#alert'), '已超限');

// Down the tree by keyboard.
await page.fill('#query', '集团甲');
await becomes(page.locator('#search-note'), '1 个额度');
await page.press('#query', 'Enter');
await becomes(page.locator('#limit-id'), '集团甲');
await page.locator('#tree tbody tr').first().focus();
await page.keyboard.press('ArrowDown');
await page.keyboard.press('Enter');
await becomes(page.locator('#limit-id'), 'line');

// A narrow window keeps to its width.
await page.setViewportSize({ width: 390, height: 800 });
assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth));

// Signing out forgets the token.
await page.click('#sign-out');
await page.locator('#token').waitFor();
assert.equal(await page.evaluate(() => sessionStorage.length), 0);

assert.deepEqual(complaints, []);
await context.close();
console.log('all steps passed');
