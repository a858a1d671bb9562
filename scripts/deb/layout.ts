/** Where the code lives on an appliance. */
export const home = 'opt/alga-appliance';

export const maintainerScripts = ['postinst', 'prerm', 'postrm'] as const;

const unit = 'usr/lib/systemd/system';
const plain = 0o644;
const program = 0o755;

/** Installed path, source, mode: everything that is copied as it is. */
export const data: readonly (readonly [string, string, number])[] = [
	[`${unit}/alga-appliance.service`, 'systemd-units/alga-appliance.service', plain],
	[`${unit}/alga-appliance-gateway.service`, 'systemd-units/alga-appliance-gateway.service', plain],
	[`${unit}/alga-appliance-mirror.service`, 'systemd-units/alga-appliance-mirror.service', plain],
	[`${unit}/alga-appliance-mirror.socket`, 'systemd-units/alga-appliance-mirror.socket', plain],
	[`${unit}/alga-appliance-console@.service`, 'systemd-units/alga-appliance-console@.service', plain],
	[`${unit}/alga-appliance-getty@.service`, 'systemd-units/alga-appliance-getty@.service', plain],
	['usr/lib/systemd/system-generators/alga-appliance-consoles', 'systemd-units/alga-appliance-consoles', program],
	[`${home}/libexec/console`, 'systemd-units/libexec/console', program],
	[`${home}/libexec/terminal-exists`, 'systemd-units/libexec/terminal-exists', program],
	[`${home}/libexec/terminal-prepare`, 'systemd-units/libexec/terminal-prepare', program],
	[`${home}/libexec/terminal-release`, 'systemd-units/libexec/terminal-release', program],
	['usr/lib/sysusers.d/alga-appliance.conf', 'systemd-units/alga-appliance.sysusers', plain],
	['usr/lib/tmpfiles.d/alga-appliance.conf', 'systemd-units/alga-appliance.tmpfiles', plain],
	// After the distributions' 10-console-messages.conf, which would win otherwise.
	['usr/lib/sysctl.d/60-alga-appliance.conf', 'systemd-units/alga-appliance.sysctl', plain],
	['usr/lib/systemd/journald.conf.d/50-alga-appliance.conf', 'systemd-units/alga-appliance.journald.conf', plain],
	['usr/lib/issue.d/50-alga-appliance.issue', 'systemd-units/alga-appliance.issue', plain],
	['usr/share/alga-appliance/console-failed.issue', 'systemd-units/console-failed.issue', plain],
	['usr/bin/alga-appliance', 'scripts/deb/launcher', program],
	['usr/share/doc/alga-appliance/copyright', 'scripts/deb/copyright', plain],
	['usr/share/lintian/overrides/alga-appliance', 'scripts/deb/lintian-overrides', plain],
];
