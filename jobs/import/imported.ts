import type { ImportState, TickFile } from '#ingest/archives/tick_file.ts';

/** A file that has been brought in, now or before. */
export interface Imported {
  file: TickFile;
  state: ImportState;
  /** It was in already and was not read again. */
  already: boolean;
  save: () => void;
}
