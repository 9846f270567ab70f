import { fileURLToPath } from 'node:url';
import type { Dashboard } from '@grafana/grafana-foundation-sdk/dashboard';
import { marketDashboard } from './market.ts';
import { modelsDashboard } from './models.ts';

/** Where Grafana's provisioning finds the dashboards. */
export const jsonDirectory = fileURLToPath(new URL('../provisioning/dashboards/json', import.meta.url));

const lineWidth = 120;

/** The dashboards by the name of the file that Grafana loads. */
export function dashboards(): Map<string, Dashboard> {
  return new Map([
    ['models.json', modelsDashboard().build()],
    ['market.json', marketDashboard().build()],
  ]);
}

/** Classic dashboard JSON, two spaces deep, with short lists of plain values on one line as the formatter has them. */
export function jsonOf(dashboard: Dashboard): string {
  const text = JSON.stringify(dashboard, null, 2);
  return `${text.replace(
    /^(.*)\[\n([^[\]{}]*?)\n\s*\](,?)$/gm,
    (list, before: string, items: string, comma: string) => {
      const line = `${before}[${items.trim().replace(/,\n\s*/g, ', ')}]${comma}`;
      return line.length <= lineWidth ? line : list;
    },
  )}\n`;
}
