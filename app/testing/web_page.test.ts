import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, request, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { Browser, hasChromium } from '#app/testing/browser.ts';
import { basic } from '#lib/basic_authentication.ts';
import { QuestDb } from '#lib/questdb/database.ts';
import { eventually } from '#lib/testing/eventually.ts';

const questdb = inject('questdb');
const db = new QuestDb(questdb);
const console = `http://127.0.0.1:${questdb.httpPort}`;
const table = 'page_target';
const drop = `${console}/exec?query=${encodeURIComponent(`drop table ${table}`)}`;
const write = `${console}/exec?query=${encodeURIComponent(`insert into ${table} values (now(), 1)`)}`;

/** What a hostile page tries, and a word when all of it has been answered. */
const page = `<!doctype html><title>another site</title>
  <img src="${write}"><img src="${drop}"><script src="${write}"></script><iframe src="${drop}" name="frame"></iframe>
  <form method="post" enctype="multipart/form-data" target="frame" action="${console}/imp?name=page_import">
    <textarea name="data">ts,x\n2026-01-01T00:00:00Z,1</textarea></form>
  <p id="read">trying</p>
  <script>
    const credentials = 'include';
    const tries = [
      fetch('${drop}', { credentials }),
      fetch('${write}', { credentials, mode: 'no-cors' }),
      fetch('${console}/exec?query=select+1', { credentials }).then((answer) => answer.text()),
      fetch('${console}/write', { credentials, method: 'POST', mode: 'no-cors', body: '${table} x=1 1767225600000000000' }),
      fetch('${console}/imp?name=page_import', { credentials, method: 'POST', mode: 'no-cors', body: new URLSearchParams('data=1') }),
    ];
    document.forms[0].submit();
    Promise.allSettled(tries).then((all) => {
      const read = all.map(({ status, value }) => (status === 'fulfilled' && typeof value === 'string' ? value : status));
      document.getElementById('read').textContent = 'tried: ' + JSON.stringify(read);
    });
  </script>`;

let site: Server;
let origin: string;
let profile: string;
beforeAll(async () => {
  await db.query(`create table ${table} (ts timestamp, x double) timestamp(ts) partition by day wal`);
  profile = mkdtempSync(join(tmpdir(), 'tickforest-browser-'));
  site = createServer((_, answer) => answer.setHeader('content-type', 'text/html').end(page));
  await once(site.listen(0, '127.0.0.1'), 'listening');
  // Another site than 127.0.0.1, which is where the console is.
  origin = `http://localhost:${(site.address() as AddressInfo).port}`;
});
afterAll(async () => {
  site.close();
  await db.query(`drop table if exists ${table}`);
  await db.query('drop table if exists page_import');
  await db.close();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
});

const untouched = async () => {
  await db.applied([table]);
  expect(await db.query(`select count() n from ${table}`)).toEqual([{ n: 0 }]);
  expect(await db.query("select table_name from tables() where table_name = 'page_import'")).toEqual([]);
};

describe.skipIf(!hasChromium)('a page of another site in a browser (needs chromium)', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await Browser.open(profile);
  }, 120_000);
  afterAll(() => browser.close());

  /** What the hostile page has read. */
  const visit = async () => {
    await browser.goTo(origin);
    const said = () => browser.run("document.getElementById('read').textContent");
    await eventually(async () => expect(await said()).toMatch(/^tried: \[/));
    return said();
  };

  it('cannot run SQL, write, import or read', async () => {
    expect(await visit()).not.toContain('dataset');
    await untouched();
  }, 120_000);

  it('cannot either while the user is logged in to the console', async () => {
    await browser.goTo(`${console}/index.html`);
    const select = (headers: string) =>
      browser.run(
        `fetch('/exec?query=select+42&session=true', { headers: ${headers} }).then((answer) => answer.text())`,
      );
    expect(await select(`{ authorization: '${basic(questdb)}' }`)).toContain('[[42]]');
    // From now on the console needs no password.
    expect(await select('{}')).toContain('[[42]]');
    expect(await visit()).not.toContain('dataset');
    await untouched();
  }, 120_000);
});

describe('a request without the password', () => {
  it.each(['127.0.0.1', 'evil.example'])('runs nothing, by whatever name it calls the server: %s', async (host) => {
    for (const path of [
      '/exec?query=select+1',
      '/exp?query=select+1',
      '/imp?name=page_import',
      '/write',
      '/api/v1/sql/execute?query=select+1',
    ]) {
      const asked = request({
        host: '127.0.0.1',
        port: questdb.httpPort,
        path,
        headers: { host, origin: 'http://evil.example' },
      });
      asked.end();
      const [answer] = await once(asked, 'response');
      answer.resume();
      expect([path, answer.statusCode]).toEqual([path, 401]);
    }
    await untouched();
  });

  it('has no command in Redis', async () => {
    const { port } = inject('redis');
    const socket = connect({ port, host: '127.0.0.1' });
    let said = '';
    socket.on('data', (data) => {
      said += data;
    });
    socket.write('PING\r\nINFO\r\n');
    socket.end();
    await once(socket, 'close');
    expect(said).toMatch(/^-NOAUTH .*\r\n-NOAUTH /);
  });
});

it('nobody who may run statements can write files by them', async () => {
  await expect(db.query("copy (select 1 x) to 'taken.parquet' with format parquet")).rejects.toThrow(
    /COPY TO is disabled/,
  );
});
