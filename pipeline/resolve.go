package pipeline

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"peeratlas/classify"
	"peeratlas/classify/flow"
	"peeratlas/report"
)

// Resolver asks a resolver for the names of addresses. It is the one part of the house that
// sends anything, and only a person's wish makes one (--resolve). What it learns stands beside
// an address for people; no verdict rests on it. The zero Resolver asks the system's resolver.
type Resolver struct {
	Server netip.AddrPort // to ask in place of the system's; the zero value is none
	// Bounds; 0 means the default. Each address is asked for once, and once more after a timeout.
	Workers int           // questions under way at once, default 16
	Each    time.Duration // to wait for one answer, default 2 s
	Total   time.Duration // for all of them, default 20 s
	Most    int           // addresses, default 16,384
}

// SystemResolver is the word for the system's resolver.
const SystemResolver = "system"

// resolverSilence is how many questions in a row, from the first, may fail until the resolver is
// taken for dead.
const resolverSilence = 32

// ParseResolver reads SystemResolver, "192.0.2.1" or "192.0.2.1:5353".
func ParseResolver(s string) (*Resolver, error) {
	if s == SystemResolver {
		return new(Resolver), nil
	}
	if ap, err := netip.ParseAddrPort(s); err == nil && ap.Port() != 0 {
		return &Resolver{Server: ap}, nil
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return &Resolver{Server: netip.AddrPortFrom(a, 53)}, nil
	}
	return nil, fmt.Errorf("--resolve=%s: no address of a resolver; give 192.0.2.1, 192.0.2.1:5353 or [2001:db8::1]:53, or --resolve alone for the system's", s)
}

func (r Resolver) filled() Resolver {
	fill := func(n *int, otherwise int) {
		if *n <= 0 {
			*n = otherwise
		}
	}
	wait := func(d *time.Duration, otherwise time.Duration) {
		if *d <= 0 {
			*d = otherwise
		}
	}
	fill(&r.Workers, 16)
	fill(&r.Most, 1<<14)
	wait(&r.Each, 2*time.Second)
	wait(&r.Total, 20*time.Second)
	return r
}

// Names asks for the name of each address and returns those that there are, within the bounds.
// Addresses that no resolver knows (multicast, loopback, link-local) are not asked for.
func (r Resolver) Names(ctx context.Context, addrs []netip.Addr) (map[netip.Addr]classify.Name, *report.Resolution) {
	r = r.filled()
	count := &report.Resolution{Server: SystemResolver}
	resolver := net.DefaultResolver
	if r.Server.IsValid() {
		count.Server = r.Server.String()
		resolver = &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, network, r.Server.String())
		}}
	}
	names := map[netip.Addr]classify.Name{}
	ctx, stop := context.WithTimeout(ctx, r.Total)
	defer stop()
	asks := make(chan netip.Addr)
	var one sync.Mutex
	var all sync.WaitGroup
	for range r.Workers {
		all.Go(func() {
			for a := range asks {
				if over(ctx) {
					one.Lock()
					count.NotAsked++
					one.Unlock()
					continue
				}
				name, err := r.ask(ctx, resolver, a)
				one.Lock()
				if count.Add(name != "", err); name != "" {
					names[a] = classify.Name{Text: name, Source: classify.FromResolver, Time: time.Now().UnixNano()}
				}
				if count.Failed >= resolverSilence && count.Failed == count.Asked {
					stop()
				}
				one.Unlock()
			}
		})
	}
	for i, a := range addrs {
		if !askable(a) || i >= r.Most || !offer(ctx, asks, a) {
			one.Lock()
			count.NotAsked++
			one.Unlock()
		}
	}
	close(asks)
	all.Wait()
	return names, count
}

// offer hands a question to a worker; it fails when the time is over.
func offer(ctx context.Context, asks chan<- netip.Addr, a netip.Addr) bool {
	if over(ctx) {
		return false
	}
	select {
	case asks <- a:
		return true
	case <-ctx.Done():
		return false
	}
}

// over tells whether the time is over: a socket knows a little earlier than its context.
func over(ctx context.Context) bool {
	until, bound := ctx.Deadline()
	return ctx.Err() != nil || bound && !time.Now().Before(until)
}

func askable(a netip.Addr) bool { return a.IsGlobalUnicast() && !a.IsLoopback() }

// ask looks one address up; "" is no name, with an error if that is not for sure.
func (r *Resolver) ask(ctx context.Context, resolver *net.Resolver, a netip.Addr) (string, error) {
	var err error
	for range 2 {
		var names []string
		each, stop := context.WithTimeout(ctx, r.Each)
		names, err = resolver.LookupAddr(each, a.String())
		stop()
		if len(names) > 0 {
			return resolvedText(names), nil
		}
		var told *net.DNSError
		if errors.As(err, &told) && told.IsNotFound || err == nil {
			return "", nil
		}
		if told == nil || !told.IsTimeout || over(ctx) {
			break
		}
	}
	return "", fmt.Errorf("name of %s: %w", a, err)
}

// resolvedText is the first of the names in the order of letters, so that the same answers give
// the same report. Go's resolver lets only letters, digits, hyphens and underscores through.
func resolvedText(names []string) string {
	for i, n := range names {
		names[i] = strings.ToLower(strings.TrimSuffix(n, "."))
	}
	n := slices.Min(names)
	return n[:min(len(n), 255)]
}

// resolve asks for the names of the peers that the traffic called nothing, in flows that are
// still held: those that exchanged data first. It judges once more than a run without.
func (s *street) resolve(ctx context.Context, judge *classify.Judge, flows []*flow.Flow) {
	if s.options.Resolver == nil {
		return
	}
	panicked := false
	defer s.caught(judging, &panicked)
	named, exchanged := map[netip.Addr]bool{}, map[netip.Addr]bool{}
	var order []netip.Addr
	for i, f := range flows {
		s.about = f.FirstFrame
		v := judge.Verdict(i)
		for e, is := range peerEnds(f, &v) {
			if !is {
				continue
			}
			a := f.Key.Addr[e].Netip()
			if _, known := named[a]; !known {
				order = append(order, a)
			}
			named[a] = named[a] || v.Name[e].Source != classify.NoName
			exchanged[a] = exchanged[a] || f.Payloads[0] > 0 && f.Payloads[1] > 0
		}
	}
	order = slices.DeleteFunc(order, func(a netip.Addr) bool { return named[a] })
	slices.SortStableFunc(order, func(a, b netip.Addr) int {
		switch {
		case exchanged[a] == exchanged[b]:
			return 0
		case exchanged[a]:
			return -1
		}
		return 1
	})
	s.resolved, s.result.Coverage.Resolver = s.options.Resolver.Names(ctx, order)
}

// peerEnds tells which ends of a flow are peers; of one that is peer-to-peer, the end that was
// dialled if nobody marked any.
func peerEnds(f *flow.Flow, v *classify.Verdict) [2]bool {
	p := v.Peer
	if v.Judgement < classify.Likely {
		return [2]bool{}
	}
	if !p[0] && !p[1] {
		p[f.Responder()] = true
	}
	return p
}

// addResolved puts a resolver's names beside peers that have none.
func (s *street) addResolved(f *flow.Flow, v *classify.Verdict) {
	if len(s.resolved) == 0 {
		return
	}
	for e, is := range peerEnds(f, v) {
		if is && v.Name[e].Source == classify.NoName {
			v.Name[e] = s.resolved[f.Key.Addr[e].Netip()]
		}
	}
}
