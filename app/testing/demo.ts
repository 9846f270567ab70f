import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DemoDocument } from '#app/demo/document.ts';
import { basic } from '#lib/basic_authentication.ts';
import type { Ended } from './cli.ts';

/** The settings of a checkout of its own: its own data and ports, and no recording unless said. */
export function checkout(ports: number) {
  const dataDir = mkdtempSync(join(tmpdir(), 'tickforest-demo-'));
  const env = {
    TICKFOREST_DATA_DIR: dataDir,
    TICKFOREST_QUESTDB_HTTP_PORT: String(ports),
    TICKFOREST_QUESTDB_PG_PORT: String(ports + 100),
    TICKFOREST_REDIS_PORT: String(ports + 200),
    TICKFOREST_RECORDINGS: undefined,
  };
  return { dataDir, env };
}

export function documentOf({ code, stdout, stderr }: Ended): DemoDocument {
  if (code !== 0) throw new Error(`exit ${code}: ${stderr.slice(-2_000)}`);
  return JSON.parse(stdout) as DemoDocument;
}

/** Asks the server of a demo that was kept. */
export function asking(dataDir: string) {
  return async (query: string) => {
    const file = readFileSync(join(dataDir, 'demo', 'services.json'), 'utf8');
    const { questdb } = JSON.parse(file) as { questdb: { http: number; user: string; password: string } };
    const response = await fetch(`http://127.0.0.1:${questdb.http}/exec?${new URLSearchParams({ query })}`, {
      headers: { authorization: basic(questdb) },
    });
    return (await response.json()) as { columns: { name: string }[]; dataset: unknown[][]; count: number };
  };
}
