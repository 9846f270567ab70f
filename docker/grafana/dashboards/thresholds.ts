import { type Threshold, ThresholdsConfigBuilder, ThresholdsMode } from '@grafana/grafana-foundation-sdk/dashboard';

/** One colour up to `value`, another above it. */
export function split(below: string, value: number, above: string): ThresholdsConfigBuilder {
  // Grafana's first step reaches from minus infinity, which it writes as null.
  const steps: Threshold[] = [
    { value: null, color: below },
    { value, color: above },
  ];
  return new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps);
}
