package report

import (
	"context"
	_ "embed"
	"flag"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

var screenshots = flag.String("screenshots", "", "folder to write pictures of the HTML report to")

// browser is a page that was opened, with all that it said and asked for.
type browser struct {
	t       *testing.T
	ctx     context.Context
	mu      sync.Mutex
	said    []string // errors and warnings of the console, uncaught exceptions
	asked   []string // addresses of requests
	dialogs int
}

// newBrowser starts Chromium; it ends with the test.
func newBrowser(t *testing.T) *browser {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time: not under -short")
	}
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("CI has no Chromium: .ci/run installs it")
		}
		t.Skip("no Chromium: apt-get install chromium")
	}
	options := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]), chromedp.ExecPath(path), chromedp.WindowSize(1280, 900))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium's sandbox refuses root; the page is ours
	}
	ctx, stop := context.WithTimeout(context.Background(), 4*time.Minute)
	t.Cleanup(stop)
	ctx, stopBrowser := chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(stopBrowser)
	ctx, stopPage := chromedp.NewContext(ctx)
	t.Cleanup(stopPage)
	b := &browser{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.listen); err != nil {
		t.Fatal(err)
	}
	call(b, network.Enable, network.EnableParams{})
	call(b, log.Enable, cdp.Empty{})
	return b
}

func (b *browser) listen(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		words := e.ExceptionDetails.Text
		if x := e.ExceptionDetails.Exception; x != nil {
			words += " " + x.Description
		}
		b.said = append(b.said, words)
	case *runtime.EventConsoleAPICalled:
		b.said = append(b.said, "console."+string(e.Type))
	case *log.EventEntryAdded:
		b.said = append(b.said, string(e.Entry.Level)+": "+e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.asked = append(b.asked, e.Request.URL)
	case *cdppage.EventJavascriptDialogOpening:
		b.dialogs++
		go chromedp.Call(b.ctx, cdppage.HandleJavaScriptDialog, cdppage.HandleJavaScriptDialogParams{})
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// call sends a command of the protocol.
func call[P, R any](b *browser, c cdp.Command[P, R], params P) {
	b.t.Helper()
	if _, err := chromedp.Call(b.ctx, c, params); err != nil {
		b.t.Fatal(err)
	}
}

// get runs an action for its value.
func get[T any](b *browser, a chromedp.Action[T]) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, a)
	if err != nil {
		b.t.Fatal(err)
	}
	return v
}

// open shows a page that lies in a file.
func (b *browser) open(text string) {
	b.t.Helper()
	path := filepath.Join(b.t.TempDir(), "report.html")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.t.Fatal(err)
	}
	b.do(chromedp.Navigate((&url.URL{Scheme: "file", Path: path}).String()))
}

// ask evaluates an expression.
func ask[T any](b *browser, expression string) T {
	b.t.Helper()
	return get(b, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
}

// quiet fails if the page said or asked for anything.
func (b *browser) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, s := range b.said {
		b.t.Errorf("the console says %s", s)
	}
	for _, u := range b.asked {
		if !strings.HasSuffix(u, "/report.html") && !strings.HasPrefix(u, "data:") {
			b.t.Errorf("the page asks for %s", u)
		}
	}
	if b.dialogs > 0 {
		b.t.Errorf("%d dialogs", b.dialogs)
	}
}

// view sets the size of the window, the colours and the medium.
func (b *browser) view(width, height int64, scheme, medium string) {
	b.t.Helper()
	call(b, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 1, Mobile: width < 500})
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: medium,
		Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
}

