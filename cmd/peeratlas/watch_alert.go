package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"peeratlas/alert"
	"peeratlas/report"
)

// alerting are the flags of what a watch tells, and whom.
type alerting struct {
	stdout    bool
	severity  string
	state     string
	countries string
	changes   bool
	queue     int
	memory    int
	ca        string

	syslog, facility string
	enterprise       uint32
	webhook, token   string
	command          string
	commandTime      time.Duration
	commandsAtOnce   int
	log, logCompress string
	logSize          size
	logAge, logSync  time.Duration
	logLines         uint64
	logKeep          int
	program          string                            // name and version
	breaches         func(*report.Look) []alert.Breach // nil for no policy
	getenv           func(string) string               // os.Getenv, but in tests
}

func (a *alerting) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&a.stdout, "alerts", false, "write alerts to standard output, each a line of JSON; lines for people and the report go to standard error then")
	f.StringVar(&a.severity, "alert-severity", "info", "least `severity` of alerts that are told: info, notice, warning or critical")
	f.StringVar(&a.state, "alert-state", "", "`file` that keeps what was told, so that a restart does not call everything first again")
	f.StringVar(&a.countries, "alert-countries", "host", "whose first contact with a country is told: that of the network, or also that of each host (`scope`: network or host)")
	f.BoolVar(&a.changes, "alert-changes", false, "tell also when a host is judged otherwise than was told")
	f.IntVar(&a.queue, "alert-queue", 1024, "`alerts` that wait for each receiver at most; beyond, they are dropped and counted")
	f.IntVar(&a.memory, "alert-memory", 1<<16, "hosts, countries of hosts and breaches that are remembered as told")
	f.StringVar(&a.ca, "alert-ca", "", "PEM `file` of certificate authorities to trust besides the system's, for --syslog tls:// and --webhook https://")
	f.StringVar(&a.syslog, "syslog", "", "send alerts by syslog (RFC 5424) to `address`: udp://HOST:514, tcp://HOST:PORT, tls://HOST:6514 or unix:///dev/log")
	f.StringVar(&a.facility, "syslog-facility", "daemon", "syslog `facility`")
	f.Uint32Var(&a.enterprise, "syslog-enterprise", alert.DefaultEnterprise, "private enterprise `number` in the structured data of --syslog: your own, if the IANA gave you one")
	f.StringVar(&a.webhook, "webhook", "", "post alerts as JSON to `URL`; a bearer token comes from "+alert.TokenVariable+" or --webhook-token-file")
	f.StringVar(&a.token, "webhook-token-file", "", "`file` with the bearer token for --webhook")
	f.StringVar(&a.command, "alert-command", "", "run `program`, without a shell and without arguments, for each alert: its JSON is on standard input")
	f.DurationVar(&a.commandTime, "alert-command-time", 10*time.Second, "time that a run of --alert-command may take; then it is killed")
	f.IntVar(&a.commandsAtOnce, "alert-commands", 2, "`runs` of --alert-command at the same time")
	f.StringVar(&a.log, "log", "", "log contacts to `file`, a line of JSON each, chained so that a gap shows; see peeratlas log verify")
	a.logSize = 100 << 20
	f.Var(&a.logSize, "log-size", "`size` at which --log begins a new file")
	f.DurationVar(&a.logAge, "log-age", 24*time.Hour, "age at which --log begins a new file")
	f.Uint64Var(&a.logLines, "log-lines", 0, "`lines` with which --log begins a new file (0: no bound)")
	f.IntVar(&a.logKeep, "log-keep", 0, "full `files` of --log that are kept; the oldest are removed (0: all are kept)")
	f.StringVar(&a.logCompress, "log-compress", "zstd", "`how` full files of --log are compressed: zstd, gzip or none")
	f.DurationVar(&a.logSync, "log-sync", 5*time.Second, "how old lines of --log may be that a loss of power takes")
}

// needs are what telling does after it was opened: whoever takes rights away leaves these.
type needs struct {
	folders []string // in which files are made, written, renamed and removed
	network bool     // connections are opened, names asked for
	runs    bool     // another program is run
}

func (a *alerting) needs() needs {
	n := needs{network: a.webhook != "" || a.syslog != "" && !isUnix(a.syslog), runs: a.command != ""}
	for _, name := range []string{a.log, a.state} {
		if name != "" {
			n.folders = append(n.folders, filepath.Dir(name))
		}
	}
	return n
}

