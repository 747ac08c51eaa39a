package main

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync/atomic"
	"testing"
)

// TestOnlyResolveAsks: no command opens a socket unless --resolve is given, and those that know
// the flag do then.
func TestOnlyResolveAsks(t *testing.T) {
	var asked atomic.Int64
	old := net.DefaultResolver
	defer func() { net.DefaultResolver = old }()
	net.DefaultResolver = &net.Resolver{PreferGo: true, Dial: func(context.Context, string, string) (net.Conn, error) {
		asked.Add(1)
		return nil, errors.New("nobody is to be asked")
	}}
	office := testdata + "office.pcapng"
	for _, args := range [][]string{{"report", office}, {"report", "--format", "json", office}, {"report", "--format", "md", office}, {"report", "--format", "csv", office},
		{"flows", office}, {"explain", office}, {"explain", office, "192.168.10.23"}, {"report", "-n", office}, {"detectors"}, {"version"}} {
		asked.Store(0)
		if status, _, stderr := peeratlas(t, nil, args...); status != 0 || strings.Contains(stderr, "resolver") {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
		if n := asked.Load(); n != 0 {
			t.Errorf("%v: %d sockets", args, n)
		}
	}
	for _, args := range [][]string{{"report", "--resolve", office}, {"flows", "--resolve", office}, {"explain", "--resolve", office}} {
		asked.Store(0)
		status, out, stderr := peeratlas(t, nil, args...)
		if status != 0 || !strings.Contains(stderr, "resolver system: asked for") || out == "" {
			t.Errorf("%v: status %d, %s", args, status, stderr)
		}
		if asked.Load() == 0 {
			t.Errorf("%v: nobody was asked", args)
		}
	}
}
