import {stringify} from 'yaml';
import {reservedNetworks} from '../../../shared/network/address.ts';
import type {SetupAnswers} from '../../../shared/setup/form.ts';
import {onHost} from '../../engine/paths.ts';

/** What k3s is told (DESIGN D4): ready for three nodes, nothing bundled that the appliance does not use. */
export function k3sConfig(nodeName: string, hasResolvers: boolean, extraNames: readonly string[]): string {
	return stringify({
		'cluster-init': true,
		'secrets-encryption': true,
		'write-kubeconfig-mode': '0600',
		// A fixed name: renaming the host later must not make a second node of it.
		'node-name': nodeName,
		disable: ['traefik', 'servicelb'],
		...(hasResolvers && {'resolv-conf': onHost.resolvers}),
		...(extraNames.length > 0 && {'tls-san': extraNames}),
		// k3s drops the kubelet's memory threshold, and naming one replaces the whole list.
		'kubelet-arg': [
			'eviction-hard=memory.available<200Mi,nodefs.available<5%,imagefs.available<5%,nodefs.inodesFree<5%',
			'system-reserved=memory=512Mi',
		],
	});
}

/** Only containerd gets the proxy: the general variables would send Kubernetes' own calls through it. */
export function k3sEnvironment(
	{httpProxy, noProxy}: Pick<SetupAnswers, 'httpProxy' | 'noProxy'>,
	nodeAddress: string | undefined,
): string {
	if (httpProxy === undefined) return '';
	const direct = [
		'127.0.0.0/8',
		'localhost',
		...(nodeAddress ? [nodeAddress] : []),
		...reservedNetworks,
		'.svc',
		'.cluster.local',
		...noProxy,
	];
	return [
		`CONTAINERD_HTTP_PROXY=${httpProxy}`,
		`CONTAINERD_HTTPS_PROXY=${httpProxy}`,
		`CONTAINERD_NO_PROXY=${direct.join(',')}`,
		'',
	].join('\n');
}

/** Our unit for k3s (DESIGN D5): the limits are those of k3s's own documentation for systemd. */
export const k3sUnit = `[Unit]
Description=Kubernetes (k3s) of the Alga appliance
Documentation=https://docs.k3s.io
Wants=network-online.target
After=network-online.target

[Service]
Type=notify
EnvironmentFile=-${onHost.k3sEnvironment}
ExecStartPre=-/sbin/modprobe br_netfilter
ExecStartPre=-/sbin/modprobe overlay
ExecStart=${onHost.k3sBinary} server
KillMode=process
Delegate=yes
User=root
LimitNOFILE=1048576
LimitNPROC=infinity
LimitCORE=infinity
TasksMax=infinity
TimeoutStartSec=0
Restart=always
RestartSec=5s

[Install]
WantedBy=multi-user.target
`;
