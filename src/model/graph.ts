import type { Json, JsonObject } from './json.ts';

/** Control flow of a variant's workflow. What a node does is a body, stored by content hash and read by activities. */
export interface Graph {
  readonly name: string;
  readonly entry: string;
  readonly nodes: Readonly<Record<string, GraphNode>>;
  /** Node visits per run. */
  readonly maxIterations: number;
  readonly stateMerge: 'merge' | 'replace';
  /** State keys set before the run, from the variant's parameter overrides. They win over the input. */
  readonly initialState: JsonObject;
}

export type GraphNode = TaskNode | ParallelNode | PassthroughNode;

export interface TaskNode {
  readonly kind: 'task';
  readonly id: string;
  readonly label: string;
  /** SHA-256 of the canonical JSON of the NodeBody. */
  readonly body: string;
  /** State key that receives the result; null: the returned object is merged into the state. */
  readonly output: string | null;
  readonly timeoutMs: number | null;
  /** Attempts, the first included; null: the product's default. */
  readonly maxAttempts: number | null;
  readonly next: string | null;
}

export interface ParallelNode {
  readonly kind: 'parallel';
  readonly id: string;
  readonly label: string;
  /** Ids of task nodes. They see the state as it was; what they changed is merged in this order. */
  readonly children: readonly string[];
  readonly join: JoinStrategy;
  /** State key that receives {child: result}, when the file asks for one. */
  readonly output: string | null;
  readonly next: string | null;
}

export interface PassthroughNode {
  readonly kind: 'passthrough';
  readonly id: string;
  readonly label: string;
  readonly next: string | null;
}

export type JoinStrategy = 'all' | 'any' | 'first' | 'merge';

export type NodeBody = FunctionBody | ComputeBody;

/** A registered handler that takes the state and returns an object of state keys. */
export interface FunctionBody {
  readonly type: 'function';
  readonly handler: string;
}

/** A registered handler that takes inputs; its result is stored under the node's output key. */
export interface ComputeBody {
  readonly type: 'compute';
  readonly handler: string;
  /** Values; a string `$ctx.path` refers to the state at any depth. Null: the handler gets the state. */
  readonly inputs: JsonObject | null;
  readonly constraints: Json;
}

/** A normalised variant: the graph, and the bodies its nodes name, by hash. */
export interface NormalisedWorkflow {
  readonly graph: Graph;
  readonly bodies: Readonly<Record<string, NodeBody>>;
}

/** What a variant runs. */
export type Runnable =
  | { readonly kind: 'graph'; readonly graph: Graph }
  | {
      readonly kind: 'definition';
      readonly workflowType: string;
      readonly taskQueue: string | null;
      readonly overrides: JsonObject;
    };
