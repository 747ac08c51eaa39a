package main

import (
	"context"
	"fmt"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"peeratlas/capture"
	"peeratlas/geo"
	"peeratlas/pipeline"
	"peeratlas/policy"
	"peeratlas/report"
	"peeratlas/store"
)

// history are the flags of commands that write what they find to a store, and read it there.
type history struct {
	storeName
	sensor                      string
	since, until, host, country string

	open store.Store
	into *store.Importer // nil: nothing is written
}

func (h *history) addFlags(f *pflag.FlagSet) {
	h.addTo(f, "with the history: what captures hold is added to it; without a capture it is read")
	f.StringVar(&h.sensor, "sensor", "", "`name` of the sensor in --store (default: the host's when writing, all when reading)")
	f.StringVar(&h.since, "since", "", "with --store alone: from this `time` on (2026-11-25 09:05:00 in UTC, RFC 3339, or 24h or 7d before now)")
	f.StringVar(&h.until, "until", "", "with --store alone: up to this `time`")
	f.StringVar(&h.host, "host", "", "with --store alone: flows of this `address` or prefix")
	f.StringVar(&h.country, "country", "", "with --store alone: flows with peers of this `country` (ISO 3166-1 alpha-2, or a word of the report)")
}

// reads tells whether the history is to be read, not a capture.
func (h *history) reads(in *input, words []string) bool {
	return h.file != "" && len(words) == 0 && len(in.read) == 0
}

// needPackets are flags that mean nothing where no packets are read.
var needPackets = []string{"filter", "count", "geo-db", "home-net", "resolve", "max-flows", "max-names", "idle-timeout", "active-timeout", "write-evidence"}

// query is what is asked for. Of flags that ask packets it makes an error.
func (h *history) query(cmd *cobra.Command) (q store.Query, err error) {
	for _, name := range needPackets {
		if cmd.Flags().Changed(name) {
			return q, usage(cmd, "--%s needs packets, and --store without a capture reads what was stored of them", name)
		}
	}
	now := time.Now()
	if q.Since, err = parseTime("--since", h.since, now); err != nil {
		return q, err
	}
	if q.Until, err = parseTime("--until", h.until, now); err != nil {
		return q, err
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return q, usage(cmd, "--since %s is not before --until %s", h.since, h.until)
	}
	if h.host != "" {
		if q.Host, err = parseHost(h.host); err != nil {
			return q, err
		}
	}
	q.Country, q.Sensor = h.country, h.sensor
	if len(q.Country) == 2 {
		q.Country = strings.ToUpper(q.Country)
	}
	return q, nil
}

func parseHost(text string) (netip.Prefix, error) {
	if p, err := netip.ParsePrefix(text); err == nil {
		return p.Masked(), nil
	}
	a, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("--host %s: write an address, or a prefix such as 192.168.1.0/24", text)
	}
	a = a.Unmap().WithZone("")
	return netip.PrefixFrom(a, a.BitLen()), nil
}

// readAgainst opens the store, and a policy that is told of its databases; the Evaluator is nil if none is
// asked for.
func (h *history) readAgainst(cmd *cobra.Command, against *policyFlags, q store.Query) (store.Store, *policy.Evaluator, error) {
	from, err := h.read(cmd.Context())
	if err != nil {
		return nil, nil, err
	}
	sources, err := store.Sources(cmd.Context(), from, q)
	var held *policy.Evaluator
	if err == nil {
		held, err = against.open(cmd, func() []geo.Source { return sources })
	}
	if err != nil {
		from.Close()
		return nil, nil, err
	}
	return from, held, nil
}

// parseTime reads a moment, or how long before now one was; "" is the zero time.
func parseTime(flag, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if days, found := strings.CutSuffix(text, "d"); found {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return now.Add(-time.Duration(n) * 24 * time.Hour).UTC(), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d >= 0 {
		return now.Add(-d).UTC(), nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, fmt.Errorf("%s %s: write it as 2026-11-25T09:05:00Z, '2026-11-25 09:05:00' for UTC, or 24h or 7d before now", flag, text)
}

// parsePeriod reads FROM/TO as ISO 8601 has it; either may be left out.
func parsePeriod(flag, text string, now time.Time) (q store.Query, err error) {
	from, to, found := strings.Cut(text, "/")
	if !found {
		return q, fmt.Errorf("%s %s: write FROM/TO, such as 48h/24h or 2026-11-24/2026-11-25", flag, text)
	}
	if q.Since, err = parseTime(flag, from, now); err != nil {
		return q, err
	}
	if q.Until, err = parseTime(flag, to, now); err != nil {
		return q, err
	}
	if !q.Since.IsZero() && !q.Until.IsZero() && !q.Since.Before(q.Until) {
		return q, fmt.Errorf("%s %s: it ends before it begins", flag, text)
	}
	return q, nil
}

// attach has what s finds written to the store, if there is one. detach must follow.
func (h *history) attach(cmd *cobra.Command, s *session) error {
	if h.file == "" {
		for _, name := range []string{"since", "until", "host", "country", "sensor"} {
			if cmd.Flags().Changed(name) {
				return usage(cmd, "--%s is for --store; of captures an expression chooses: host 192.168.1.34", name)
			}
		}
		return nil
	}
	for _, name := range []string{"since", "until", "host", "country"} {
		if cmd.Flags().Changed(name) {
			return usage(cmd, "--%s asks a --store, and captures are given; ask when they are stored, or filter packets by an expression", name)
		}
	}
	opened, err := h.write(cmd.Context(), 10*time.Second, store.ClickHouseOptions{})
	if err != nil {
		s.source.Close()
		return err
	}
	h.open, s.places = opened, true
	h.into = store.NewImporter(opened, store.Run{Sensor: sensorName(h.sensor), Program: "peeratlas " + buildVersion(), Home: s.in.home, Words: s.words})
	return nil
}

// sensorName is the given one, or the host's.
func sensorName(given string) string {
	if given != "" {
		return given
	}
	name, err := os.Hostname()
	if err != nil || name == "" {
		return "sensor"
	}
	return name
}

func (h *history) detach() {
	if h.open != nil {
		h.open.Close()
		h.open = nil
	}
}

// adding returns a write that stores each record before write gets it.
func (h *history) adding(ctx context.Context, write func(*report.Record) error) func(*report.Record) error {
	if h.into == nil {
		return write
	}
	ctx = context.WithoutCancel(ctx) // what was read is judged, and its end decides
	return func(r *report.Record) error {
		if err := h.into.Add(ctx, r); err != nil {
			return err
		}
		return write(r)
	}
}

// finish makes what was stored count. Of a reading that was ended early nothing is: read again to its
// end, the rest would count twice.
func (h *history) finish(cmd *cobra.Command, s *session, result *pipeline.Result) error {
	switch {
	case h.into == nil:
		return nil
	case result.Interrupted:
		fmt.Fprintf(cmd.ErrOrStderr(), "peeratlas: interrupted: nothing was added to the store\n")
		return nil
	}
	return h.into.Finish(context.WithoutCancel(cmd.Context()), result.Coverage, s.geo.Sources(), result.Hosts, result.Sockets)
}

// interruptedInstead is err, or, if its cause is that the user has ended it, that.
func interruptedInstead(cmd *cobra.Command, err error) error {
	if cmd.Context().Err() != nil {
		return capture.ErrInterrupted
	}
	return err
}

// storedResult is what befell the inputs of what is stored.
func storedResult(c report.Coverage) *pipeline.Result {
	return &pipeline.Result{Coverage: c, Damaged: pipeline.Damaged(&c)}
}
