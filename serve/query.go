package serve

import (
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"peeratlas/store"
)

// How much a list answers at once.
const (
	defaultLimit = 100
	mostLimit    = 1000
)

// question is what a request asks for.
type question struct {
	query  store.Query
	limit  int
	offset int
}

// read reads the parameters that a path knows; another one is an error, for it would be thought to count.
func read(u *url.URL, more ...string) (q question, err error) {
	return readOf(u, append([]string{"since", "until", "host", "country", "sensor", "limit", "cursor"}, more...))
}

// readOf is read of a path that knows these alone.
func readOf(u *url.URL, known []string) (q question, err error) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return q, wrong("the query cannot be read")
	}
	for name, list := range values {
		if len(list) != 1 || len(list[0]) > 200 {
			return q, wrong("each parameter is given once, in 200 octets at most")
		}
		found := false
		for _, k := range known {
			found = found || k == name
		}
		if !found {
			return q, wrong("no such parameter; there are: %s", strings.Join(known, ", "))
		}
	}
	now := time.Now()
	if q.query.Since, err = moment("since", values.Get("since"), now); err != nil {
		return q, err
	}
	if q.query.Until, err = moment("until", values.Get("until"), now); err != nil {
		return q, err
	}
	if host := values.Get("host"); host != "" {
		if q.query.Host, err = netip.ParsePrefix(host); err != nil {
			a, err := netip.ParseAddr(host)
			if err != nil {
				return q, wrong("host is an address or a prefix")
			}
			a = a.Unmap().WithZone("")
			q.query.Host = netip.PrefixFrom(a, a.BitLen())
		}
		q.query.Host = q.query.Host.Masked()
	}
	q.query.Country, q.query.Sensor = values.Get("country"), values.Get("sensor")
	if q.limit, err = count("limit", values.Get("limit"), defaultLimit, mostLimit); err != nil {
		return q, err
	}
	q.offset, err = count("cursor", values.Get("cursor"), 0, 1<<31-1)
	return q, err
}

// moment is RFC 3339, or how long before now.
func moment(name, text string, now time.Time) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	if t, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return t.UTC(), nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return time.Time{}, wrong("%s is a time as RFC 3339 writes it, or how long before now, such as 24h", name)
	}
	return now.Add(-d).UTC(), nil
}

func count(name, text string, without, most int) (int, error) {
	if text == "" {
		return without, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > most {
		return 0, wrong("%s is a number up to %d", name, most)
	}
	return n, nil
}
