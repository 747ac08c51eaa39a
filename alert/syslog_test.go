package alert

import (
	"crypto/tls"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

const exampleID = "peeratlas@32473"

// parsed is a message as a strict reader of RFC 5424 sees it.
type parsed struct {
	pri, host, app, process, id string
	time                        time.Time
	parameters                  map[string]map[string]string
	message                     string
}

var syslogHead = regexp.MustCompile(`^<(\d{1,3})>1 (\S+) ([!-~]{1,255}) ([!-~]{1,48}) ([!-~]{1,128}) ([!-~]{1,32}) \[`)

// parseSyslog reads a message after the grammar of RFC 5424, section 6.
func parseSyslog(m string) (p parsed, err error) {
	if !utf8.ValidString(m) || len(m) > maxSyslog {
		return p, fmt.Errorf("%d octets, UTF-8 %v", len(m), utf8.ValidString(m))
	}
	h := syslogHead.FindStringSubmatch(m)
	if h == nil {
		return p, fmt.Errorf("head of %q", m)
	}
	p = parsed{pri: h[1], host: h[3], app: h[4], process: h[5], id: h[6], parameters: map[string]map[string]string{}}
	if p.time, err = time.Parse("2006-01-02T15:04:05.999999Z", h[2]); err != nil {
		return p, err
	}
	rest := m[len(h[0])-1:]
	for strings.HasPrefix(rest, "[") {
		end := strings.IndexAny(rest, " ]")
		id, values := rest[1:end], map[string]string{}
		rest = rest[end:]
		for rest[0] == ' ' {
			name, value, found := strings.Cut(rest[1:], `="`)
			if !found || strings.ContainsAny(name, ` ="]`) {
				return p, fmt.Errorf("parameter at %q", rest)
			}
			var b strings.Builder
			i := 0
			for ; i < len(value) && value[i] != '"'; i++ {
				if value[i] == ']' || value[i] < ' ' {
					return p, fmt.Errorf("%q bare in a value", value[i])
				}
				if value[i] == '\\' {
					i++
				}
				b.WriteByte(value[i])
			}
			values[name], rest = b.String(), value[i+1:]
		}
		if rest[0] != ']' {
			return p, fmt.Errorf("element ends with %q", rest)
		}
		p.parameters[id], rest = values, rest[1:]
	}
	if rest != "" && rest[0] != ' ' {
		return p, fmt.Errorf("no space before %q", rest)
	}
	p.message = strings.TrimPrefix(rest, " ")
	return p, nil
}

func TestSyslogMessages(t *testing.T) {
	h := &syslogHeader{facility: 3, host: "probe-1", process: "4711", version: "1.2", structured: exampleID}
	var all []byte
	for i, a := range everyAlert() {
		m := string(appendSyslog(nil, h, a, uint32(i+1)))
		all = append(append(all, m...), '\n')
		p, err := parseSyslog(m)
		if err != nil {
			t.Fatalf("%v in %q", err, m)
		}
		if p.host != "probe-1" || p.app != "peeratlas" || p.process != "4711" || p.id != strings.ToUpper(string(a.Kind)) ||
			!p.time.Equal(a.Time.Truncate(time.Microsecond)) || p.pri != strconv.Itoa(3*8+levels[a.Severity]) {
			t.Errorf("%+v", p)
		}
		s := p.parameters[exampleID]
		if p.parameters["meta"]["sequenceId"] != strconv.Itoa(i+1) || s["id"] != a.id() || s["time"] != a.Time.Format(nanoTime) {
			t.Errorf("%v", p.parameters)
		}
		if a.Record != nil && (s["host"] != a.host().String() || s["peer"] != a.peer().String() || s["claim"] != "skype.id_step2" || s["packets"] != "98,99") {
			t.Errorf("%v", s)
		}
		if p.message == "" || !strings.HasPrefix(a.Message(), strings.TrimPrefix(p.message, byteOrderMark)) ||
			strings.HasPrefix(p.message, byteOrderMark) == isASCII(p.message) {
			t.Errorf("message %q of %q", p.message, a.Message())
		}
	}
	golden(t, "syslog.txt", all)
}

// Who has an enterprise number of their own finds it in the message.
func TestSyslogEnterprise(t *testing.T) {
	for number, want := range map[uint32]string{0: exampleID, 9: "peeratlas@9", 1<<32 - 1: "peeratlas@4294967295"} {
		s := newSyslog(t, SyslogOptions{Address: "udp://127.0.0.1:514", Enterprise: number}).(*syslog)
		p, err := parseSyslog(string(appendSyslog(nil, &s.header, everyAlert()[0], 1)))
		if err != nil || p.parameters[want]["id"] == "" {
			t.Errorf("%d: %v %v", number, p.parameters, err)
		}
	}
}

// However much text there is, a message stays within its bound and whole.
func TestSyslogBounds(t *testing.T) {
	for _, text := range []string{strings.Repeat("]", 5000), strings.Repeat("\xff", 5000), strings.Repeat("網", 5000), strings.Repeat("\\\"", 3000)} {
		w := NewWatcher(WatcherOptions{})
		for _, a := range w.Look(look(1, far{host: h1, peer: p1, country: "BR", name: text, detail: text, answered: true})) {
			a.Owner.PID, a.Owner.Name, a.Owner.User = 1, text, text
			a.Breach = &Breach{Rule: text, Side: text, Detail: text}
			m := appendSyslog(nil, &syslogHeader{host: strings.Repeat("h", 255), process: "1", version: "v", structured: exampleID}, a, 1)
			if p, err := parseSyslog(string(m)); err != nil || p.parameters[exampleID]["host"] != h1 {
				t.Errorf("%d octets: %v", len(m), err)
			}
		}
	}
}

func TestSyslogAddresses(t *testing.T) {
	for address, want := range map[string]string{
		"udp://192.0.2.1":              "udp 192.0.2.1:514",
		"udp://[2001:db8::1]:5140":     "udp [2001:db8::1]:5140",
		"tcp://log.example.org:601":    "tcp log.example.org:601",
		"tls://log.example.org":        "tcp log.example.org:6514 TLS",
		"unix:///dev/log":              "unix /dev/log",
		"tcp://log.example.org":        "",
		"":                             "",
		"log.example.org":              "",
		"http://log.example.org":       "",
		"unix://dev/log":               "",
		"udp://user:secret@192.0.2.1":  "",
		"udp://192.0.2.1/x":            "",
		"udp://:514":                   "",
		"udp://192.0.2.1:99999999":     "udp 192.0.2.1:99999999", // connecting tells
		"udp://192.0.2.1:514?facility": "",
	} {
		s, err := NewSyslog(SyslogOptions{Address: address})
		got := ""
		if err == nil {
			y := s.(*syslog)
			got = y.network + " " + y.address
			if y.secure != nil {
				got += " TLS"
				if y.secure.ServerName != "log.example.org" || y.secure.MinVersion != tls.VersionTLS12 || y.secure.InsecureSkipVerify {
					t.Errorf("%+v", y.secure)
				}
			}
		}
		if got != want {
			t.Errorf("%q: got %q, want %q (%v)", address, got, want, err)
		}
	}
	if _, err := NewSyslog(SyslogOptions{Address: "udp://192.0.2.1", Facility: "local9"}); err == nil {
		t.Error("facility local9 is taken")
	}
}
