package report

import (
	"encoding/json"
	"reflect"
	"testing"
	"time"
)

// TestFields holds Fields to what AppendRecord writes, key by key.
func TestFields(t *testing.T) {
	odd := full()
	odd.Verdict.Evidence[0].Detail, odd.Verdict.Name[0].Text, odd.Location[1].ASOrg = hostileText, "\xff\xfe\x00", "=1+1"
	joined, other := full(), full()
	joined.Owned, other.Owned = ownedEnds()[0], ownedEnds()[1]
	for name, r := range map[string]*Record{"full": full(), "empty": {}, "odd": odd, "joined": joined, "joined otherwise": other} {
		flags := []Flag{{"a rule", Deny}}
		var want map[string]any
		if err := json.Unmarshal(AppendFlags(AppendRecord(nil, r), flags), &want); err != nil {
			t.Fatal(err)
		}
		octets, err := json.Marshal(r.Fields(flags))
		if err != nil {
			t.Fatal(err)
		}
		var got map[string]any
		if err := json.Unmarshal(octets, &got); err != nil {
			t.Fatal(err)
		}
		if list, ok := got["reported_peers"].([]any); ok {
			got["reported_peer"] = list[0]
			if len(list) == 1 {
				delete(got, "reported_peers")
			}
		}
		sameTimes(got)
		if sameTimes(want); !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%v\n%v", name, got, want)
		}
	}
}

// sameTimes writes all times of a record in one way.
func sameTimes(m map[string]any) {
	for k, v := range m {
		switch x := v.(type) {
		case map[string]any:
			sameTimes(x)
		case string:
			if at, err := time.Parse(time.RFC3339Nano, x); err == nil {
				m[k] = at.UTC()
			}
		}
	}
}
