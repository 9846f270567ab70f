import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import type { DashboardBuilder, Panel } from '@grafana/grafana-foundation-sdk/dashboard';

interface PanelBuilder extends cog.Builder<Panel> {
  id(id: number): this;
}

/** Puts panels on a dashboard from left to right, 24 columns a line, numbered so that the JSON says the same each time. */
export function withPanels(dashboard: DashboardBuilder, panels: PanelBuilder[]): DashboardBuilder {
  for (const [index, panel] of panels.entries()) dashboard.withPanel(panel.id(index + 1));
  return dashboard;
}
