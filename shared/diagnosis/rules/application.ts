import type {Rule} from '../rule.ts';
import {inBootstrap, type Signal} from '../signal.ts';

const create =
	/^(?:CreateContainerError|RunContainerError|StartError|ContainerCannotRun|CreateContainerConfigError|Failed|CrashLoopBackOff|Error|PostStartHookError|PreStartHookError|PreCreateHookError)$/u;

/** A program looks whether its tables are there before it makes them; only one that has stopped over it lacks them. */
const hasStopped = (signal: Signal): boolean =>
	(signal.restarts ?? 0) > 0 || signal.reason === 'previous log' || inBootstrap(signal);

/** Settings a container is given. */
export const configRules: readonly Rule[] = [
	{
		cause: 'config-key-missing',
		from: ['pod', 'event'],
		text: /couldn't find key (?<key>\S+) in (?<object>(?:Secret|ConfigMap) \S+)/u,
	},
	{
		cause: 'config-missing',
		from: ['pod', 'event'],
		reason: /^(?:CreateContainerConfigError|Failed)$/u,
		text: /(?:secret|configmap) \\?"(?<object>[^"\\]+)\\?" not found/iu,
	},
	{
		cause: 'permission-denied',
		from: ['pod', 'event'],
		reason: create,
		text: /runAsNonRoot|image will run as root|non-numeric user/u,
	},
	{
		cause: 'service-link-collision',
		text: /tcp:\/\/.*(?:into int|invalid|not a|NaN|parse|strconv)|(?:invalid|parse|strconv|NaN|bad)[^\n]*(?:_PORT|port)[^\n]*tcp:\/\/|cannot unmarshal !!str [`'"]tcp:|_PORT[^\n]*tcp:\/\//iu,
	},
	{
		cause: 'env-missing',
		from: ['log', 'pod'],
		text: /(?<key>\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b)[^\n]{0,40}(?:is not set|not set|is required|must be (?:set|defined|provided)|is missing|is undefined|not (?:defined|provided|configured)|: Required)|(?:[Mm]issing|[Rr]equired|[Uu]nset|[Uu]ndefined|[Ii]nvalid)[^\n]{0,40}(?:env(?:ironment)?|variable|config(?:uration)?|setting)[^\n]{0,30}?(?<name>[A-Z][A-Z0-9]*_[A-Z0-9_]+)|(?<var>[A-Z][A-Z0-9]*_[A-Z0-9_]+): (?:parameter (?:not set|null)|unbound variable)|"path":\s*\[\s*"(?<other>[A-Z][A-Z0-9_]+)"[^\n]*[Rr]equired|no secret .*set|MissingSecret|Environment variable not found: (?<dir>\w+)|Please define a `?(?<file>secret)|superuser password is not specified/u,
	},
];

/** How a process ended, when the runtime says so itself. */
export const containerRules: readonly Rule[] = [
	{
		cause: 'oom-killed',
		from: ['pod', 'log', 'event'],
		text: /OOMKilled|OOM-killed|JavaScript heap out of memory|heap limit Allocation failed|java\.lang\.OutOfMemoryError|cannot allocate memory/iu,
	},
	{
		cause: 'exec-missing',
		from: ['pod', 'event', 'log'],
		text: /^exec: line \d+: (?<dir>\S+): not found|exec:? \\?"?(?<path>\/?[\w./-]+)\\?"?:? (?:stat \S+: )?(?:no such file or directory|executable file not found|not found)|exec \\?"?(?<file>[\w./-]+)\\?"?: (?:no such file|not found)|no command specified|^(?:\S*sh: )(?:line )?(?:\d+: )?(?<other>[^:\s]+): (?:command )?not found|stat (?<stat>\S+): no such file or directory: unknown|executable file not found in \$PATH|Cannot find module '(?<module>\/[^']+)'|exit 127/mu,
	},
	{
		cause: 'permission-denied',
		from: ['pod', 'event', 'log'],
		text: /exec: \\?"(?<path>[^"\\]+)\\?": permission denied|(?<file>\/[^\s:'"]+)'?"?: (?:[Pp]ermission denied|[Oo]peration not permitted|EACCES)|EACCES: permission denied[^']*'(?<other>[^']+)'|Permission denied|Operation not permitted|\bEACCES\b|\bEPERM\b|exit 126|data directory ".*" has (?:wrong ownership|invalid permissions)/u,
		unless: /apparmor/iu,
	},
];

