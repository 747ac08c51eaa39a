package serve

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"peeratlas/capture/packet"
	"peeratlas/classify"
	"peeratlas/geo"
	"peeratlas/report"
	"peeratlas/store"
)

// addFlow stores a flow of host 10.0.0.7 with a peer in Brazil, by another sensor.
func addFlow(t *testing.T, s store.Store) {
	t.Helper()
	i := store.NewImporter(s, store.Run{Sensor: "late", Words: []string{"b.pcap"}})
	r := &report.Record{Home: [2]bool{true, false}, Location: [2]geo.Location{{Country: geo.Private}, {Country: "BR"}}}
	f := &r.Flow
	f.Key.Addr = [2]packet.Addr{packet.AddrFrom(netip.MustParseAddr("10.0.0.7")), packet.AddrFrom(netip.MustParseAddr("198.51.100.7"))}
	f.Key.Port, f.Key.Protocol, f.FirstFrame = [2]uint16{4001, 5000}, packet.UDP, 1
	f.Start, f.End = time.Now().Add(-time.Minute).UnixNano(), time.Now().UnixNano()
	f.Packets, f.Payloads = [2]uint32{3, 2}, [2]uint32{3, 2}
	r.Verdict = classify.Verdict{Judgement: classify.P2P, Probability: 0.97, Family: "tox", Path: classify.Direct, Peer: [2]bool{false, true}}
	ctx := context.Background()
	if err := i.Add(ctx, r); err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	if err := i.Finish(ctx, report.Coverage{Packets: 5, Flows: 1, First: now.Add(-time.Minute), Last: now}, nil, nil, nil); err != nil {
		t.Fatal(err)
	}
}

// hasHost tells whether the table of hosts has an address.
func hasHost(address string) string {
	return `Array.from(document.querySelectorAll('#hosts tbody th a'), (e) => e.textContent).includes('` + address + `')`
}

const ready = `document.querySelector('#hosts table') && document.querySelector('#countries table') && document.querySelector('#newest table') && document.querySelector('.world a[href]')`

// From the map to a host, its socket, a flow and its evidence, and back; the link shows the same again.
func TestBrowserDrillsDown(t *testing.T) {
	b := newBrowser(t, New(Options{Store: filled(t), Loop: true}))
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(ready)
	b.until(`document.getElementById('live').textContent === 'live'`)
	b.picture("light.png")
	at := tell[[]float64](b, `(() => { const path = document.querySelector('#m-FR path'); path.scrollIntoView({block: 'center'});
		const box = path.getBBox(), to = path.getScreenCTM();
		for (let i = 1; i < 40; i++) for (let k = 1; k < 40; k++) {
			const p = new DOMPoint(box.x + box.width * i / 40, box.y + box.height * k / 40), q = p.matrixTransform(to);
			if (path.isPointInFill(p) && document.elementFromPoint(q.x, q.y) === path) return [q.x, q.y];
		} })()`)
	b.do(chromedp.MouseClickXY(at[0], at[1]))
	b.until(`location.hash.includes('country=FR') && document.querySelector('#peers tbody tr')`)
	if got := tell[string](b, `document.activeElement.id`); got != "h-hosts" {
		t.Errorf("focus is on %q", got)
	}
	if n := tell[int](b, `document.querySelectorAll('#peers tbody tr').length`); n != flows/2 {
		t.Errorf("%d peers in France", n)
	}
	b.follow(`#hosts tbody th a`)
	b.until(`document.querySelector('#detail h3')`)
	if got := tell[string](b, `document.getElementById('h-detail').textContent`); got != "Host 10.0.0.1" {
		t.Errorf("heading %q", got)
	}
	b.picture("host.png")
	b.follow(`#detail a[href*="socket"]`)
	b.until(`document.querySelector('#detail a[href*="flow="]')`)
	if n := tell[int](b, `document.querySelectorAll('#detail table.sortable tbody tr').length`); n != flows/2 {
		t.Errorf("%d flows with France", n)
	}
	b.follow(`#detail a[href*="flow="]`)
	b.until(`document.querySelector('#detail table.bits')`)
	for _, want := range []string{"a.b", "ip.addr == 10.0.0.1", "udp.port == 4000", "together: probability 0.9700"} {
		if !strings.Contains(tell[string](b, `document.getElementById('detail').textContent`), want) {
			t.Errorf("the evidence does not say %s", want)
		}
	}
	b.picture("evidence.png")
	said := tell[string](b, `document.getElementById('detail').innerText`)
	link := tell[string](b, `location.href`)
	b.do(chromedp.NavigateBack())
	b.until(`document.getElementById('h-detail').textContent !== 'Evidence of one flow' && document.querySelector('#detail a[href*="flow="]')`)
	b.do(chromedp.NavigateBack(), chromedp.NavigateBack(), chromedp.NavigateBack())
	b.until(`location.hash === '' && !document.getElementById('countries').hidden && ` + ready)
	b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(link))
	b.until(`document.querySelector('#detail table.bits')`)
	if again := tell[string](b, `document.getElementById('detail').innerText`); again != said {
		t.Errorf("the saved link shows\n%s\nnot\n%s", again, said)
	}
	b.forgive("about:blank")
	b.quiet()
}

