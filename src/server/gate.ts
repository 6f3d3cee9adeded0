import { setMaxListeners } from "node:events";
import { Busy, Draining, LogUnread } from "../errors.js";

export interface GateLimits {
  /** Requests inside at once; those whose body has not arrived may take half of these places. */
  most: number;
  /** Bytes that they have declared, together. */
  mostBytes: number;
  /** Bytes of the log that nobody has read yet; by default all are read at once. */
  unread?: () => number;
}

/** More of the log may not wait in memory for its reader, bytes: about twice what one event of 1 MiB can bring at most. */
const MOST_UNREAD = 16 * 1024 * 1024;

/** One request that was let in. */
export interface Place {
  /**
   * Has to be called where the body is still to come.
   * @throws Busy where too many others wait for theirs
   */
  awaitBody(): void;
  /**
   * The body is there.
   * @throws LogUnread where it would be displayed to nobody
   */
  arrived(): void;
  /**
   * Counts what the request turned out to bring beside its body.
   * @throws Busy where that is too much and somebody else is inside
   */
  add(bytes: number): void;
  /** Has to be called, whatever became of the request; once more changes nothing: the end of an answer can be told twice. */
  leave(): void;
}

/**
 * Lets requests in by count and by the bytes that they declare, none while draining or while nobody reads the log. A
 * single request always gets in, however large. Knows when the last one has left.
 */
export class Gate {
  #inside = 0;
  #waiting = 0;
  #bytes = 0;
  #draining = false;
  #empty: (() => void)[] = [];
  readonly #impatient = new AbortController();
  readonly #stopped = new AbortController();

  constructor(readonly limits: GateLimits) {
    setMaxListeners(0, this.impatient, this.stopped); // as many as there are requests inside
  }

  get draining(): boolean {
    return this.#draining;
  }

  /** Aborts with a `Draining` when bodies that are not there yet are not waited for any more. */
  get impatient(): AbortSignal {
    return this.#impatient.signal;
  }

  /** Aborts with a `Draining` when nothing that is inside is waited for any more. */
  get stopped(): AbortSignal {
    return this.#stopped.signal;
  }

  /** @throws Draining, Busy, LogUnread where the request may not come in */
  enter(bytes: number): Place {
    if (this.#draining) throw new Draining("this instance is shutting down");
    const { most } = this.limits;
    if (this.#inside >= most) throw new Busy(`${most} events are in work already`);
    this.#checkBytes(bytes, this.#inside);
    this.#checkUnread();
    this.#inside += 1;
    this.#bytes += bytes;
    let own = bytes;
    let waits = 0;
    let isInside = true;
    const waitsNoMore = () => {
      this.#waiting -= waits;
      waits = 0;
    };
    return {
      awaitBody: () => {
        const half = Math.ceil(most / 2);
        if (this.#waiting >= half) throw new Busy(`${half} events whose body is not there yet are waited for already`);
        this.#waiting += waits = 1;
      },
      arrived: () => {
        waitsNoMore();
        this.#checkUnread(); // what came in before may have filled the log meanwhile
      },
      add: (more) => {
        this.#checkBytes(more, this.#inside - 1);
        this.#bytes += more;
        own += more;
      },
      leave: () => {
        if (!isInside) return;
        isInside = false;
        waitsNoMore();
        this.#bytes -= own;
        this.#inside -= 1;
        if (this.#inside === 0) this.#empty.forEach((left) => left());
      },
    };
  }

  #checkBytes(more: number, others: number): void {
    const { mostBytes } = this.limits;
    if (others > 0 && this.#bytes + more > mostBytes) {
      throw new Busy(`events in work and their photos have ${this.#bytes} bytes already, this one ${more} more; ${mostBytes} may be in work`);
    }
  }

  #checkUnread(): void {
    const unread = this.limits.unread?.() ?? 0;
    if (unread > MOST_UNREAD) throw new LogUnread(`${unread} bytes of the log are still unread`);
  }

  /**
   * Closes the gate; settles when everybody inside has left.
   * @param patience milliseconds that bodies which are not there yet are waited for
   */
  async drain(patience: number): Promise<void> {
    this.#draining = true;
    if (this.#inside === 0) return;
    const timer = setTimeout(() => this.#impatient.abort(new Draining("the body did not arrive before this instance shut down")), patience);
    await new Promise<void>((resolve) => this.#empty.push(resolve));
    clearTimeout(timer);
  }

  /** Ends all work inside with a `Draining`. */
  stop(): void {
    this.#draining = true;
    this.#stopped.abort(new Draining("not done before this instance shut down"));
  }
}
