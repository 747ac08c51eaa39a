package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"time"

	"go.yaml.in/yaml/v4"
)

// kind is what a mapping of the file may hold. docs/policy.schema.json says the same: a test holds it.
type kind struct {
	article        string // for messages
	keys, required []string
}

var (
	peerKeys  = []string{"peers", "countries", "asns", "as_orgs"}
	matchKeys = append([]string{"hosts"}, append(slices.Clone(peerKeys), "families", "paths", "contact", "began", "verdict", "probability")...)
)

var kinds = map[string]kind{
	"policy": {"a policy", []string{"version", "name", "default", "on_doubt", "consider", "groups", "rules", "limits", "exceptions"},
		[]string{"version", "default"}},
	"consider": {"consider", []string{"verdict", "probability", "probed"}, nil},
	"rule":     {"a rule", append([]string{"name", "action", "on_doubt", "unless"}, matchKeys...), []string{"name", "action"}},
	"limit": {"a limit", append([]string{"name", "action", "unless", "most"}, matchKeys...),
		[]string{"name", "most"}},
	"most":   {"most", []string{"peers", "countries", "bytes_out", "relayed_bytes"}, nil},
	"unless": {"unless", matchKeys, nil},
	"exception": {"an exception", append([]string{"name", "rules", "owner", "reason", "expires"}, matchKeys...),
		[]string{"name", "rules", "owner", "reason", "expires"}},
}

// needs says what to write for a required key that is missing.
var needs = map[string]string{
	"version": "write version: 1, the format that docs/policy.md describes",
	"default": "write default: allow, warn or deny, for contacts that no rule fits",
	"name":    "give it one, such as name: no-relays: reports and exceptions go by it",
	"action":  "write action: allow, warn or deny",
	"most":    "say what it bounds, such as most: {peers: 20}",
	"rules":   "name the rules or limits that it is an exception to, or default, such as rules: [no-relays]",
	"owner":   "name who answers for it",
	"reason":  "say why it is made",
	"expires": "write the last day on which it counts, such as expires: 2026-12-31",
}

// Version is that of the format.
const Version = "1"

// Read reads a policy's file. An *Error is one of what it holds; any other, one of reading.
func Read(name string) (*Policy, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w; name a file that exists and can be read", name, cause(err))
	}
	defer f.Close()
	octets, err := io.ReadAll(io.LimitReader(f, MaxOctets+1))
	if err != nil {
		return nil, fmt.Errorf("policy %s: %w; name a file that exists and can be read", name, cause(err))
	}
	return Parse(name, octets)
}

// cause is err without the path, which the user knows.
func cause(err error) error {
	if p := new(fs.PathError); errors.As(err, &p) {
		return p.Err
	}
	return err
}

// Parse reads a policy. name is the file's, for messages and reports. The error is an *Error.
func Parse(name string, octets []byte) (*Policy, error) {
	sum := sha256.Sum256(octets)
	r := &reader{}
	p := &Policy{File: name, SHA256: hex.EncodeToString(sum[:]), OnDoubt: Deny, Consider: Consider{Probed: true}}
	if root := r.document(octets); root != nil {
		r.policy(p, root)
	}
	if len(r.problems) > 0 {
		ordered(r.problems)
		return nil, &Error{File: name, Problems: r.problems, More: r.more}
	}
	return p, nil
}

func (r *reader) policy(p *Policy, root *yaml.Node) {
	var lists = map[string]*yaml.Node{}
	r.object(root, "policy", func(key string, n *yaml.Node) {
		switch key {
		case "version":
			if n.Value != Version || n.Kind != yaml.ScalarNode {
				r.fail(n, "version is %s; this program reads version 1", what(n))
			}
		case "name":
			p.Name = r.text(n, key)
		case "default":
			p.Default, p.DefaultAt = r.action(n, key), n.Line
		case "on_doubt":
			p.OnDoubt = r.action(n, key)
		case "consider":
			r.consider(&p.Consider, n)
		default:
			lists[key] = n
		}
	})
	// What is named comes before what names it, wherever it stands.
	groups := newGroups()
	if n := lists["groups"]; n != nil {
		groups.read(r, n)
	}
	names := map[string]int{DefaultRule: p.DefaultAt}
	r.each(lists["rules"], "rules", func(n *yaml.Node) { p.Rules = append(p.Rules, r.rule(p, n, groups, names)) })
	r.each(lists["limits"], "limits", func(n *yaml.Node) { p.Limits = append(p.Limits, r.limit(n, groups, names)) })
	own := map[string]int{}
	r.each(lists["exceptions"], "exceptions", func(n *yaml.Node) {
		p.Exceptions = append(p.Exceptions, r.exception(n, groups, names, own))
	})
	p.Groups = groups.list
}

