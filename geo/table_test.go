package geo

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// iso3166 is the officially assigned alpha-2 codes, typed apart from the table.
const iso3166 = `AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF
GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW
KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL
NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST
SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW`

func TestCountryNameOfAllCodes(t *testing.T) {
	codes := strings.Fields(iso3166)
	if len(codes) != 249 {
		t.Fatalf("%d codes typed, ISO 3166-1 has 249", len(codes))
	}
	seen := make(map[string]string)
	for _, code := range append(codes, "XK") {
		name := CountryName(code)
		if len(name) < 4 || name == code {
			t.Errorf("CountryName(%s) = %q", code, name)
		}
		if other, twice := seen[name]; twice {
			t.Errorf("%s and %s are both %q", code, other, name)
		}
		seen[name] = code
	}
	if len(countries) != 250 || !slices.IsSortedFunc(countries[:], func(a, b country) int { return strings.Compare(a.code, b.code) }) {
		t.Errorf("%d countries in the table, or out of order", len(countries))
	}
}

func TestCountryNameOfWords(t *testing.T) {
	for code, want := range map[string]string{"DE": "Germany", "BR": "Brazil", "CI": "Côte d'Ivoire", Private: "Private network",
		Multicast: "Multicast", Unknown: "Unknown", "": "Unknown", "ZZ": "ZZ", "de": "de"} {
		if got := CountryName(code); got != want {
			t.Errorf("CountryName(%q) = %q, want %q", code, got, want)
		}
	}
}

func TestCanonical(t *testing.T) {
	for code, want := range map[string]string{"DE": "DE", "de": "DE", "XK": "XK", "ZZ": "", "EU": "", "AP": "", "A1": "", "": "",
		"DEU": "", "D": "", "é": ""} {
		if got := canonical(code); got != want {
			t.Errorf("canonical(%q) = %q, want %q", code, got, want)
		}
	}
}

// The lists of holders are checked against the data that they were read from.
func TestHolders(t *testing.T) {
	names := make(map[uint32]string)
	d := embeddedASN()
	for found := range d.reader.Networks() {
		r, err := d.read(found)
		if err != nil {
			t.Fatal(err)
		}
		names[r.asn] = strings.ToLower(r.org)
	}
	for _, list := range []struct {
		holders []hoster
		words   []string
		other   func(uint32, string) bool
	}{{hosters, hostingWords, isAccess}, {accessNetworks, accessWords, isHosting}} {
		if !slices.IsSortedFunc(list.holders, func(a, b hoster) int { return int(a.asn) - int(b.asn) }) {
			t.Error("a list is out of order")
		}
		for _, h := range list.holders {
			if names[h.asn] != h.name {
				t.Errorf("AS%d is %q in the list, %q in the data", h.asn, h.name, names[h.asn])
			}
			if slices.ContainsFunc(list.words, func(word string) bool { return strings.Contains(h.name, word) }) {
				t.Errorf("AS%d %q need not be listed: a word tells", h.asn, h.name)
			}
			if list.other(h.asn, h.name) && list.holders[0] == accessNetworks[0] {
				t.Errorf("AS%d %q is a hoster, too", h.asn, h.name)
			}
		}
	}
}

func TestIsHosting(t *testing.T) {
	tests := []struct {
		asn  uint32
		org  string
		want bool
	}{
		{16509, "Amazon.com, Inc.", true}, {24940, "Hetzner Online GmbH", true}, {13335, "Cloudflare, Inc.", true},
		{64500, "Example Hosting Ltd", true}, {64500, "EXAMPLE DATA CENTER", true}, {64500, "Example Servers", true},
		{3320, "Deutsche Telekom AG", false}, {7922, "Comcast Cable Communications, LLC", false},
		{64500, "Fiberhost S.A.", false}, {64500, "", false}, {0, "Example Hosting", false},
	}
	for _, tt := range tests {
		if got := isHosting(tt.asn, tt.org); got != tt.want {
			t.Errorf("isHosting(%d, %q) = %v", tt.asn, tt.org, got)
		}
	}
}

