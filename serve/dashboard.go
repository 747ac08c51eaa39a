package serve

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"peeratlas/report"
)

//go:embed dashboard
var dashboardFiles embed.FS

// shellPolicy lets the page have its own script and style and ask its own server, and nothing else; text
// cannot become markup (Trusted Types).
const shellPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; " +
	"form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

// asset is a part of the dashboard without anything of the store.
type asset struct {
	kind string
	body []byte
}

func (a asset) serve(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Security-Policy", shellPolicy)
	w.Header().Set("Content-Type", a.kind+"; charset=utf-8")
	w.Write(a.body)
}

// scripts are in the order in which they need each other.
var scripts = []string{"words.js", "ask.js", "address.js", "tables.js", "overview.js", "map.js", "detail.js", "page.js"}

// dashboard is the page with its style and script, by pattern of http.ServeMux, made once.
var dashboard = sync.OnceValue(func() map[string]asset {
	live, err := report.Live()
	if err != nil {
		panic(err) // a template that is embedded: a test makes it
	}
	page := template.Must(template.ParseFS(dashboardFiles, "dashboard/page.tmpl"))
	var shell bytes.Buffer
	if err := page.Execute(&shell, live); err != nil {
		panic(err)
	}
	text := func(names ...string) string {
		var b strings.Builder
		for _, n := range names {
			p, err := dashboardFiles.ReadFile("dashboard/" + n)
			if err != nil {
				panic(err) // embedded: the program was built without it
			}
			b.Write(p)
		}
		return b.String()
	}
	script := "'use strict';(function(){\n" + live.Script + text(scripts...) + "})();\n"
	return map[string]asset{
		"/{$}":                  {"text/html", shell.Bytes()},
		"/assets/dashboard.css": {"text/css", []byte(live.Style + text("dashboard.css"))},
		"/assets/dashboard.js":  {"text/javascript", []byte(script)},
	}
})

// isShell tells whether a path is of the page, which shows nothing before it has asked.
func isShell(path string) bool {
	if path == "/" {
		path = "/{$}"
	}
	_, ok := dashboard()[path]
	return ok
}
