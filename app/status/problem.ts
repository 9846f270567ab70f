/** The parts whose health can be asked for alone. */
export const parts = ['services', 'ingest', 'worker', 'training'] as const;

export type Part = (typeof parts)[number];

export interface Problem {
  part: Part;
  what: string;
}