func TestBrowserTimeRange(t *testing.T) {
	b := newBrowser(t, New(Options{Store: filled(t)}))
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(ready)
	// The flows began an hour ago, and ended a second later.
	tell[int](b, `(() => { document.getElementById('since').value = new Date(Date.now() - 30 * 60e3).toISOString().slice(0, 19);
		document.getElementById('time').requestSubmit(); return 0; })()`)
	b.until(`document.querySelector('#hosts .body').textContent.includes('No peer was found in this time')`)
	if h := tell[string](b, `location.hash`); !strings.Contains(h, "since=2") {
		t.Errorf("address %s", h)
	}
	b.follow(`#hosts .body a`)
	b.until(`location.hash.includes('since=all') && document.querySelector('#hosts table')`)
	b.follow(`#ranges li:nth-child(3) a`)
	b.until(`location.hash.includes('since=168h') && document.querySelector('#ranges li:nth-child(3) a[aria-current]')`)
	tell[int](b, `(() => { const s = document.getElementById('sensor'); s.selectedIndex = 1; s.dispatchEvent(new Event('change')); return 0; })()`)
	b.until(`location.hash.includes('sensor=mirror') && document.querySelector('#hosts table')`)
	b.quiet()
}

// What comes into the store comes onto the page, and who is somewhere on it stays there.
func TestBrowserIsTold(t *testing.T) {
	s := filled(t)
	b := newBrowser(t, New(Options{Store: s, Look: 100 * time.Millisecond}))
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(ready + ` && document.getElementById('live').textContent === 'live' && document.getElementById('latest').textContent`)
	tell[int](b, `(() => { document.querySelector('#hosts thead button').click(); document.querySelector('#hosts tbody a').focus({preventScroll: true}); return 0; })()`)
	addFlow(t, s)
	b.until(hasHost("10.0.0.7") + ` && document.querySelector('#m-BR').hasAttribute('href')`)
	if got := tell[string](b, `document.activeElement.textContent + ' ' + document.querySelector('#hosts thead th').getAttribute('aria-sort')`); got != "10.0.0.1 ascending" {
		t.Errorf("focus and order are now %q", got)
	}
	if got := tell[string](b, `document.querySelector('#alerts tbody').textContent`); !strings.Contains(got, "first contact with Brazil") || !strings.Contains(got, "10.0.0.7 is peer-to-peer for the first time") {
		t.Errorf("alerts: %s", got)
	}
	b.quiet()
}

func TestBrowserAsksForTheToken(t *testing.T) {
	b := newBrowser(t, New(Options{Store: filled(t), Token: "hunter2"}))
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(`!document.getElementById('ask-token').hidden`)
	if tell[bool](b, `document.querySelector('main').textContent.includes('10.0.0.1')`) {
		t.Error("it shows hosts without a token")
	}
	b.until(`document.activeElement.id === 'token'`)
	b.do(chromedp.SendKeys("#token", "wrong\r"))
	b.until(`!document.getElementById('ask-token').hidden && document.getElementById('token-note').textContent.includes('does not know')`)
	b.do(chromedp.SendKeys("#token", "hunter2\r"))
	b.until(`document.getElementById('ask-token').hidden && document.getElementById('live').textContent === 'live' && ` + ready)
	b.forgive("401") // a browser logs each answer of that status
	b.do(chromedp.Reload())
	b.until(ready)
	b.quiet()
}

// Everything by Tab and Enter.
func TestBrowserKeyboard(t *testing.T) {
	b := newBrowser(t, New(Options{Store: filled(t)}))
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(ready)
	reached := ""
	for range 40 {
		b.do(chromedp.KeyEvent("\t"))
		if reached = tell[string](b, `document.activeElement.id || document.activeElement.textContent`); reached == "m-DE" {
			break
		}
	}
	if reached != "m-DE" {
		t.Fatalf("Tab ends at %q, not on Germany", reached)
	}
	b.do(chromedp.KeyEvent("\r"))
	b.until(`location.hash.includes('country=DE') && document.querySelector('#hosts tbody a') && document.activeElement.id === 'h-hosts'`)
	for range 20 {
		if b.do(chromedp.KeyEvent("\t")); tell[string](b, `document.activeElement.textContent`) == "10.0.0.1" {
			break
		}
	}
	b.do(chromedp.KeyEvent("\r"))
	b.until(`document.getElementById('h-detail').textContent === 'Host 10.0.0.1' && document.activeElement.id === 'h-detail'`)
	b.quiet()
}

