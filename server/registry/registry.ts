import type {Result} from '../../shared/problem.ts';
import type {ReleaseManifest} from '../../shared/release/manifest.ts';

/** `repository` without tag or digest, as written in a manifest: the mirror setting is applied inside. */
export type ArtifactRef = {readonly repository: string; readonly reference: string};

/** A release as it was found: what was asked for, what it resolved to, who vouches for it. */
export type ResolvedRelease = {
	readonly manifest: ReleaseManifest;
	/** Digest of the OCI manifest: the release's identity from here on. */
	readonly digest: string;
	readonly signedBy: string | undefined;
	/** What the format could not prove (incumbent's v1 releases). */
	readonly unverified: readonly string[];
};

/** The registry, as the operations need it. Every byte is hashed against the digest asked for before it is used. */
export type Registry = {
	/** Whether `/v2/` answers like a registry, with the step that failed otherwise. */
	readonly ping: (host: string, signal: AbortSignal) => Promise<Result<{readonly latencyMs: number}>>;
	/** Channel tag or version or digest → verified manifest. `policy` is the site's trust policy. */
	readonly resolveRelease: (reference: string, signal: AbortSignal) => Promise<Result<ResolvedRelease>>;
	/** Versions of the releases that are published, whatever their channel, in the registry's order. */
	readonly versions: (signal: AbortSignal) => Promise<Result<readonly string[]>>;
	/** Whether this artifact (by digest) exists. */
	readonly exists: (ref: ArtifactRef, signal: AbortSignal) => Promise<Result<boolean>>;
	/** A blob to a verified file below the artifacts directory; resumes a partial download; reports bytes. */
	readonly download: (
		ref: {readonly repository: string; readonly digest: string; readonly size?: number},
		progress: (bytes: number, total: number | undefined) => void,
		signal: AbortSignal,
	) => Promise<Result<string>>;
	/** The files of a one-layer tar artifact (Flux manifests, config bundle), as text, paths checked. */
	readonly files: (ref: ArtifactRef, signal: AbortSignal) => Promise<Result<ReadonlyMap<string, string>>>;
};