func isUnix(address string) bool { return len(address) > 5 && address[:5] == "unix:" }

// on tells whether anything is to be told.
func (a *alerting) on() bool {
	return a.stdout || a.syslog != "" || a.webhook != "" || a.command != "" || a.log != ""
}

// open opens all that is told to, before any right is taken away. Words go to stderr. Nothing is
// sent before the first alert.
func (a *alerting) open(stdout, stderr io.Writer) (*alert.Teller, error) {
	var one sync.Mutex
	tell := func(line string) {
		one.Lock()
		defer one.Unlock()
		fmt.Fprintf(stderr, "peeratlas: %s\n", report.Clean(line, 0))
	}
	o := alert.Options{Queue: a.queue, State: a.state, Tell: tell,
		Watcher: alert.WatcherOptions{Memory: a.memory, NetworkOnly: a.countries == alert.ScopeNetwork, Changes: a.changes, Breaches: a.breaches}}
	var known bool
	if o.Least, known = alert.ParseSeverity(a.severity); !known {
		return nil, fmt.Errorf("--alert-severity %s: write info, notice, warning or critical", a.severity)
	}
	switch {
	case a.countries != alert.ScopeNetwork && a.countries != alert.ScopeHost:
		return nil, fmt.Errorf("--alert-countries %s: write network or host", a.countries)
	case a.queue <= 0 || a.memory <= 0 || a.commandsAtOnce <= 0 || a.commandTime <= 0:
		return nil, fmt.Errorf("--alert-queue, --alert-memory, --alert-commands and --alert-command-time are above 0")
	case a.logKeep < 0 || a.logAge <= 0 || a.logSync <= 0:
		return nil, fmt.Errorf("--log-keep cannot be negative, and --log-age and --log-sync are above 0")
	case a.state != "" && !a.stdout && a.syslog == "" && a.webhook == "" && a.command == "":
		return nil, fmt.Errorf("--alert-state keeps what was told, but nobody is told; add --alerts, --syslog, --webhook or --alert-command")
	case a.token != "" && a.webhook == "":
		return nil, fmt.Errorf("--webhook-token-file is for --webhook; name that too")
	}
	var err error
	if o.Sinks, err = a.sinks(stdout, tell); err != nil {
		return nil, err
	}
	if a.log != "" {
		o.Log, err = alert.OpenLog(alert.LogOptions{File: a.log, Size: int64(a.logSize), Age: a.logAge, Lines: a.logLines, Keep: a.logKeep,
			Compress: a.logCompress, Sync: a.logSync, Program: a.program, Tell: tell})
		if err != nil {
			return nil, fmt.Errorf("--log: %w", err)
		}
	}
	t, err := alert.NewTeller(o)
	if err != nil && o.Log != nil {
		o.Log.Close(time.Now().Add(time.Second))
	}
	return t, err
}

func (a *alerting) sinks(stdout io.Writer, tell func(string)) (sinks []alert.Sink, err error) {
	add := func(flag string, s alert.Sink, serr error) {
		if serr != nil && err == nil {
			err = fmt.Errorf("%s: %w", flag, serr)
		}
		sinks = append(sinks, s)
	}
	if a.stdout {
		add("--alerts", alert.NewStream("standard output", stdout), nil)
	}
	if a.syslog != "" {
		s, serr := alert.NewSyslog(alert.SyslogOptions{Address: a.syslog, Facility: a.facility, Enterprise: a.enterprise, Authorities: a.ca, Version: buildVersion()})
		add("--syslog", s, serr)
	}
	if a.webhook != "" {
		token, terr := a.readToken()
		if terr != nil {
			return nil, fmt.Errorf("--webhook-token-file: %w", terr)
		}
		s, serr := alert.NewWebhook(alert.WebhookOptions{URL: a.webhook, Token: token, Authorities: a.ca, Version: buildVersion()})
		add("--webhook", s, serr)
	}
	if a.command != "" {
		s, serr := alert.NewCommand(alert.CommandOptions{Program: a.command, Timeout: a.commandTime, AtOnce: a.commandsAtOnce}, tell)
		add("--alert-command", s, serr)
	}
	return sinks, err
}

// readToken is the secret for the webhook: a file's, or else the environment's; "" is none.
func (a *alerting) readToken() (string, error) {
	if a.token != "" {
		return alert.ReadToken(a.token)
	}
	if a.getenv == nil {
		a.getenv = os.Getenv
	}
	return a.getenv(alert.TokenVariable), nil
}
