/** One worker, the same in Node and in a browser. */
export interface Thread {
  post(message: unknown): void;
  /** Ends it now, whatever it does. */
  terminate(): void;
  /** Whether a Node process stays alive for it. */
  hold(alive: boolean): void;
}

/** What a {@link Thread} reports to its owner; nothing after `terminate`. */
export interface ThreadEvents {
  message(message: unknown): void;
  /** It crashed, left, or could not be started. */
  end(reason: string): void;
}

/** The events until the first end. */
export function onlyOnce(events: ThreadEvents) {
  let over = false;
  return {
    message(message: unknown) {
      if (!over) events.message(message);
    },
    end(reason: string) {
      if (over) return;
      over = true;
      events.end(reason);
    },
    mute() {
      over = true;
    },
  };
}
