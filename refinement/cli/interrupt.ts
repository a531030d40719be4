/** Ctrl-C: the first asks for an orderly end with everything found so far saved, the second ends at once. */
export interface Interrupt {
  readonly isInterrupted: () => boolean;
  /** Resolves at the first signal. */
  readonly happened: Promise<'interrupted'>;
}

export const INTERRUPTED = 130;

export function onInterrupt(): Interrupt {
  let interrupted = false;
  const happened = new Promise<'interrupted'>((resolve) => {
    const stop = (): void => {
      if (interrupted) process.exit(INTERRUPTED);
      interrupted = true;
      process.stderr.write('\ncorres: interrupted, saving what was found\n');
      resolve('interrupted');
    };
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
  });
  return { isInterrupted: () => interrupted, happened };
}
