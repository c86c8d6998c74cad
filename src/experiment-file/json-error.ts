const SPACE = /[ \t\r\n]*/y;
const TOKEN =
  /(?:[{}[\],:]|"(?:[^"\\\p{Cc}]|[\u007f-\u009f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)/uy;

type Expects = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing';

/** Where a text stops being JSON: `JSON.parse` does not always say. */
export function jsonErrorOffset(text: string): number {
  const open: string[] = [];
  let expects: Expects = 'value';
  let offset = 0;
  for (;;) {
    SPACE.lastIndex = offset;
    SPACE.exec(text);
    const start = SPACE.lastIndex;
    TOKEN.lastIndex = start;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return start;
    const next = step(token, expects, open);
    if (next === null) return start;
    expects = next;
    offset = TOKEN.lastIndex;
  }
}

function step(token: string, expects: Expects, open: string[]): Expects | null {
  const after = (): Expects => (open.length === 0 ? 'nothing' : 'comma or end');
  const inObject = open.at(-1) === '{';
  if (token === '}' || token === ']') {
    const closes = expects === 'comma or end' || expects === (inObject ? 'key or end' : 'value or end');
    if (!closes || inObject !== (token === '}')) return null;
    open.pop();
    return after();
  }
  if (token === ':') return expects === 'colon' ? 'value' : null;
  if (token === ',') return expects !== 'comma or end' ? null : inObject ? 'key' : 'value';
  if (expects === 'key' || expects === 'key or end') return token.startsWith('"') ? 'colon' : null;
  if (expects !== 'value' && expects !== 'value or end') return null;
  if (token !== '{' && token !== '[') return after();
  open.push(token);
  return token === '{' ? 'key or end' : 'value or end';
}
