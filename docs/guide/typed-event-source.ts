// An `EventSource` whose events are typed by the OpenAPI document of a Hyperpoint host.
//
//   import type { components } from './schema';            // of openapi-typescript
//   import { TypedEventSource } from './typed-event-source';
//
//   const feed = new TypedEventSource<components['schemas']['FollowOrdersEvents']>(new EventSource('/feed'));
//   feed.on('shipped', ({ data }) => console.log(data.carrier));
//
// Needs nothing: copy the file.

/** The events that the host adds, with their data. */
export interface HostEvents {
  /** A topic is followed from here on. */
  ready: Record<string, never>;
  /** In place of `ready`, or later: events were lost. */
  gap: { reason: 'epoch' | 'evicted' | 'lagged' | 'unknown'; requested?: string | null; from?: string | null };
  /** The host ends the connection; the client connects again by itself. */
  reconnect: Record<string, never>;
  /** The stream has failed. */
  problem: { type?: string; title: string; status: number; detail?: string };
  /** The stream is complete; close it. */
  done: Record<string, never>;
}

/** One event: its data, and the id after which the stream resumes. */
export interface TypedEvent<Data> {
  data: Data;
  id: string;
}

/** What is needed of an `EventSource`: that of a browser, or one of another make. */
export interface Source {
  addEventListener(name: string, listener: (event: MessageEvent) => void): void;
  removeEventListener(name: string, listener: (event: MessageEvent) => void): void;
  close(): void;
}

/** An event source with the events of one stream: `Events` has a property for each name, of the type of its data. */
export class TypedEventSource<Events extends object> {
  constructor(readonly source: Source) {}

  /** Calls `listener` for each event of this name. Returns a function that stops it. */
  on<Name extends keyof (Events & HostEvents) & string>(
    name: Name,
    listener: (event: TypedEvent<(Events & HostEvents)[Name]>) => void,
  ): () => void {
    const parsed = (event: MessageEvent) => listener({ data: JSON.parse(event.data), id: event.lastEventId });
    this.source.addEventListener(name, parsed);
    return () => this.source.removeEventListener(name, parsed);
  }

  /** Ends the connection. */
  close(): void {
    this.source.close();
  }
}