/** What applications write, by the part they cannot do without. */
export const applicationRules: readonly Rule[] = [
	{
		cause: 'migration-locked',
		text: /[Mm]igration table is already locked|MigrationLocked|lock to run migrations|acquire a postgres advisory lock|pg_advisory_lock/u,
	},
	{
		cause: 'migration-mismatch',
		text: /migration directory is corrupt|migration files? (?:is|are) missing|following files are missing|newer than this release|migration history and the migrations table|not found locally in/u,
	},
	{
		cause: 'bootstrap-refused-existing-data',
		text: /[Bb]ootstrap refused|existing data found|refus\w+ .*existing data/u,
	},
	{
		cause: 'bootstrap-job-timeout',
		from: ['log'],
		text: /did not become ready|\(attempt (?<tries>\d+)\/\k<tries>\)|[Ww]aiting for [^\n]*(?:giving up|gave up|timed? ?out)|(?:giving up|gave up|timed out) waiting for/u,
		when: inBootstrap,
	},
	{
		cause: 'migration-failed',
		text: /migration (?:file )?\\?"?(?<object>[^\s"]+)\\?"? failed|migration failed|error (?:while )?running migration|Migration .*failed with error|found failed migrations|Error during migration run|\bP30(?:09|18)\b/iu,
	},
	{
		cause: 'db-credentials-mismatch',
		text: /password authentication failed|SASL authentication failed|wrong password type|28P01|no password supplied|role "[^"]+" does not exist|server login failed|SCRAM|auth_query|pam authentication failed|no pg_hba\.conf entry|empty password returned|authentication failed against database server|\bP1000\b/iu,
	},
	{
		cause: 'db-connections-exhausted',
		text: /too many clients|remaining connection slots|acquiring a connection|pool is probably full|no more connections allowed|too many connections|\(max_client_conn\)|53300|query_wait_timeout|connection pool (?:exhausted|timeout)|timeout exceeded when trying to connect|client_login_timeout/iu,
	},
	{
		cause: 'redis-auth-failed',
		text: /WRONGPASS|NOAUTH|invalid username-password pair|invalid password.*redis|ERR AUTH|ERR invalid password|Client sent AUTH/iu,
	},
	{
		cause: 'smtp-auth-failed',
		text: /\b535[ -]|Invalid login|EAUTH|AUTHENTICATIONFAILED|Username and Password not accepted|SMTP.*auth\w* (?:failed|credentials)|\b534[ -]|5\.7\.\d+ .*[Aa]uthenticat/u,
	},
	{
		cause: 'redis-unreachable',
		text: /(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|connection refused|i\/o timeout|timed out|refused|no route)[^\n]*:6379|:6379[^\n]*(?:refused|timeout|timed out|unreachable|no route)|(?:ENOTFOUND|getaddrinfo \w+|no such host|lookup) ?redis|Redis (?:connection|client)[^\n]*(?:fail|refused|lost|closed|timeout)|MaxRetriesPerRequestError/iu,
	},
	{
		cause: 'db-unreachable',
		text: /(?:ECONNREFUSED|ETIMEDOUT|EHOSTUNREACH|connection refused|i\/o timeout|refused|no route)[^\n]*:(?:5432|6432)|:(?:5432|6432)[^\n]*(?:refused|timeout|timed out|unreachable|no route|no response)|(?:ENOTFOUND|getaddrinfo ENOTFOUND|no such host|lookup|translate host name) "?(?:db|postgres\w*|pgbouncer|pg)\b|connection to server at [^\n]*(?:failed|refused)|server closed the connection unexpectedly|Connection terminated (?:unexpectedly|due to connection timeout)|the database system is (?:shutting down|in recovery)|terminating connection due to administrator|server_login_retry|could not connect to server|no working server connection|can't reach database server/iu,
	},
	{
		cause: 'schema-not-initialized',
		text: /sql schema version|schema version (?:check|mismatch|compatibility)|Expected version: \S+ cannot be greater than|schema_version|database "temporal\w*" does not exist|unable to read (?:db )?schema|keyspace[^\n]*version|schema .*not (?:initiali[sz]ed|found|compatible)/iu,
	},
	{cause: 'schema-not-initialized', from: ['log'], text: /namespace default is not found/iu, when: hasStopped},
	{
		cause: 'dependency-unreachable',
		from: ['log'],
		text: /(?<object>[Tt]emporal)[^\n]*(?:refused|unavailable|timed? ?out|unreachable|deadline|giving up)/u,
	},
	{
		cause: 'dependency-unreachable',
		from: ['log'],
		text: /(?:Failed to call GetSystemInfo|TransportError: )|tonic::transport[^\n]*(?:[Cc]onnection ?[Rr]efused|tcp connect error|dns error|timed out)/u,
	},
	{
		cause: 'dependency-unreachable',
		text: /(?:UNAVAILABLE|DEADLINE_EXCEEDED|ECONNREFUSED|ENOTFOUND|refused|tonic::transport|transport error|no such host|deadline exceeded)[^\n]*:(?:7233|7234|7235|7239)/u,
	},
	{
		cause: 'dependency-unreachable',
		text: /(?:getaddrinfo ENOTFOUND|lookup) (?<object>[a-z0-9-]+(?:\.[a-z0-9-]+)*(?:\.svc\S*)?)/u,
		from: ['log'],
	},
	{
		cause: 'dependency-unreachable',
		from: ['log'],
		text: /ECONNREFUSED (?<object>\S+:\d+)|connect(?:ion)?:? (?:connection )?refused|14 UNAVAILABLE|ETIMEDOUT (?<peer>\S+)|dial tcp (?<host>\S+): (?:i\/o timeout|connect)|EHOSTUNREACH|status code (?:502|503|504)|upstream .*unavailable/u,
	},
	{
		cause: 'hostport-conflict',
		from: ['log', 'pod', 'event'],
		text: /EADDRINUSE|address already in use|bind: address already|port is already allocated/u,
	},
	{cause: 'login-seed-missing', from: ['probe'], reason: /^(?:seed|users|bootstrapSeed)$/u},
	{
		cause: 'app-url-unreachable',
		from: ['probe'],
		reason: /^(?:appUrl|login|loginPage|app)$/u,
		// Anything else, such as a refused connection, is said by the proof.
		text: /^(?<detail>HTTP \d{3})?/u,
	},
	{
		cause: 'schema-not-initialized',
		from: ['log'],
		text: /relation "[^"]+" does not exist|no such table|database "[^"]+" does not exist/u,
		when: hasStopped,
	},
];

