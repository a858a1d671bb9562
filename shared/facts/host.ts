import type {ProblemCode} from '../problem.ts';
import type {Fact, Instant} from './fact.ts';

/** One network interface as the machine really has it. */
export type Link = {
	readonly name: string;
	/** True for interfaces with a device behind them; false for bridges, veth, CNI and the like. */
	readonly physical: boolean;
	readonly carrier: boolean;
	readonly mac?: string;
	readonly mtu: number;
	/** Mb/s, where the driver says. */
	readonly speed?: number;
	readonly addresses: readonly Address[];
};

export type Address = {
	readonly address: string;
	readonly prefix: number;
	readonly family: 4 | 6;
	readonly origin: 'dhcp' | 'static' | 'link-local' | 'unknown';
};
export type Route = {
	readonly destination: string;
	readonly gateway?: string;
	readonly device: string;
	readonly metric?: number;
};

/** A name server in use and where it came from. */
export type Resolver = {
	readonly address: string;
	readonly origin: 'dhcp' | 'static' | 'resolv.conf' | 'unknown';
	readonly link?: string;
};

export type Filesystem = {
	readonly path: string;
	readonly device: string;
	readonly kind: string;
	readonly sizeBytes: number;
	readonly freeBytes: number;
	readonly inodes?: {readonly total: number; readonly free: number};
	readonly readOnly: boolean;
};

export type NetworkFacts = {
	readonly links: readonly Link[];
	readonly routes: readonly Route[];
	readonly resolvers: readonly Resolver[];
	readonly searchDomains: readonly string[];
};

export type MachineFacts = {
	readonly hostname: string;
	readonly os: {readonly id: string; readonly version: string; readonly name: string};
	readonly kernel: string;
	readonly architecture: 'amd64' | 'arm64' | 'other';
	readonly cpuCores: number;
	readonly bootedAt: Instant;
	readonly bootId: string;
};

export type MemoryFacts = {
	readonly totalBytes: number;
	readonly availableBytes: number;
	readonly swapBytes: number;
	readonly load1: number;
};
export type ClockFacts = {readonly synchronised: boolean; readonly service?: string; readonly timezone: string};
export type ServiceState = {
	readonly name: string;
	readonly active: 'active' | 'activating' | 'failed' | 'inactive' | 'absent';
	readonly since?: Instant;
};

/** What the machine itself says; each group with its own age. */
export type HostFacts = {
	readonly machine: Fact<MachineFacts>;
	readonly network: Fact<NetworkFacts>;
	readonly disks: Fact<readonly Filesystem[]>;
	readonly memory: Fact<MemoryFacts>;
	readonly clock: Fact<ClockFacts>;
	/** k3s and the units that failed. */
	readonly services: Fact<readonly ServiceState[]>;
	readonly rebootRequired: Fact<boolean>;
	/** Results of probes the appliance runs itself (name lookup, registry, login page). */
	readonly probes: readonly ProbeFact[];
	/** Recent error lines of system logs that diagnosis reads, newest last, bounded. */
	readonly journals: readonly JournalExcerpt[];
};

/** One probe's last result, as evidence. */
export type ProbeFact = {
	readonly check: string;
	readonly target: string;
	readonly at: Instant;
	readonly ok: boolean;
	/** The measured value or the error's own words. */
	readonly outcome: string;
	readonly status?: number;
	readonly latencyMs?: number;
	/** The code of the problem it met: diagnosis goes by it. */
	readonly code?: ProblemCode;
	/** Where the login page redirected to. */
	readonly redirect?: string;
};

export type JournalExcerpt = {
	readonly source: 'kernel' | 'unit';
	readonly unit: string;
	readonly lines: readonly string[];
	readonly at: Instant;
};