func TestSourceAge(t *testing.T) {
	s := Source{Date: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
	tests := []struct {
		name  string
		now   time.Time
		age   time.Duration
		stale bool
	}{
		{"same day", s.Date, 0, false},
		{"ninety days", s.Date.Add(StaleAfter), StaleAfter, false},
		{"a second more", s.Date.Add(StaleAfter + time.Second), StaleAfter + time.Second, true},
		{"wrong clock", s.Date.Add(-time.Hour), 0, false},
	}
	for _, tt := range tests {
		if age, stale := s.Age(tt.now), s.Stale(tt.now); age != tt.age || stale != tt.stale {
			t.Errorf("%s: Age %v, Stale %v", tt.name, age, stale)
		}
	}
}

func TestEmbeddedSources(t *testing.T) {
	var db DB
	sources := db.Sources()
	if len(sources) != 2 || sources[0].Kind != KindCountry || sources[1].Kind != KindASN {
		t.Fatalf("Sources() = %+v", sources)
	}
	for _, s := range sources {
		if s.Path != Embedded || s.Licence != "CC BY 4.0" || s.Attribution == "" || s.Link != "https://db-ip.com" || s.Date.Year() < 2026 {
			t.Errorf("%+v", s)
		}
	}
}

func TestParseHome(t *testing.T) {
	tests := []struct {
		name         string
		values       []string
		inside, left []string
	}{
		{"defaults", nil,
			[]string{"10.1.2.3", "172.16.0.1", "192.168.0.1", "100.64.0.1", "127.0.0.1", "169.254.1.1", "::1", "fd00::1",
				"fe80::1%eth0", "::ffff:10.0.0.1"},
			[]string{"8.8.8.8", "172.32.0.1", "2001:db8::1", "224.0.0.1", "255.255.255.255", "fec0::1"}},
		{"added", []string{"198.51.100.0/24", "2001:db8::/32"}, []string{"198.51.100.7", "2001:db8::1", "10.0.0.1"}, []string{"198.51.101.1"}},
		{"commas", []string{"198.51.100.0/24, 203.0.113.9"}, []string{"198.51.100.7", "203.0.113.9"}, []string{"203.0.113.10"}},
		{"none", []string{"none"}, nil, []string{"10.0.0.1", "::1"}},
		{"only", []string{"none", "203.0.113.0/25"}, []string{"203.0.113.127"}, []string{"203.0.113.128", "10.0.0.1"}},
		{"none forgets what came before", []string{"203.0.113.0/24", "None,198.51.100.0/24"}, []string{"198.51.100.1"}, []string{"203.0.113.1"}},
		{"host bits", []string{"none", "203.0.113.77/24"}, []string{"203.0.113.1"}, nil},
		{"mapped", []string{"none", "::ffff:203.0.113.0/120"}, []string{"203.0.113.1", "::ffff:203.0.113.1"}, []string{"203.0.114.1"}},
		{"everything", []string{"0.0.0.0/0", "::/0"}, []string{"8.8.8.8", "255.255.255.255", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			home, err := ParseHome(tt.values)
			if err != nil {
				t.Fatal(err)
			}
			for _, a := range tt.inside {
				if !home.Contains(netip.MustParseAddr(a)) {
					t.Errorf("%s is not inside", a)
				}
			}
			for _, a := range tt.left {
				if home.Contains(netip.MustParseAddr(a)) {
					t.Errorf("%s is inside", a)
				}
			}
			if home.Contains(netip.Addr{}) {
				t.Error("the invalid address is inside")
			}
		})
	}
}

func TestParseHomeErrors(t *testing.T) {
	for _, value := range []string{"", "10.0.0.0/33", "ten", "10.0.0.0/8,", "2001:db8::/129", "10.0.0.0-10.0.0.9"} {
		if _, err := ParseHome([]string{value}); err == nil || !strings.Contains(err.Error(), "expected a prefix such as") {
			t.Errorf("ParseHome(%q): %v", value, err)
		}
	}
}

func TestHomeKeepsDefaultsApart(t *testing.T) {
	for range 2 {
		if _, err := ParseHome([]string{"203.0.113.0/24"}); err != nil {
			t.Fatal(err)
		}
	}
	if home, _ := ParseHome(nil); home.Contains(netip.MustParseAddr("203.0.113.1")) || len(home.Prefixes()) != len(homeDefaults) {
		t.Error("an added network became a default")
	}
	if (Home{}).Contains(netip.MustParseAddr("10.0.0.1")) {
		t.Error("the zero Home holds something")
	}
}

func TestHomeDoesNotAllocate(t *testing.T) {
	home, _ := ParseHome(nil)
	for _, address := range []string{"10.0.0.1", "8.8.8.8", "fe80::1", "::ffff:10.0.0.1", "2001:db8::1"} {
		a := netip.MustParseAddr(address)
		if n := testing.AllocsPerRun(100, func() { home.Contains(a) }); n != 0 {
			t.Errorf("Contains(%s): %v allocations", address, n)
		}
	}
}