/** The last words on a container: only what happened, not why. */
export const endRules: readonly Rule[] = [
	{cause: 'provisioner-failed', from: ['pod'], when: ({subject}) => subject.name.startsWith('helper-pod-')},
	{cause: 'probe-failing', from: ['event', 'pod'], reason: /^(?:Unhealthy|NotReady|Killing)$/u},
	{cause: 'config-missing', from: ['pod'], reason: /^CreateContainerConfigError$/u},
	{cause: 'container-create-stuck', from: ['pod'], reason: /^(?:CreateContainerError|RunContainerError)$/u},
	{cause: 'crash-loop', from: ['event'], reason: /^BackOff$/u},
	{cause: 'crash-loop', from: ['event'], reason: /^FailedPostStartHook|^FailedPreStopHook/u},
	{
		cause: 'crash-loop',
		from: ['pod'],
		reason:
			/^(?:CrashLoopBackOff|Error|Completed|StartError|ContainerCannotRun|PostStartHookError|PreStartHookError|PreCreateHookError|Unknown)$/u,
		text: /(?<detail>last exit [^;]*)?/u,
	},
	{cause: 'bootstrap-job-timeout', from: ['job', 'event'], reason: /^DeadlineExceeded$/u, when: inBootstrap},
	{
		cause: 'bootstrap-job-failed',
		from: ['job', 'event'],
		reason: /^(?:BackoffLimitExceeded|PodFailurePolicy|FailedIndexes|MaxFailedIndexesExceeded|Failed)$/u,
		when: inBootstrap,
	},
	{
		cause: 'helm-hook-failed',
		from: ['job', 'event'],
		reason: /^(?:BackoffLimitExceeded|PodFailurePolicy|DeadlineExceeded|FailedIndexes|MaxFailedIndexesExceeded)$/u,
		text: /(?<detail>.)?/u,
	},
	{cause: 'apply-rejected', from: ['event'], reason: /^FailedCreate$/u, text: /(?<detail>.)?/u},
];
