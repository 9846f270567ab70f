import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboards, jsonDirectory, jsonOf } from './dashboards/json.ts';

// Run `./tickforest generate` after a change to the dashboards or to a statement in sql/metrics.
mkdirSync(jsonDirectory, { recursive: true });
for (const [file, dashboard] of dashboards()) writeFileSync(join(jsonDirectory, file), jsonOf(dashboard));
