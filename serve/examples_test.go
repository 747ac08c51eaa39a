package serve

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

const (
	rulesFile     = "../packaging/prometheus/peeratlas.rules.yml"
	rulesTest     = "../packaging/prometheus/peeratlas.rules.test.yml"
	dashboardFile = "../packaging/grafana/peeratlas.json"
)

// promtool runs Prometheus' own check.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	if _, err := exec.LookPath("promtool"); err != nil {
		t.Skip("there is no promtool here (Debian: apt-get install prometheus)")
	}
	if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v: %s", strings.Join(args, " "), err, out)
	}
}

// The alerts are what Prometheus takes, of metrics that there are; each fires when it should, and not before.
func TestAlerts(t *testing.T) {
	text, err := os.ReadFile(rulesFile)
	if err != nil {
		t.Fatal(err)
	}
	var file struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string }
		}
	}
	if err := yaml.Unmarshal(text, &file); err != nil || len(file.Groups) != 1 || len(file.Groups[0].Rules) < 10 {
		t.Fatalf("%v: %+v", err, file)
	}
	tests, err := os.ReadFile(rulesTest)
	if err != nil {
		t.Fatal(err)
	}
	names := metricNames(t)
	for _, r := range file.Groups[0].Rules {
		if unknown := unknownMetrics(names, r.Expr); len(unknown) > 0 {
			t.Errorf("%s asks for %q, which are not told", r.Alert, unknown)
		}
		if !strings.Contains(string(tests), `alertname="`+r.Alert+`"`) {
			t.Errorf("no test has %s fire", r.Alert)
		}
	}
	if unknown := unknownMetrics(names, string(tests)); len(unknown) > 0 {
		t.Errorf("the tests are of %q, which are not told", unknown)
	}
	promtool(t, "check", "rules", rulesFile)
	promtool(t, "test", "rules", rulesTest)
}

// The dashboard is of metrics that there are, in expressions that Prometheus takes; no two panels cover
// each other, and each metric of sensors is in one.
func TestDashboard(t *testing.T) {
	text, err := os.ReadFile(dashboardFile)
	if err != nil {
		t.Fatal(err)
	}
	var board struct {
		UID, Title    string
		SchemaVersion int
		Panels        []struct {
			ID          int
			Type, Title string
			GridPos     struct{ X, Y, W, H int }
			Targets     []struct{ Expr, RefID string }
			Datasource  struct{ UID string }
		}
		Templating struct {
			List []struct{ Name, Definition string }
		}
	}
	if err := json.Unmarshal(text, &board); err != nil || board.UID == "" || board.Title == "" || board.SchemaVersion < 30 || len(board.Templating.List) != 2 {
		t.Fatalf("%v: %+v", err, board)
	}
	names := metricNames(t)
	var rules []map[string]string
	room, ids := map[[2]int]string{}, map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] || len(p.Targets) == 0 || p.Datasource.UID != "${datasource}" {
			t.Errorf("%s: id %d, %d targets, of %s", p.Title, p.ID, len(p.Targets), p.Datasource.UID)
		}
		ids[p.ID] = true
		for x := p.GridPos.X; x < p.GridPos.X+p.GridPos.W; x++ {
			for y := p.GridPos.Y; y < p.GridPos.Y+p.GridPos.H; y++ {
				if room[[2]int{x, y}] != "" || x >= 24 {
					t.Fatalf("%s covers %q, or is beside the page", p.Title, room[[2]int{x, y}])
				}
				room[[2]int{x, y}] = p.Title
			}
		}
		for _, target := range p.Targets {
			if unknown := unknownMetrics(names, target.Expr); len(unknown) > 0 {
				t.Errorf("%s asks for %q, which are not told", p.Title, unknown)
			}
			expr := strings.NewReplacer("$__rate_interval", "5m", "$sensor", ".*").Replace(target.Expr)
			rules = append(rules, map[string]string{"record": "a:b" + string(rune('a'+len(rules))), "expr": expr})
		}
	}
	used := metricName.FindAllString(string(text), -1)
	for _, name := range names {
		if !slices.Contains(used, name) && !slices.Contains([]string{"peeratlas_build_info", "peeratlas_watch_start_time_seconds", "peeratlas_spool_batches", "peeratlas_packets_cut_total"}, name) {
			t.Errorf("%s is in no panel", name)
		}
	}
	file := filepath.Join(t.TempDir(), "rules.yml")
	list, err := json.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}}) // JSON is YAML
	if err == nil {
		err = os.WriteFile(file, list, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	promtool(t, "check", "rules", file)
}
