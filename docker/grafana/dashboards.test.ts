import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Dashboard, Panel } from '@grafana/grafana-foundation-sdk/dashboard';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { modelNames } from '#models/catalogue.ts';
import { dashboards, jsonDirectory, jsonOf } from './dashboards/json.ts';

const metricsDirectory = fileURLToPath(new URL('../../sql/metrics', import.meta.url));
const provisioning = fileURLToPath(new URL('provisioning', import.meta.url));
const read = (file: string) => JSON.parse(readFileSync(join(jsonDirectory, file), 'utf8')) as Dashboard;
const files = [...dashboards().keys()];
const loaded = files.map(read);
const panels = loaded.flatMap(({ panels: each = [] }) => each as Panel[]);
const annotations = loaded.flatMap(({ annotations: { list = [] } }) => list);
const targets = [
  ...panels.flatMap((panel) => panel.targets ?? []),
  ...annotations.flatMap(({ target }) => target ?? []),
]
  // The SDK's type of a query leaves open what is in it.
  .map((target) => target as unknown as { rawSql: string });

/** A statement as Grafana shall have it: the file from its first line that is no comment. */
function bodyOf(file: string): string {
  const lines = readFileSync(join(metricsDirectory, file), 'utf8').split('\n');
  return lines
    .slice(lines.findIndex((line) => !line.startsWith('--')))
    .join('\n')
    .trim();
}
const sqlFiles = (folder: string) =>
  readdirSync(join(metricsDirectory, folder)).filter((name) => name.endsWith('.sql'));

describe('the dashboards', () => {
  it.each(files)('%s is what the builders make now', (file) => {
    const fresh = dashboards().get(file)!;
    expect(readFileSync(join(jsonDirectory, file), 'utf8'), 'run: ./tickforest generate').toBe(jsonOf(fresh));
    // The builders' result has the SDK's type Dashboard; what Grafana loads equals it.
    expect(read(file)).toEqual(JSON.parse(JSON.stringify(fresh)));
  });

  it('are all there is', () => {
    expect(readdirSync(jsonDirectory).sort()).toEqual([...files].sort());
  });

  it.each(loaded)('$title is a classic dashboard, its panels at the top level without overlap', (dashboard) => {
    expect(dashboard.schemaVersion).toBeGreaterThan(30);
    expect(dashboard).not.toHaveProperty('spec');
    const cells = new Set<string>();
    const ids = new Set<number>();
    for (const panel of dashboard.panels as Panel[]) {
      expect(panel.type).not.toBe('row');
      expect(panel).not.toHaveProperty('panels');
      ids.add(panel.id!);
      const { x, y, w, h } = panel.gridPos!;
      expect(x + w).toBeLessThanOrEqual(24);
      for (let i = x; i < x + w; i++) for (let j = y; j < y + h; j++) cells.add(`${i} ${j}`);
    }
    expect(ids.size).toBe(dashboard.panels!.length);
    const area = (dashboard.panels as Panel[]).reduce((sum, { gridPos }) => sum + gridPos!.w * gridPos!.h, 0);
    expect(cells.size).toBe(area);
  });

  it('have one query a panel, each a file of sql/metrics, and leave none out', () => {
    expect(panels.length).toBeGreaterThanOrEqual(8);
    for (const panel of panels) {
      expect(panel.targets, panel.title).toHaveLength(1);
      expect(panel.datasource).toEqual({ type: 'grafana-postgresql-datasource', uid: 'questdb' });
      expect(panel.targets![0]).toMatchObject({ datasource: panel.datasource, rawQuery: true, editorMode: 'code' });
    }
    expect(targets.map(({ rawSql }) => rawSql).sort()).toEqual(sqlFiles('.').map(bodyOf).sort());
    const choices = loaded.flatMap(({ templating: { list = [] } }) => list.filter(({ type }) => type === 'query'));
    expect(choices.map(({ query }) => query).sort()).toEqual(
      sqlFiles('variables')
        .map((name) => bodyOf(join('variables', name)))
        .sort(),
    );
  });

  it.each(loaded)('$title uses only variables that it has, single-valued and without a format', (dashboard) => {
    const list = dashboard.templating.list ?? [];
    const names = list.map(({ name }) => name);
    for (const { name, multi, includeAll, allValue } of list) {
      expect(['venue', 'symbol', 'model', 'horizon', 'timeframe']).toContain(name);
      expect({ multi, includeAll, allValue }).toEqual({ multi: false, includeAll: false, allValue: undefined });
    }
    const text = JSON.stringify(dashboard);
    expect(text).not.toMatch(/\$\{|\[\[/);
    const used = new Set([...text.matchAll(/\$(?!__)(\w+)/g)].map(([, name]) => name));
    expect([...used].sort()).toEqual([...names].sort());
  });

  it('use only the macros for the time shown', () => {
    for (const { rawSql } of targets) {
      for (const [use] of rawSql.matchAll(/\$__\w+(\([^)]*\))?/g))
        expect(use).toMatch(/^\$__timeFilter\([a-z_.]+\)$|^\$__timeFrom\(\)$|^\$__timeTo\(\)$/);
    }
  });

  it('name the five models in the table of champions', () => {
    const named = [...bodyOf('champions.sql').matchAll(/SELECT '(\w+)'/g)].map(([, name]) => name);
    expect(named).toEqual([...modelNames]);
  });
});

describe('the provisioning', () => {
  it('has the datasource that the panels name, its address and secrets from the environment', () => {
    const { datasources } = parse(readFileSync(join(provisioning, 'datasources/questdb.yaml'), 'utf8'));
    expect(datasources).toHaveLength(1);
    expect(datasources[0]).toMatchObject({
      uid: 'questdb',
      type: 'grafana-postgresql-datasource',
      url: '$QUESTDB_HOST:$QUESTDB_PG_PORT',
      user: '$QUESTDB_USER',
      jsonData: { sslmode: 'disable' },
      secureJsonData: { password: '$QUESTDB_PASSWORD' },
    });
  });

  it('loads the folder that the dashboards are generated into', () => {
    const { providers } = parse(readFileSync(join(provisioning, 'dashboards/tickforest.yaml'), 'utf8'));
    expect(providers[0].options.path).toBe('/etc/grafana/provisioning/dashboards/json');
    expect(jsonDirectory).toBe(join(provisioning, 'dashboards/json'));
  });
});
