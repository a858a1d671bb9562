import {createHash} from 'node:crypto';
import {makeRedactor} from '../../shared/redact/redactor.ts';
import type {Row} from './row.ts';

const size = 4 << 20;
const rounds = 9;

/** Redaction of ordinary logs and of what Kubernetes tells, against a bare pass that splits and joins the lines. */
export async function bench(): Promise<readonly Row[]> {
	const known = Array.from({length: 60}, (_, index) => `${hash(index)}${index % 3 === 0 ? '/+&x y' : ''}`);
	return Object.entries(kinds).flatMap(([name, line]) => {
		const text = fill(line);
		const redactor = makeRedactor({known});
		// In turns, so that a busy machine slows both; the middle one counts.
		const took = Array.from({length: rounds}, () => {
			const bare = time(() =>
				text
					.split('\n')
					.map(one => `${one}\n`)
					.join(''),
			);
			return {bare, ours: time(() => redactor.text(text))};
		}).toSorted((a, b) => a.ours / a.bare - b.ours / b.bare)[rounds >> 1] ?? {bare: 1, ours: 1};
		const rate = (ms: number) => size / 2 ** 20 / (ms / 1000);
		return [
			{name: `${name}: lines split and joined`, value: rate(took.bare), unit: 'MB/s'},
			{
				name: `${name}: redacted with ${known.length} known secrets, against that`,
				value: rate(took.ours),
				unit: 'MB/s',
				target: '>= 20 MB/s',
				ratio: took.ours / took.bare,
			},
		];
	});
}

const hash = (index: number): string => createHash('sha256').update(`${index}`).digest('base64url').slice(0, 20);
const fill = (line: (index: number) => string): string => {
	const lines: string[] = [];
	for (let length = 0, index = 0; length < size; index++) {
		const next = line(index);
		lines.push(next);
		length += next.length + 1;
	}
	return lines.join('\n').slice(0, size);
};
/** Milliseconds of this thread's processor: what else the machine does is not counted. */
function time(work: () => unknown): number {
	const before = process.threadCpuUsage();
	work();
	const {user, system} = process.threadCpuUsage(before);
	return Math.max(1, user + system) / 1000;
}

const at = (index: number): string => new Date(Date.UTC(2026, 1, 23, 10) + index * 137).toISOString();
const hex = (index: number): string => createHash('sha256').update(`x${index}`).digest('hex');
const pick = <T>(list: readonly [T, ...T[]], index: number): T => list[index % list.length] ?? list[0];

/** What logs of this appliance look like; a line in some thousands holds a secret. */
const kinds: Readonly<Record<string, (index: number) => string>> = {
	'k3s and Flux': index =>
		index % 4000 === 0
			? `${at(index)} time="${at(index)}" level=info msg="Using token: K10${hex(index)}::server:${hex(index + 1).slice(0, 32)}"`
			: pick(
					[
						`${at(index)} time="${at(index)}" level=info msg="Tunnel authorizer set Kubelet Port 0.0.0.0:10250"`,
						`${at(index)} I0223 10:00:${index % 60}.123456    1234 controller.go:615] quota admission added evaluator for: helmreleases.helm.toolkit.fluxcd.io`,
						`${at(index)} E0223 10:00:01.000001    1234 pod_workers.go:1301] "Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"worker\\" with ImagePullBackOff: \\"Back-off pulling image \\\\\\"ghcr.io/nine-minds/worker:1.4.2@sha256:${hex(index)}\\\\\\"\\"" pod="msp/workflow-worker-7c9d8f6b5-x2x4k" podUID="8f14e45f-ceea-467f-a8f5-1c1f5a4e7b2d"`,
						`${at(index)} {"level":"info","ts":"${at(index)}","msg":"reconciliation finished in 31.2ms, next run in 10m0s","controller":"kustomization","controllerGroup":"kustomize.toolkit.fluxcd.io","Kustomization":{"name":"alga","namespace":"flux-system"},"reconcileID":"8f14e45f-ceea-467f-a8f5-${hex(index).slice(0, 12)}"}`,
					],
					index,
				),
	'web server': index =>
		index % 4000 === 0
			? `${at(index)} connecting to postgres://app_user:${hex(index).slice(0, 16)}@db:5432/psa`
			: pick(
					[
						`${at(index)} 10.42.0.${index % 250} - - [23/Feb/2026:10:00:00 +0000] "GET /api/tickets/${index}?page=2&sort=created HTTP/1.1" 200 ${index} "https://psa.example.com/msp/tickets" "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"`,
						`${at(index)} [INFO] ticket ${index} was assigned to agent 17 in 34 ms`,
						`${at(index)} GET /health 200 in 2ms`,
						`${at(index)} LOG:  checkpoint complete: wrote 44 buffers (0.3%); 0 WAL file(s) added, 0 removed; write=4.312 s, sync=0.004 s, total=4.331 s`,
						`${at(index)} {"level":30,"time":1771840800000,"pid":1,"hostname":"alga-core-7c9d8f6b5-x2x4k","req":{"id":${index},"method":"GET","url":"/msp/dashboard"},"res":{"statusCode":200},"responseTime":12,"msg":"request completed"}`,
					],
					index,
				),
	'Kubernetes objects': index =>
		[
			'      {',
			`        "name": "alga-core-${index}",`,
			'        "namespace": "msp",',
			`        "uid": "8f14e45f-ceea-467f-a8f5-${hex(index).slice(0, 12)}",`,
			'        "labels": {"app.kubernetes.io/name": "alga-core", "pod-template-hash": "7c9d8f6b5"},',
			`        "image": "ghcr.io/nine-minds/alga-psa-ee:1.4.2@sha256:${hex(index)}",`,
			`        "restarts": ${index % 5},`,
			'        "ready": true',
			'      },',
		].join('\n'),
};