// Names of the wire are text, and what would turn or hide text shows as its number.
func TestBrowserHostile(t *testing.T) {
	b := newBrowser(t, New(Options{Store: filled(t)}))
	b.do(chromedp.Navigate(b.url + "/#since=24h&country=DE"))
	b.until(`document.querySelector('#peers tbody tr') && !document.querySelector('#peers .body[aria-busy=true]')`)
	text := tell[string](b, `document.body.textContent`)
	if !strings.Contains(text, `mirror`) || strings.ContainsAny(text, "\u202e\x1b") {
		t.Errorf("hostile characters are shown: %q", text)
	}
	if n := tell[int](b, `document.scripts.length`); n != 1 {
		t.Errorf("%d scripts", n)
	}
	b.do(chromedp.Navigate(b.url + "/#country=%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E&host=%3Cscript%3E&socket=%3Cb%3E&flow=x&start=y"))
	b.do(chromedp.Reload())
	b.until(`document.querySelector('#detail .problem')`) // this asks for what there is not, and says so
	if n := tell[int](b, `document.querySelectorAll('img, b > script, main script').length`); n != 0 {
		t.Errorf("%d elements of the address", n)
	}
	b.forgive("400")
	b.quiet()
}

// A question that is refused is told, with a way to ask again.
func TestBrowserSaysWhatIsRefused(t *testing.T) {
	s := New(Options{Store: filled(t)})
	fails := true
	make := s.cache.make
	s.cache.make = func(ctx context.Context, q store.Query, kind string) (report.Lists, error) {
		if fails {
			return report.Lists{}, fmt.Errorf("the disk is gone")
		}
		return make(ctx, q, kind)
	}
	b := newBrowser(t, s)
	b.do(chromedp.Navigate(b.url + "/"))
	b.until(`document.querySelector('#hosts .problem') && document.querySelector('#loss table')`)
	if got := tell[string](b, `document.querySelector('#hosts .problem').textContent`); !strings.Contains(got, "No answer (500): the disk is gone") {
		t.Errorf("it says %q", got)
	}
	fails = false
	b.follow(`#hosts .problem button`)
	b.until(ready + ` && !document.querySelector('.problem')`)
	b.forgive("500")
	b.quiet()
}

const luminance = `(() => { const c = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
	return (0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]) / 255; })()`

// axe-core, as the report's test asks it: see report/axe/README.md.
func TestBrowserAccessible(t *testing.T) {
	axe, err := os.ReadFile("../report/axe/axe.min.js")
	if err != nil {
		t.Fatal(err)
	}
	b := newBrowser(t, New(Options{Store: filled(t)}))
	for _, hash := range []string{"", "#country=DE", "#host=10.0.0.1", "#host=10.0.0.1&socket=udp%3A4000"} {
		b.do(chromedp.Navigate("about:blank"), chromedp.Navigate(b.url+"/"+hash))
		b.until(`document.querySelector('#hosts table, #detail table') && !document.querySelector('section:not([hidden]) .body[aria-busy=true]')`)
		tell[bool](b, string(axe)+"\n;true")
		for name, size := range map[string]int64{"light": 1280, "dark": 1280, "phone": 420} {
			scheme := map[bool]string{true: "light", false: "dark"}[name == "light"]
			b.view(size, 900, scheme)
			if wide := tell[int64](b, `document.documentElement.scrollWidth`); wide > size {
				t.Errorf("%s %s: %d pixels wide of %d", name, hash, wide, size)
			}
			if shade := tell[float64](b, luminance); (shade > 0.5) != (scheme == "light") {
				t.Errorf("%s: luminance %.2f", name, shade)
			}
			for _, f := range tell[[]struct{ ID, Impact, Help, Nodes string }](b, `axe.run().then((r) => r.violations.map((v) => ({ID: v.id, Impact: v.impact,
				Help: v.help, Nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + (n.failureSummary || '')).join('\n')})))`) {
				if f.Impact == "serious" || f.Impact == "critical" {
					t.Errorf("%s %s: %s (%s): %s\n%s", name, hash, f.ID, f.Impact, f.Help, f.Nodes)
				}
			}
		}
	}
}

// The page shows nothing of the store by itself, and lets nothing in.
func TestShell(t *testing.T) {
	s := New(Options{Store: filled(t), Token: "hunter2"})
	for _, path := range []string{"/", "/assets/dashboard.css", "/assets/dashboard.js"} {
		status, body, header := ask(t, s, path)
		policy := header.Get("Content-Security-Policy")
		if status != http.StatusOK || len(body) == 0 || header.Get("Set-Cookie") != "" || !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: status %d, policy %s", path, status, policy)
		}
		for _, never := range []string{"<script>", "style=", "innerHTML", "http://", "https://", "onclick", "10.0.0.1"} {
			if strings.Contains(strings.ReplaceAll(body, "http://www.w3.org/2000/svg", ""), never) {
				t.Errorf("%s has %s", path, never)
			}
		}
	}
	for _, path := range []string{"/assets/", "/assets/page.tmpl", "/dashboard/page.js", "/api/v1/events"} {
		if status, _, _ := ask(t, s, path); status != http.StatusUnauthorized {
			t.Errorf("%s: status %d without a token", path, status)
		}
	}
	r := httptest.NewRequest("GET", "http://evil.example/", nil)
	w := httptest.NewRecorder()
	New(Options{Store: filled(t), Loop: true}).ServeHTTP(w, r)
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("a name of elsewhere: status %d", w.Code)
	}
}
