/**
 * Signals that the host gets during one run: before there is a child they end the preparation,
 * afterwards they are the child's.
 */
import type { Child } from "./child.ts";

/** Where signals come from: the process's own, or an embedder's. */
export interface Interruptions {
  /** Calls the listener for each signal from now on; returns how to stop that. */
  listen(listener: (signal: Deno.Signal) => void): () => void;
}

/** Thrown out of a preparation that a signal ended. */
export class Interrupted extends Error {
  constructor(readonly signalName: Deno.Signal) {
    super(`interrupted by ${signalName}`);
  }
}

export class Interrupt {
  readonly #controller = new AbortController();
  readonly #stop: () => void;
  #child: Child | undefined;

  /** @param aborted ends the run as SIGTERM would, once it is aborted. */
  constructor(interruptions: Interruptions | undefined, aborted?: AbortSignal) {
    const stopListening = interruptions?.listen((signal) => this.#take(signal));
    const abort = () => this.#take("SIGTERM");
    aborted?.addEventListener("abort", abort);
    this.#stop = () => {
      stopListening?.();
      aborted?.removeEventListener("abort", abort);
    };
    if (aborted?.aborted) abort();
  }

  /** Aborted, with an Interrupted, by the first signal. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles at the first signal, with its name. */
  get signalled(): Promise<Deno.Signal> {
    const { signal } = this.#controller;
    return new Promise((resolve) => {
      const tell = () => resolve((signal.reason as Interrupted).signalName);
      if (signal.aborted) tell();
      else signal.addEventListener("abort", tell);
    });
  }

  /** Settles as `work` does, unless a signal comes first: then with an Interrupted. */
  async race<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    const { promise, reject } = Promise.withResolvers<never>();
    const abort = () => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener("abort", abort);
    try {
      // In this order: a signal that came before wins over work that is done already.
      return await Promise.race([promise, work]);
    } finally {
      signal.removeEventListener("abort", abort);
      work.catch(() => {});
    }
  }

  /** From now on signals are the child's; also the one that came while it was being spawned. */
  attach(child: Child): void {
    this.#child = child;
    const { aborted, reason } = this.#controller.signal;
    if (aborted) child.interrupt((reason as Interrupted).signalName);
  }

  close(): void {
    this.#stop();
  }

  #take(signal: Deno.Signal): void {
    this.#child?.interrupt(signal);
    this.#controller.abort(new Interrupted(signal));
  }
}
