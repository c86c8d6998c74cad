import { existsSync, readFileSync, readdirSync } from 'node:fs';
import type { NamedPid } from '../src/local/stack-types.ts';

/** The kernel reports in this unit on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Seconds by name of process. */
export type CpuSeconds = Readonly<Record<string, number>>;

/** User and system time of processes with all their children, ended ones too. Null without /proc. */
export function readCpuSeconds(processes: readonly NamedPid[]): CpuSeconds | null {
  if (!existsSync('/proc/self/stat')) return null;
  const all = readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? readStat(Number(name)) : []));
  const ofTree = (pid: number): number => {
    const own = all.find((process) => process.pid === pid)?.ticks ?? 0;
    const children = all.filter((process) => process.parent === pid);
    return own + children.reduce((sum, child) => sum + ofTree(child.pid), 0);
  };
  const ended = processes.find(({ pid }) => !all.some((process) => process.pid === pid));
  if (ended !== undefined) throw new Error(`${ended.name} has ended during the measurement`);
  return Object.fromEntries(processes.map(({ name, pid }) => [name, ofTree(pid) / TICKS_PER_SECOND]));
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly ticks: number;
}

function readStat(pid: number): readonly Stat[] {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return []; // it has ended since
  }
  // the command name (field 2) may hold spaces and brackets: count from the last one
  const fields = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  // utime, stime, and those of children that were waited for (fields 14 to 17)
  const ticks = fields.slice(11, 15).reduce((sum, value) => sum + value, 0);
  return [{ pid, parent: fields[1] ?? 0, ticks }];
}