// picture writes a picture of the whole page, if pictures are wanted.
func (b *browser) picture(name string) {
	b.t.Helper()
	if *screenshots == "" {
		return
	}
	png := get(b, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*screenshots, name), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// shownRows are the addresses of the rows that pass the filter.
func (b *browser) shownRows() []string {
	b.t.Helper()
	return ask[[]string](b, `Array.from(document.querySelectorAll('#peer-table tbody tr:not([hidden]) th'), (e) => e.firstChild.textContent)`)
}

// page1 is a page with all sections.
func page1(t *testing.T) string {
	t.Helper()
	return htmlOf(t, breached().summary(), everything(t))
}

func TestBrowserOpens(t *testing.T) {
	b := newBrowser(t)
	b.open(page1(t))
	b.quiet()
	for _, section := range HTMLSections() {
		if !ask[bool](b, `document.getElementById('`+section+`') !== null`) {
			t.Errorf("no section %s", section)
		}
	}
	b.picture("light.png")
	b.view(1280, 900, "dark", "")
	if shade := ask[float64](b, luminance); shade > 0.1 {
		t.Errorf("luminance %.2f of the page in the dark", shade)
	}
	b.picture("dark.png")
	b.view(390, 844, "light", "")
	if wide := ask[int](b, `document.documentElement.scrollWidth`); wide > 390 {
		t.Errorf("%d pixels wide on a phone of 390", wide)
	}
	b.picture("phone.png")
	b.quiet()
}

const luminance = `(() => { const c = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
	return (0.2126 * c[0] + 0.7152 * c[1] + 0.0722 * c[2]) / 255; })()`

// A point within the area of a country, on the screen.
const pointInBrazil = `(() => { const link = document.querySelector('svg a[data-filter=BR]'); link.scrollIntoView({block: 'center'});
	const path = link.querySelector('path'), box = path.getBBox(), to = path.getScreenCTM();
	for (let i = 1; i < 20; i++) for (let k = 1; k < 20; k++) {
		const p = new DOMPoint(box.x + box.width * i / 20, box.y + box.height * k / 20);
		if (path.isPointInFill(p)) { const at = p.matrixTransform(to); return [at.x, at.y]; }
	} })()`

func TestBrowserMapNarrowsTheTable(t *testing.T) {
	b := newBrowser(t)
	b.open(page1(t))
	all := len(b.shownRows())
	at := ask[[]float64](b, pointInBrazil)
	b.do(chromedp.MouseClickXY(at[0], at[1]), chromedp.Sleep(100*time.Millisecond))
	if got := strings.Join(b.shownRows(), " "); got != "198.51.100.1 198.51.100.2" {
		t.Errorf("a click on Brazil shows %s", got)
	}
	if got := ask[string](b, `document.getElementById('count').value`); got != "2 of 10 rows" || all != 10 {
		t.Errorf("count says %q, all are %d", got, all)
	}
	if got := ask[string](b, `document.activeElement.id`); got != "h-peers" {
		t.Errorf("focus is on %q", got)
	}
	b.do(chromedp.Click("#show-all"), chromedp.Sleep(100*time.Millisecond))
	if got := len(b.shownRows()); got != all {
		t.Errorf("%d rows after showing all, want %d", got, all)
	}
	b.do(chromedp.SendKeys("#search", "sinet"), chromedp.Sleep(300*time.Millisecond))
	if got := strings.Join(b.shownRows(), " "); got != "198.51.100.3" {
		t.Errorf("search shows %s", got)
	}
	b.quiet()
}

func TestBrowserSorts(t *testing.T) {
	b := newBrowser(t)
	b.open(page1(t))
	column := func() []float64 {
		return ask[[]float64](b, `Array.from(document.querySelectorAll('#peer-table tbody td:nth-child(5)'), (e) => Number(e.dataset.n))`)
	}
	head := `#peer-table thead th:nth-child(5)`
	for _, want := range []string{"descending", "ascending", "descending"} {
		b.do(chromedp.Click(head + " button"))
		if got := ask[string](b, `document.querySelector('`+head+`').getAttribute('aria-sort')`); got != want {
			t.Errorf("aria-sort is %q, want %q", got, want)
		}
		for i, list := 1, column(); i < len(list); i++ {
			if want == "ascending" && list[i-1] > list[i] || want == "descending" && list[i-1] < list[i] {
				t.Errorf("%s: %v", want, list)
				break
			}
		}
	}
	b.do(chromedp.Click(`#peer-table thead th:nth-child(1) button`))
	if rows := b.shownRows(); rows[0] != "192.168.10.44" || rows[2] != "198.51.100.2" {
		t.Errorf("by address: %v", rows)
	}
	b.quiet()
}

// TestBrowserKeyboard walks the page by Tab alone.
func TestBrowserKeyboard(t *testing.T) {
	b := newBrowser(t)
	b.open(page1(t))
	b.do(chromedp.KeyEvent("\t"))
	if got := ask[string](b, `document.activeElement.className`); got != "skip" {
		t.Errorf("the first stop is %q, want the link that skips", got)
	}
	reached := map[string]bool{}
	for range 60 {
		b.do(chromedp.KeyEvent("\t"))
		stop := ask[string](b, `((e) => e.dataset.filter && e.closest('svg') ? 'map ' + e.dataset.filter : e.tagName)(document.activeElement)`)
		if reached[stop] = true; stop == "map BR" {
			break
		}
	}
	if !reached["map BR"] {
		t.Fatalf("Tab does not reach Brazil: %v", reached)
	}
	b.do(chromedp.KeyEvent("\r"), chromedp.Sleep(100*time.Millisecond))
	if got := strings.Join(b.shownRows(), " "); got != "198.51.100.1 198.51.100.2" {
		t.Errorf("Enter on Brazil shows %s", got)
	}
	b.do(chromedp.Focus(`#peer-table thead button`), chromedp.KeyEvent(" "))
	if got := ask[string](b, `document.querySelector('#peer-table thead th').getAttribute('aria-sort')`); got != "ascending" {
		t.Errorf("a blank on the first head sorts %q", got)
	}
	b.quiet()
}

// TestBrowserPrints makes PDFs of both papers: nothing may stand over the edge, nothing folded.
func TestBrowserPrints(t *testing.T) {
	b := newBrowser(t)
	b.open(page1(t))
	for paper, size := range map[string]chromedp.PaperSize{"a4": chromedp.PaperA4, "letter": chromedp.PaperLetter} {
		pdf := get(b, chromedp.PrintToPDF(chromedp.PDFPaper(size), chromedp.PDFPrintBackground()))
		if !strings.HasPrefix(string(pdf), "%PDF-") || len(pdf) < 20_000 {
			t.Errorf("%s: %d octets, no PDF of a report", paper, len(pdf))
		}
		if *screenshots != "" {
			if err := os.WriteFile(filepath.Join(*screenshots, paper+".pdf"), pdf, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	const inside = 703 // pixels between the margins of A4
	b.view(inside, 900, "light", "print")
	if wide := ask[int](b, `document.documentElement.scrollWidth`); wide > inside {
		t.Errorf("%d pixels wide on paper of %d: %s", wide, inside, ask[string](b, `Array.from(document.querySelectorAll('main *')).filter((e) =>
			e.getBoundingClientRect().right > 703).map((e) => e.tagName + '.' + e.className + ' in ' + e.closest('section').id).slice(0, 5).join(', ')`))
	}
	for _, gone := range []string{".controls", ".contents", ".copy"} {
		if ask[string](b, `getComputedStyle(document.querySelector('`+gone+`')).display`) != "none" {
			t.Errorf("%s is printed", gone)
		}
	}
	if got := ask[int](b, `Array.from(document.querySelectorAll('details > table')).filter((e) => e.getBoundingClientRect().height === 0).length`); got > 0 {
		t.Errorf("%d tables stay folded on paper", got)
	}
	b.quiet()
}

// TestBrowserHostile: names of the wire are text.
func TestBrowserHostile(t *testing.T) {
	b := newBrowser(t)
	b.open(htmlOf(t, hostile(), everything(t)))
	b.do(chromedp.Sleep(200 * time.Millisecond))
	if got := ask[int](b, `document.scripts.length`); got != 1 {
		t.Errorf("%d scripts", got)
	}
	if !ask[bool](b, `document.body.textContent.includes('<script>alert(1)</script>')`) {
		t.Error("the hostile name is not shown as text")
	}
	b.quiet()
}

// TestBrowserWithoutScript: all rows are there to read, and no control that does nothing.
func TestBrowserWithoutScript(t *testing.T) {
	b := newBrowser(t)
	call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	b.open(page1(t))
	if got := len(b.shownRows()); got != 10 {
		t.Errorf("%d rows", got)
	}
	if ask[bool](b, `document.querySelector('.controls').checkVisibility() || document.querySelector('.copy').checkVisibility() || document.querySelector('th button') !== null`) {
		t.Error("controls are shown that do nothing")
	}
	b.picture("plain.png")
	b.quiet()
}

//go:embed axe/axe.min.js
var axe string

// TestBrowserAccessible asks axe-core; see axe/README.md.
func TestBrowserAccessible(t *testing.T) {
	b := newBrowser(t)
	b.open(page1(t))
	ask[bool](b, axe+"\n;true")
	for name, set := range map[string]func(){
		"light": func() { b.view(1280, 900, "light", "") },
		"dark":  func() { b.view(1280, 900, "dark", "") },
		"phone": func() { b.view(390, 844, "dark", "") },
	} {
		set()
		found := ask[[]struct{ ID, Impact, Help, Nodes string }](b, `axe.run().then((r) => r.violations.map((v) => ({ID: v.id, Impact: v.impact,
			Help: v.help, Nodes: v.nodes.slice(0, 3).map((n) => n.html.slice(0, 200) + ' ' + (n.failureSummary || '')).join('\n')})))`)
		for _, f := range found {
			if f.Impact == "serious" || f.Impact == "critical" {
				t.Errorf("%s: %s (%s): %s\n%s", name, f.ID, f.Impact, f.Help, f.Nodes)
			} else {
				t.Logf("%s: %s (%s): %s\n%s", name, f.ID, f.Impact, f.Help, f.Nodes)
			}
		}
	}
}

// TestBrowserLarge opens the pages of 100,000 peers: as many rows as by default, and as many as fit.
func TestBrowserLarge(t *testing.T) {
	s := worldwide(100_000)
	for name, top := range map[string]int{"default": 0, "full": -1} {
		t.Run(name, func(t *testing.T) {
			b := newBrowser(t)
			o := everything(t)
			o.Top = top
			text := htmlOf(t, s, o)
			begin := time.Now()
			b.open(text)
			opened := time.Since(begin)
			load := ask[float64](b, `performance.getEntriesByType('navigation')[0].loadEventEnd`)
			paint := ask[float64](b, `(performance.getEntriesByName('first-contentful-paint')[0] || {startTime: -1}).startTime`)
			t.Logf("%d octets, %d rows of peers: loaded in %.0f ms, first paint at %.0f ms, %v with the browser's part",
				len(text), len(b.shownRows()), load, paint, opened.Round(time.Millisecond))
			if load > 20_000 {
				t.Errorf("%.0f ms to load", load) // ten times the aim: a busy machine is no failure
			}
			b.quiet()
		})
	}
}
