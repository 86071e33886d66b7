// One of the two backends while a scenario runs on it.
import { anyApi } from "convex/server";
import { ConvexError, type Value } from "convex/values";
import { type PageOptions, type Reader, type Scenario, type Step, TABLES } from "./language";

/** What npm `convex`'s client and `convex-test` have in common. */
export interface Functions {
  query: (name: any, args: any) => Promise<any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  mutation: (name: any, args: any) => Promise<any>; // eslint-disable-line @typescript-eslint/no-explicit-any
}

export interface Page {
  page: Value[];
  isDone: boolean;
  continueCursor: string;
}

/** The part of a reader's range that a page covered. */
interface Place {
  cursor: string | null;
  endCursor: string;
  isDone: boolean;
}

interface Progress {
  /** Where the next page starts. */
  cursor: string | null;
  read: Place[];
}

const { run } = anyApi;

export class Side {
  private ids: string[] = [];
  private readonly progress: Progress[];

  private constructor(
    private readonly functions: Functions,
    private readonly readers: Reader[],
    private readonly spellOut: boolean,
  ) {
    this.progress = readers.map(() => ({ cursor: null, read: [] }));
  }

  static async start(functions: Functions, { readers }: Scenario, { spellOut }: { spellOut: boolean }) {
    await functions.mutation(run.clear, { tables: [...TABLES] });
    return new Side(functions, readers, spellOut);
  }

  private call<Args>(args: Args) {
    return { ...args, ids: this.ids, spellOut: this.spellOut };
  }

  async mutate({ operations, fails }: Step & { kind: "mutation" }): Promise<Value> {
    try {
      const { results, inserted } = await this.functions.mutation(run.mutate, this.call({ operations, fails }));
      this.ids.push(...inserted);
      return results;
    } catch (error) {
      if (fails && error instanceof ConvexError) return error.data;
      throw error;
    }
  }

  async look({ operations }: Step & { kind: "query" }): Promise<Value> {
    return await this.functions.query(run.look, this.call({ operations }));
  }

  private async read(reader: number, options: Omit<PageOptions, "numItems">): Promise<Page> {
    const { reading, numItems } = this.readers[reader]!;
    return await this.functions.query(run.page, this.call({ reading, options: { numItems, ...options } }));
  }

  /** Reads the next page, or the first one if there was no page before or no next one. */
  async nextPage(reader: number, fromStart: boolean): Promise<Page> {
    const progress = this.progress[reader]!;
    const cursor = fromStart ? null : progress.cursor;
    const page = await this.read(reader, { cursor });
    progress.cursor = page.isDone ? null : page.continueCursor;
    progress.read.push({ cursor, endCursor: page.continueCursor, isDone: page.isDone });
    return page;
  }

  /** Reads a page again between the same cursors. Returns `undefined` if none was read before. */
  async pageAgain(reader: number, n: number): Promise<{ page: Page; place: Place } | undefined> {
    const { read } = this.progress[reader]!;
    const place = read[n % read.length];
    if (place === undefined) return undefined;
    const { cursor, endCursor } = place;
    return { page: await this.read(reader, { cursor, endCursor }), place };
  }

  /** Reads what comes after the last page. */
  async peek(reader: number): Promise<Page> {
    const { endCursor } = this.progress[reader]!.read.at(-1)!;
    return await this.read(reader, { cursor: endCursor });
  }

  /** Forgets the last page, so that the next one is the first again. */
  forgetPage(reader: number) {
    const progress = this.progress[reader]!;
    progress.read.pop();
    progress.cursor = null;
  }
}