// each hands the elements of a list that may be missing.
func (r *reader) each(n *yaml.Node, key string, handle func(*yaml.Node)) {
	if n != nil {
		r.items(n, key, "- name: ...", handle)
	}
}

func (r *reader) action(n *yaml.Node, key string) Action {
	return map[string]Action{"allow": Allow, "warn": Warn, "deny": Deny}[r.word(n, key, "allow", "warn", "deny")]
}

func (r *reader) consider(c *Consider, n *yaml.Node) {
	r.object(n, "consider", func(key string, n *yaml.Node) {
		switch key {
		case "verdict":
			c.Likely = r.word(n, key, "p2p", "likely") == "likely"
		case "probability":
			c.Probability = r.probability(n)
		case "probed":
			c.Probed = r.boolean(n, key)
		}
	})
}

// named reads a name that nothing else of its sort has.
func (r *reader) named(n *yaml.Node, taken map[string]int) string {
	name := r.name(n)
	if name == "" {
		return ""
	}
	if name == DefaultRule {
		r.fail(n, "name is %q, which stands for the policy's default; choose another", name)
		return ""
	}
	if line, again := taken[name]; again {
		r.fail(n, "name %q again: line %d has it already; choose another", name, line)
		return ""
	}
	taken[name] = n.Line
	return name
}

func (r *reader) rule(p *Policy, n *yaml.Node, g *groups, names map[string]int) Rule {
	rule := Rule{Line: n.Line, OnDoubt: p.OnDoubt}
	r.object(n, "rule", func(key string, n *yaml.Node) {
		switch key {
		case "name":
			rule.Name = r.named(n, names)
		case "action":
			rule.Action = r.action(n, key)
		case "on_doubt":
			rule.OnDoubt = r.action(n, key)
		case "unless":
			r.unless(&rule.Unless, n, g)
		default:
			r.condition(&rule.Match, key, n, g)
		}
	})
	return rule
}

func (r *reader) unless(m *Match, n *yaml.Node, g *groups) {
	r.object(n, "unless", func(key string, n *yaml.Node) { r.condition(m, key, n, g) })
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.fail(n, "unless has no condition; remove it")
	}
}

func (r *reader) limit(n *yaml.Node, g *groups, names map[string]int) Limit {
	l := Limit{Line: n.Line, Action: Deny, Bounds: [NumBounds]uint64{None, None, None, None}}
	r.object(n, "limit", func(key string, n *yaml.Node) {
		switch key {
		case "name":
			l.Name = r.named(n, names)
		case "action":
			if l.Action = r.action(n, key); n.Value == "allow" {
				r.fail(n, "a limit cannot allow; write deny or warn")
			}
		case "unless":
			r.unless(&l.Unless, n, g)
		case "most":
			r.most(&l, n)
		default:
			r.condition(&l.Match, key, n, g)
		}
	})
	return l
}

func (r *reader) most(l *Limit, n *yaml.Node) {
	r.object(n, "most", func(key string, n *yaml.Node) {
		b := Bound(slices.Index(kinds["most"].keys, key))
		if b == OctetsOut || b == RelayedOctets {
			l.Bounds[b] = r.number(n, key, octetUnits)
		} else {
			l.Bounds[b] = r.number(n, key, nil)
		}
	})
	if n.Kind == yaml.MappingNode && len(n.Content) == 0 {
		r.fail(n, "most bounds nothing; write such as most: {peers: 20}")
	}
}

func (r *reader) exception(n *yaml.Node, g *groups, names, own map[string]int) Exception {
	x := Exception{Line: n.Line}
	r.object(n, "exception", func(key string, n *yaml.Node) {
		switch key {
		case "name":
			x.Name = r.named(n, own)
		case "rules":
			r.words(n, key, "[no-relays]", func(n *yaml.Node, word string) {
				if _, known := names[word]; !known {
					r.fail(n, "rules: there is no rule or limit %q; %s", shorten(word), suggest(word, sortedKeys(names)))
				}
				x.Rules = append(x.Rules, word)
			})
		case "owner":
			x.Owner = r.text(n, key)
		case "reason":
			x.Reason = r.text(n, key)
		case "expires":
			day, err := time.Parse(time.DateOnly, n.Value)
			if n.Kind != yaml.ScalarNode || err != nil || day.Year() < 1970 || day.Year() > 2200 {
				r.fail(n, "expires is %s; write the last day on which it counts, such as 2026-12-31", what(n))
				return
			}
			x.Expires = day.AddDate(0, 0, 1)
		default:
			r.condition(&x.Match, key, n, g)
		}
	})
	return x
}

func sortedKeys[V any](m map[string]V) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
