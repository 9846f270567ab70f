import { describe, expect, it } from 'vitest';
import { floorMinute, minute } from '#lib/time.ts';
import { MinuteClock } from './minute_clock.ts';

const second = 1_000_000;
const at = (minutes: number, seconds = 0) => minutes * minute + seconds * second;
const range = (from: number, to: number) => ({ from: at(from), to: at(to) });

describe('floorMinute', () => {
  it('keeps the first microsecond of a minute and takes the last one down', () => {
    expect(floorMinute(at(7))).toBe(at(7));
    expect(floorMinute(at(8) - 1)).toBe(at(7));
    expect(floorMinute(Date.UTC(2026, 0, 1) * 1_000)).toBe(Date.UTC(2026, 0, 1) * 1_000);
  });
});

describe('MinuteClock', () => {
  it('has nothing to close before the first event', () => {
    const clock = new MinuteClock();
    expect([clock.due(), clock.rest(), clock.newest]).toEqual([[], [], 0]);
  });

  it('hands out a minute once, when an event is two seconds past its end and not a microsecond sooner', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 30));
    clock.saw(at(6, 2) - 1);
    expect(clock.due()).toEqual([]);
    clock.saw(at(6, 2));
    expect(clock.due()).toEqual([range(5, 6)]);
    expect(clock.due()).toEqual([]);
  });

  it('leaves out no minute when the market is silent for long', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 30));
    clock.saw(at(9, 1));
    expect(clock.due()).toEqual([range(5, 8)]);
    clock.saw(at(9, 2));
    expect(clock.due()).toEqual([range(8, 9)]);
  });

  it('makes a closed minute due again for a late tick, once for all that come within two seconds', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 30));
    clock.saw(at(6, 3));
    expect(clock.due()).toEqual([range(5, 6)]);
    clock.saw(at(5, 59));
    clock.saw(at(6, 4));
    clock.saw(at(5, 58));
    expect(clock.due()).toEqual([]);
    clock.saw(at(6, 5));
    expect(clock.due()).toEqual([range(5, 6)]);
    expect(clock.due()).toEqual([]);
    clock.saw(at(5, 57));
    clock.saw(at(6, 7));
    expect(clock.due()).toEqual([range(5, 6)]);
  });

  it('closes a minute before its first event too, and late minutes that touch together', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 1));
    for (const late of [at(4, 59), at(1), at(3), at(4, 58)]) clock.saw(late);
    clock.saw(at(5, 10));
    expect(clock.due()).toEqual([range(1, 2), range(3, 5)]);
  });

  it('gives late minutes before those that follow them', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 30));
    clock.saw(at(6, 3));
    clock.due();
    clock.saw(at(5, 30));
    clock.saw(at(7, 3));
    expect(clock.due()).toEqual([range(5, 6), range(6, 7)]);
  });

  it('does not close again what is still open, and does not lose it either', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 30));
    clock.again(at(5, 30));
    clock.saw(at(5, 40));
    expect(clock.due()).toEqual([]);
    clock.saw(at(6, 3));
    expect(clock.due()).toEqual([range(5, 6)]);
  });

  it('closes at once what a session before may have left, when the first event comes', () => {
    const clock = new MinuteClock();
    clock.again(at(5, 59));
    clock.saw(at(9));
    expect(clock.due()).toEqual([range(5, 6)]);
    expect(clock.rest()).toEqual([range(9, 10)]);
  });

  it('hands out everything at the end: late minutes, and the one that has only begun', () => {
    const clock = new MinuteClock();
    clock.saw(at(5, 30));
    clock.saw(at(6, 3));
    clock.due();
    clock.saw(at(5, 59));
    expect(clock.rest()).toEqual([range(5, 6), range(6, 7)]);
    expect(clock.rest()).toEqual([]);
  });

  it('closes the minute of an event exactly on its beginning', () => {
    const clock = new MinuteClock();
    clock.saw(at(5));
    expect(clock.rest()).toEqual([range(5, 6)]);
  });
});
