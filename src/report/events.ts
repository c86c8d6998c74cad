import type { ExperimentEvent } from '../model/events.ts';
import { moment } from './numbers.ts';
import type { RenderOptions } from './options.ts';
import { clean, facts, paint } from './text.ts';

/** `12  2026-01-31 12:00:00 UTC  transition  action pause, from running, to paused  (ann: lunch)` */
export function renderEvent(event: ExperimentEvent, options: RenderOptions): string {
  const who = [event.actor, event.reason].filter((part) => part !== null).map(clean);
  const told = [
    paint(clean(event.type), 'bold', options),
    details(event),
    who.length === 0 ? '' : `(${who.join(': ')})`,
  ];
  const label = `${String(event.number).padStart(4)}  ${moment(event.at)}`;
  return facts([[label, told.filter((part) => part !== '').join('  ')]], options);
}

const details = ({ data }: ExperimentEvent): string =>
  Object.entries(data)
    .filter(([, value]) => value !== null)
    .map(
      ([key, value]) => `${clean(key)} ${clean(typeof value === 'string' ? value : JSON.stringify(value))}`,
    )
    .join(', ');
