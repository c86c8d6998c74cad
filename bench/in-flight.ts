/** Runs `count` pieces of work, at most `inFlight` at once. The first failure ends it. */
export async function runInFlight(count: number, inFlight: number, work: () => Promise<void>): Promise<void> {
  let left = count;
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      await work();
    }
  };
  await Promise.all(Array.from({ length: inFlight }, lane));
}
